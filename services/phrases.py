"""The phrase of each drawn value, read once from `phrases.toml`: what a prompt says for it, and the other wording."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from services.models import DrawnFeature, FeatureKey

_TABLE: Final = Path(__file__).with_name("phrases.toml")
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_ENDINGS: Final = re.compile(r"(?:ered|ed|ly|y|ing|er)$")
# Letters are said by their names: "an M-shaped hairline", but "a U-shaped jaw".
_VOWEL_SOUND: Final = re.compile(
    r"(?:[aeio]|u(?!ni|s[aeiu]|t[ei]|-)|hour|heir|honest|[fhlmnrsx]-|8|11\b|18\b)", re.I
)
_CONSONANT_SOUND: Final = re.compile(r"(?:eu|ewe|one\b|once\b|ukr|uni(?!n|m))", re.I)


class Phrase(NamedTuple):
    """How one drawn value is said. `other` replaces `text` where a stem of `text` was used before; "" if none.

    `noun` is what a list says instead ("freckles" for "dusted with freckles"), "" where that is the same.
    """

    sentence: str
    part: str
    text: str
    stems: frozenset[str]
    other: str = ""
    other_stems: frozenset[str] = frozenset()
    noun: str = ""


class _Feature(NamedTuple):
    sentence: str
    part: str
    pattern: str
    phrases: dict[str, str | list[str]]
    noun: str
    nouns: dict[str, str]


def bare(value: str) -> str:
    """Return an operator's value without the punctuation at its end, which the sentence sets itself."""
    return value.rstrip(" .,:!?") or value


def article(text: str) -> str:
    """Return the text with "a" or "an", by its sound."""
    is_vowel = _VOWEL_SOUND.match(text) and not _CONSONANT_SOUND.match(text)
    return f"{'an' if is_vowel else 'a'} {text}"


@cache
def _table() -> dict[str, Any]:
    """Return the file as it is. Blocking, once, a few milliseconds."""
    return tomllib.loads(_TABLE.read_text("utf-8"))


@cache
def _plain_words() -> frozenset[str]:
    return frozenset(_table()["plain_words"])


def stems(text: str) -> frozenset[str]:
    """Return what the content words of a text have in common with their kin: "widely" and "wide-set" give "wide"."""
    words = (word for word in _WORD.findall(text.casefold()) if word not in _plain_words())
    return frozenset(_ENDINGS.sub("", word).removesuffix("e") or word for word in words)


@cache
def _features() -> dict[FeatureKey, _Feature]:
    table = {}
    for row in _table()["features"]:
        category, name = row["feature"].split("/")
        table[FeatureKey(category, name)] = _Feature(
            row["sentence"],
            row["part"],
            row["pattern"],
            row.get("phrases", {}),
            row.get("noun", ""),
            row.get("nouns", {}),
        )
    return table


@cache
def sentence_parts() -> MappingProxyType[str, tuple[str, ...]]:
    """Return the parts of each sentence, in the order in which they use up words."""
    rows = _features().values()
    names = dict.fromkeys(row.sentence for row in rows)
    return MappingProxyType({name: tuple(r.part for r in rows if r.sentence == name) for name in names})


def _filled(pattern: str, value: str) -> str:
    return pattern.replace("{a}", article(value)).replace("{}", value)


@lru_cache(maxsize=32_768)
def phrase_of(drawn: DrawnFeature) -> Phrase | None:
    """Return how a drawn value is said, None for a feature that only the operator's file has."""
    feature = _features().get(drawn.key)
    if feature is None:
        return None
    value = bare(drawn.value)
    said = feature.phrases.get(drawn.value.casefold())
    noun = feature.nouns.get(drawn.value.casefold()) or _filled(feature.noun, value)
    if said is None:
        text = _filled(feature.pattern, value)
        return Phrase(feature.sentence, feature.part, text, stems(value), noun=noun)
    first, other = (said, "") if isinstance(said, str) else said
    return Phrase(feature.sentence, feature.part, first, stems(first), other, stems(other), noun)
