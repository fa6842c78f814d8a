"""Parts of recipes that people keep under a name, as values and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.models import MAX_SEED, DrawnFeature, Face, JsonValue, Parameters

PARTS_VERSION: Final = 1


class PartKind(StrEnum):
    """By which command a part was kept."""

    SEED = "seed"
    PRESET = "preset"


@dataclass(frozen=True, slots=True)
class RecipePart:
    """A part of a recipe; what is None or empty is not in it.

    `parameters` are those of a model, or texts as somebody typed them; `features` are those that stay.
    """

    image_seed: int | None = None
    prompt_seed: int | None = None
    model: str = ""
    aspect: str = ""
    parameters: Parameters = field(default_factory=dict)
    features: Face = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing in it."""
        seeds = (self.image_seed, self.prompt_seed)
        others = (self.model, self.aspect, self.parameters, self.features)
        return all(seed is None for seed in seeds) and not any(others)


NO_PART: Final = RecipePart()


def part_to_json(part: RecipePart) -> dict[str, JsonValue]:
    """Return a part as a JSON object, without what is not in it."""
    whole: dict[str, JsonValue] = {
        "image_seed": part.image_seed,
        "prompt_seed": part.prompt_seed,
        "model": part.model or None,
        "aspect": part.aspect or None,
        "parameters": dict(part.parameters) or None,
        "features": [list(drawn) for drawn in part.features] or None,
    }
    return {"version": PARTS_VERSION, **{name: value for name, value in whole.items() if value is not None}}


def part_from_json(value: JsonValue) -> RecipePart:
    """Return the part that a stored object describes; what it holds of another type is left out."""
    body = value if isinstance(value, dict) else {}
    parameters = body.get("parameters")
    return RecipePart(
        image_seed=_seed(body, "image_seed"),
        prompt_seed=_seed(body, "prompt_seed"),
        model=_text(body, "model"),
        aspect=_text(body, "aspect"),
        parameters=dict(parameters) if isinstance(parameters, dict) else {},
        features=tuple(_features(body)),
    )


def _seed(body: Mapping[str, JsonValue], name: str) -> int | None:
    value = body.get(name)
    is_seed = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED
    return value if is_seed and isinstance(value, int) else None


def _text(body: Mapping[str, JsonValue], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _features(body: Mapping[str, JsonValue]) -> list[DrawnFeature]:
    rows = body.get("features")
    texts = [
        [each for each in row if isinstance(each, str)]
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, list)
    ]
    return [DrawnFeature(*row) for row in texts if len(row) == len(DrawnFeature._fields)]
