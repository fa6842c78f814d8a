"""The values that the painter knows, and the nearest of them for an operator's own words.

An operator may edit the feature file freely. A word is looked up whole, then by a table of synonyms, then token by
token; what resembles nothing is named in the reply as not drawn.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.models import FeatureKey
from services.providers.sketch.known import KNOWN

_WORD: Final = re.compile(r"[a-z]+")
_STEM_LETTERS: Final = 5
_EMPTY: Final = frozenset(
    {
        "shaped",
        "set",
        "length",
        "hair",
        "eyes",
        "eye",
        "skin",
        "nose",
        "lips",
        "lip",
        "face",
        "chin",
        "cheeks",
        "cheek",
    }
    | {
        "very",
        "slightly",
        "a",
        "the",
        "of",
        "with",
        "and",
        "in",
        "beard",
        "like",
        "tone",
        "toned",
        "eyebrows",
        "brows",
    }
)


def _synonyms() -> Mapping[FeatureKey, Mapping[str, str]]:
    tables = tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))
    by_feature: dict[FeatureKey, Mapping[str, str]] = {}
    for pointer, words in tables.items():
        category, name = pointer.split("/", 1)
        by_feature[FeatureKey(category, name)] = {
            word: known for known, many in words.items() for word in many
        }
    return by_feature


_SYNONYMS: Final = _synonyms()


def _feature(key: FeatureKey) -> FeatureKey:
    return FeatureKey(key.category.strip(), key.name.strip())


def _closest(words: list[str], known: tuple[str, ...]) -> tuple[str | None, float]:
    """Return the value that shares most words, and the share of words that match, 0..1."""
    best: str | None = None
    best_score = 0.0
    for candidate in known:
        tokens = [token for token in _WORD.findall(candidate.lower()) if token not in _EMPTY]
        matches = sum(1 for word in words if any(_alike(word, token) for token in tokens))
        score = matches / max(len(tokens), len(words), 1)
        if score > best_score:
            best, best_score = candidate, score
    return best, best_score


def _alike(word: str, token: str) -> bool:
    """Return whether two words are the same but for an ending ("freckles", "freckled")."""
    if word == token:
        return True
    stem = min(len(word), len(token))
    return (
        stem >= _STEM_LETTERS
        and word[: max(_STEM_LETTERS, stem - 2)] == token[: max(_STEM_LETTERS, stem - 2)]
    )


def recognise(key: FeatureKey, value: str) -> str | None:
    """Return the known value nearest to an operator's `value` for the feature, or None when none resembles it."""
    known = KNOWN.get(_feature(key))
    if known is None:
        return None
    plain = " ".join(value.lower().replace("grey", "gray").split())
    by_lower = {candidate.lower(): candidate for candidate in known}
    if plain in by_lower:
        return by_lower[plain]
    words = _WORD.findall(plain)
    by_word = _SYNONYMS.get(_feature(key), {})
    if plain in by_word:
        return by_word[plain]
    closest, score = _closest([word for word in words if word not in _EMPTY], known)
    if score < 1:
        return next((by_word[word] for word in words if word in by_word), closest)
    return closest
