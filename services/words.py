"""Own words of people: what of them the feature file knows, so that the sketch painter can draw it."""

import re
from functools import lru_cache
from typing import Final

from services.errors import UserError
from services.feature_names import fold
from services.features import FeatureFile
from services.models import DrawnFeature, Face, FeatureKey

MAX_PROMPT_CHARACTERS: Final = 4_000
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\U000e0000-\U000e007f]"
)
"""Not the line ends: they are white space, and part two words. Lone surrogates are in, as no encoding holds them."""

_NOUNS: Final = {
    "hair length": ("hair",), "hair texture": ("hair",), "hair color": ("hair",), "facial hair": (),
    "skin tone": ("skin", "complexion"), "skin texture": ("skin",), "skin undertones": ("undertone", "undertones"),
    "skin features": (), "age": (), "lips": ("lips", "mouth"), "eye": ("eyes", "eye"),
    "eyebrow": ("eyebrows", "brows"), "cheek": ("cheeks", "cheek"),
}  # fmt: skip
"""The words that must follow a value in a sentence ("green eyes"); none where the value says it itself ("goatee")."""


def nouns_of(key: FeatureKey) -> tuple[str, ...]:
    """Return the words that name a feature behind its value, ("eyes", "eye"); () where a value says it itself."""
    return _NOUNS.get(key.name.lower(), (key.name.lower(),))


def clean_prompt(text: str) -> str:
    """Return own words without invisible and control characters.

    Raises UserError("empty_prompt") or UserError("prompt_too_long").
    """
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise UserError("prompt_too_long", field="prompt", found=len(text), maximum=MAX_PROMPT_CHARACTERS)
    cleaned = _visible(text)
    if not cleaned:
        raise UserError("empty_prompt", field="prompt")
    return cleaned


def clean_words(text: str, field: str, maximum: int) -> str:
    """Return what was typed under `field` as `clean_prompt` does, at most `maximum` characters.

    Raises UserError("empty_text") or UserError("text_too_long").
    """
    if len(text) > maximum:
        raise UserError("text_too_long", field=field, found=len(text), maximum=maximum)
    cleaned = _visible(text)
    if not cleaned:
        raise UserError("empty_text", field=field)
    return cleaned


def _visible(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())


@lru_cache(maxsize=8)
def _patterns(feature_file: FeatureFile) -> tuple[tuple[FeatureKey, str, str, re.Pattern[str]], ...]:
    """Return each value of a feature as it stands in the file, as it is compared, and what finds it in a text."""
    found = []
    for key, values in feature_file.features.items():
        nouns = nouns_of(key)
        # At most two words in between: "green, almond-shaped eyes".
        tail = rf"\b(?:,? [\w-]+){{0,2}} (?:{'|'.join(map(re.escape, nouns))})\b" if nouns else r"\b"
        found += [
            (key, value.text, fold(value.text), re.compile(rf"\b{re.escape(fold(value.text))}{tail}"))
            # "ice-blue eyes" hold "blue eyes" as well: the value of more words is the one that is meant.
            for value in sorted(values, key=lambda value: -len(value.text))
        ]
    return tuple(found)


def features_in_words(feature_file: FeatureFile, text: str) -> Face:
    """Return the features that a text names outright, in file order; of each the longest value found wins."""
    folded = fold(text)
    found: dict[FeatureKey, str] = {}
    for key, value, folded_value, pattern in _patterns(feature_file):
        # Hardly any value stands in a text: to look for all of them with their patterns takes several times as long.
        if folded_value in folded and key not in found and pattern.search(folded):
            found[key] = value
    return tuple(DrawnFeature(*key, value) for key, value in found.items())
