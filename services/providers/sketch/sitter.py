"""Who sits for the portrait: every feature as a known value, defaults from the seed, colours and head outline."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.models import Face, FeatureKey
from services.providers.sketch.colour import HairPalette, SkinPalette, hair_palette, skin_palette
from services.providers.sketch.outline import Outline, head_outline
from services.providers.sketch.streams import pick, stream
from services.providers.sketch.vocabulary import recognise

AGES: Final[Mapping[str, float]] = {
    "early twenties": 0.0,
    "late twenties": 0.05,
    "early thirties": 0.13,
    "late thirties": 0.23,
    "forties": 0.36,
    "fifties": 0.5,
    "sixties": 0.64,
    "seventies": 0.77,
    "eighties": 0.89,
    "nineties": 1.0,
}
_DEFAULTS: Final[Mapping[FeatureKey, tuple[str, ...]]] = {
    FeatureKey("Color", "Skin Tone"): ("fair", "light", "beige", "medium", "tan", "brown", "deep brown"),
    FeatureKey("Color", "Eye"): ("brown", "brown", "hazel", "green", "blue", "steel-gray"),
    FeatureKey("Hair", "Hair Length"): (
        "short",
        "chin-length",
        "neck-length",
        "shoulder-length",
        "chest-length",
    ),
    FeatureKey("Hair", "Hair Texture"): ("straight", "wavy", "wavy", "curly", "feathered", "coily"),
    FeatureKey("Hair", "Hair Color"): (
        "black",
        "dark brown",
        "dark brown",
        "chestnut",
        "light brown",
        "auburn",
    ),
    FeatureKey("Hair", "Facial Hair"): ("clean-shaven",),
    FeatureKey("Person", "Age"): ("early twenties", "late twenties", "early thirties"),
    FeatureKey("Shape", "Hairline"): ("rounded", "rounded", "widow's peak"),
}


@dataclass(frozen=True, slots=True)
class Sitter:
    """Everything the parts paint from. `age` is 0 (early twenties) to 1 (nineties)."""

    seed: int
    values: Mapping[FeatureKey, str]
    age: float
    skin: SkinPalette
    hair: HairPalette
    outline: Outline

    def value(self, category: str, name: str) -> str:
        """Return the known value of a feature, "" when the face has none."""
        return self.values.get(FeatureKey(category, name), "")

    def stream(self, part: str) -> random.Random:
        """Return the random stream of a part."""
        return stream(self.seed, part)


def _sitter(seed: int, values: dict[FeatureKey, str]) -> Sitter:
    age = AGES[values[FeatureKey("Person", "Age")]]
    tone, tint = (
        values[FeatureKey("Color", "Skin Tone")],
        values.get(FeatureKey("Color", "Skin Undertones"), ""),
    )
    shapes = (("Shape", "Face"), ("Structure", "Jawline"), ("Shape", "Chin"), ("Shape", "Cheek"))
    face, jaw, chin, cheek = (values.get(FeatureKey(*shape), "") for shape in shapes)
    return Sitter(
        seed=seed,
        values=values,
        age=age,
        skin=skin_palette(tone, tint, 0.5 * max(0.0, age - 0.3)),
        hair=hair_palette(values[FeatureKey("Hair", "Hair Color")]),
        outline=head_outline(face, jaw, chin, cheek, age),
    )


def seat(face: Face, seed: int) -> tuple[Sitter, tuple[str, ...]]:
    """Return the sitter, and the values that no known value resembles, as "Nose: cyberpunk"."""
    values = {key: pick(stream(seed, f"default {key}"), choices) for key, choices in _DEFAULTS.items()}
    unknown: list[str] = []
    for feature in face:
        known = recognise(feature.key, feature.value)
        if known is None:
            unknown.append(f"{feature.name}: {feature.value}")
        else:
            values[feature.key] = known
    return _sitter(seed, values), tuple(unknown)
