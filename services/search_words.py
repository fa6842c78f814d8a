"""The terms under which a picture is found: one line of them is kept beside its recipe and indexed by the database.

A term is one letter for what it is, then letters and digits only, so that no index takes a part of it for syntax:

    w + word      a word that a feature's value or its phrase says, and p + word one of the person's own words;
                  each as it stands and, where that is another one, its stem
    f + digest    a feature with its value, `f` for "Color/Eye=green" as a whole
    m + digest    the model,  k + kind  what made the prompt,  n + number  either of the two seeds
    c + code      the character that it is of

What somebody looks for is made of the same terms (`services/looking_up.py`).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from services.models import DrawnFeature, JsonValue, RecipeKind
from services.phrases import phrase_of

OF_FEATURES: Final = "w"
OWN: Final = "p"
"""The classes of words: what the recipe's features say, and what the person has written."""

_LONGEST_WORD: Final = 40
_DIGEST_BYTES: Final = 5
# Chinese and Japanese are written without spaces: each of their letters counts as a word.
_WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_VOWEL: Final = re.compile(r"[aeiouy]")
_ENDINGS: Final = ("ing", "ed")
_SMALL_WORDS: Final = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "beneath", "by", "for", "from", "has", "have", "he", "her", "his", "in",
        "into", "is", "it", "its", "near", "of", "on", "or", "she", "the", "their", "they", "this", "to", "with",
        "within",
    }
)  # fmt: skip
"""Nobody looks for these: they are in nearly every text. Left out of what is kept and of what is asked for."""


def words_in(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared, each once, in order: small letters and digits, no accents."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    found = (word[:_LONGEST_WORD] for word in _WORD.findall(bare.casefold()))
    return tuple(dict.fromkeys(word for word in found if word not in _SMALL_WORDS))


# The words of our own texts and what people often say; names and numbers that come once would fill any size.
@lru_cache(maxsize=1024)
def stem(word: str) -> str:
    """Return what a word has in common with its kin: "freckles" and "freckled" give "freckl"."""
    if len(word) < 4 or not word.isascii():
        return word
    kin = _singular(word)
    for ending in _ENDINGS:
        short = kin.removesuffix(ending)
        if short != kin and len(short) > 2 and _VOWEL.search(short):
            kin = short[:-1] if short[-1] == short[-2] and short[-1] not in "lsz" else short
            break
    return kin.removesuffix("e") if len(kin) > 3 else kin


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def feature_term(drawn: DrawnFeature) -> str:
    """Return the term of a feature with its value."""
    return "f" + _digest(f"{drawn.category}/{drawn.name}={drawn.value}".casefold())


def model_term(model_id: str) -> str:
    """Return the term of a model."""
    return "m" + _digest(model_id.casefold())


def kind_term(kind: str) -> str:
    """Return the term of a kind of recipe."""
    return "k" + "".join(filter(str.isalnum, kind))


def seed_term(seed: int) -> str:
    """Return the term of a seed, of either of the two."""
    return f"n{seed}"


def character_term(code: str) -> str:
    """Return the term of a character, by its code."""
    return f"c{code}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).hexdigest()


def _word_terms(words: Iterable[str], word_class: str) -> Iterator[str]:
    for word in words:
        yield word_class + word
        yield word_class + stem(word)


@lru_cache(maxsize=8192)
def _terms_of_feature(drawn: DrawnFeature) -> frozenset[str]:
    phrase = phrase_of(drawn)
    said = f"{drawn.name} {drawn.value} {phrase.text if phrase else ''}"
    return frozenset((feature_term(drawn), *_word_terms(words_in(said), OF_FEATURES)))


def terms_of_recipe(body: Mapping[str, JsonValue]) -> str:
    """Return the terms of a recipe's JSON form in one line, each once, in order.

    The prompt of a drawn face says nothing that its features do not, so its words are not the person's own. A field
    that is missing or of another type than ours gives no term.
    """
    features = list(_features(body.get("features")))
    terms = {term for drawn in features for term in _terms_of_feature(drawn)}
    terms.update(_plain_terms(body))
    if not features or body.get("kind") != RecipeKind.PORTRAIT:
        terms.update(_word_terms(words_in(str(body.get("prompt") or "")), OWN))
    return " ".join(sorted(terms))


def _features(rows: JsonValue) -> Iterator[DrawnFeature]:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and len(row) == 3:
            yield DrawnFeature(*map(str, row))


def _plain_terms(body: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the terms of kind, model, character and seeds.

    That of the kind always: no terms at all mean "not indexed yet".
    """
    yield kind_term(str(body.get("kind") or ""))
    if body.get("model"):
        yield model_term(str(body["model"]))
    use = body.get("character")
    code = use.get("code") if isinstance(use, dict) else None
    if isinstance(code, str) and code.isalnum():
        yield character_term(code)
    for name in ("image_seed", "prompt_seed"):
        seed = body.get(name)
        if isinstance(seed, int):
            yield seed_term(seed)
