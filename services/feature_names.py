"""The names that people type for features: forgiving on the way in, one clear label on the way out."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from services.features import FeatureFile
from services.models import FeatureKey

_WORD: Final = re.compile(r"[^\W_]+")
_SAME_WORD: Final = MappingProxyType(
    {
        "brow": "eyebrow",
        "colour": "color",
        "coloured": "color",
        "iris": "eye",
        "jaw": "jawline",
        "lip": "lips",
        "mouth": "lips",
        "gaze": "eye",
        "mood": "expression",
    }
)
"""Words that people use for a word of a feature's name, in the singular."""

_ALIASES: Final[Mapping[frozenset[str], tuple[str, ...]]] = MappingProxyType(
    {
        frozenset({"beard"}): ("facial", "hair"),
        frozenset({"mustache"}): ("facial", "hair"),
        frozenset({"moustache"}): ("facial", "hair"),
        frozenset({"stubble"}): ("facial", "hair"),
        frozenset({"whisker"}): ("facial", "hair"),
        frozenset({"hairstyle"}): ("hair", "texture"),
        frozenset({"hair", "style"}): ("hair", "texture"),
        frozenset({"haircut"}): ("hair", "length"),
        frozenset({"complexion"}): ("skin", "tone"),
        frozenset({"skin", "color"}): ("skin", "tone"),
        frozenset({"mark"}): ("skin", "feature"),
        frozenset({"freckle"}): ("skin", "feature"),
        frozenset({"smile"}): ("expression", "lips"),
        frozenset({"look"}): ("expression", "eye"),
    }
)
"""What people call a feature by none of its words, and the words it stands for."""

_GROUPS: Final = MappingProxyType({frozenset({"hair"}): frozenset({"hairline"})})
"""What else belongs to a group word, though no word of the name says so."""


def fold(text: str) -> str:
    """Return a text as it is compared: compatibility form, case folded, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> frozenset[str]:
    """Return the words of a name in the singular, with the words that mean the same made one."""
    singular = (_singular(word) for word in _WORD.findall(fold(text)))
    return frozenset(_SAME_WORD.get(word, word) for word in singular)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class FeatureNames:
    """The names of one feature file's features. Made once a file by `names_of`."""

    def __init__(self, feature_file: FeatureFile) -> None:
        self._own = {key: words_of(key.name) for key in feature_file.features}
        self._full = {key: self._own[key] | words_of(key.category) for key in feature_file.features}
        self.labels: Mapping[FeatureKey, str] = MappingProxyType(
            {key: self._label(key) for key in feature_file.features}
        )
        """What a feature is called in a sentence or a suggestion: "nose shape", "eye color", "jawline"."""

    def _label(self, key: FeatureKey) -> str:
        name = key.name.lower()
        is_unique = sum(words == self._own[key] for words in self._own.values()) == 1
        if is_unique and self.find(name) == (key,):
            return name
        short = f"{name} {key.category.split()[0].lower()}"
        return short if self.find(short) == (key,) else f"{name} {key.category.lower()}"

    def find(self, typed: str) -> tuple[FeatureKey, ...]:
        """Return the features that a typed name can mean, in file order; () if none.

        All words of a feature's name, with words of its category or without, in any order; else only some of them:
        "nose" is Shape/Nose and Structure/Nose, "nose shape" the first, "skin" each feature of the skin.
        """
        words = words_of(typed)
        words = frozenset(_ALIASES.get(words, words))
        named = tuple(key for key, own in self._own.items() if own <= words <= self._full[key])
        partly = (key for key, full in self._full.items() if words and words <= full)
        return named or tuple(partly)

    def find_group(self, typed: str) -> tuple[FeatureKey, ...]:
        """Return every feature whose name or category a group word is part of: "hair" is the hairline as well."""
        words = words_of(typed)
        if not words or words in _ALIASES:
            return self.find(typed)
        more = _GROUPS.get(words, words)
        return tuple(key for key, full in self._full.items() if words <= full or more <= full)


@lru_cache(maxsize=16)
def names_of(feature_file: FeatureFile) -> FeatureNames:
    """Return the names of a feature file's features."""
    return FeatureNames(feature_file)
