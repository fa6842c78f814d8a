"""The words of a scene: who the character is, then what happens, as one text that any model can read."""

from collections.abc import Mapping
from typing import Final

from services.features import FeatureFile
from services.models import DrawnFeature, Face, FeatureKey
from services.prompts import describe
from services.words import features_in_words

_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")
_SHOWN: Final = "The same character as in the reference picture: "
_SHOWN_BY_SEVERAL: Final = "The same character as in the reference pictures: "


def _sentence(text: str) -> str:
    """Return words with a capital at their beginning and an end of their own."""
    begun = f"{text[:1].upper()}{text[1:]}"
    return begun if begun.endswith(_SENTENCE_ENDS) else f"{begun.rstrip(' ,;:-')}."


def scene_prompt(description: str, features: Face, scene: str, *, references: int) -> str:
    """Return the prompt of a scene for a model that looks at so many pictures of the character.

    The description stands in it word for word, the same for every scene. The scene comes before the features: a model
    that reads only the beginning of a long prompt misses the least.
    """
    shown = "" if references == 0 else _SHOWN if references == 1 else _SHOWN_BY_SEVERAL
    told = f"{shown}{description}" if shown else description
    parts = (told, scene, describe(features) if features else "")
    return " ".join(_sentence(part) for part in parts if part)


def locks_of(feature_file: FeatureFile, description: str, features: Face) -> dict[FeatureKey, str]:
    """Return the features that hold whatever a scene says: the fixed ones, and those that the description names."""
    described = {drawn.key: drawn.value for drawn in features_in_words(feature_file, description)}
    return {**described, **{drawn.key: drawn.value for drawn in features}}


def locked_face(
    feature_file: FeatureFile, locks: Mapping[FeatureKey, str], scene: str
) -> tuple[Face, tuple[DrawnFeature, ...]]:
    """Return the face of a scene, and what the scene says against the locks, which hold."""
    said = features_in_words(feature_file, scene)
    against = tuple(drawn for drawn in said if locks.get(drawn.key, drawn.value) != drawn.value)
    values = {**{drawn.key: drawn.value for drawn in said}, **locks}
    known = [key for key in feature_file.features if key in values]
    others = [key for key in values if key not in feature_file.features]
    return tuple(DrawnFeature(*key, values[key]) for key in (*known, *others)), against
