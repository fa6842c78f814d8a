"""The measures and curves of an eye.

Local frame of one eye: x grows outwards from the nose, y downwards, the origin is the middle between the corners.
"""

from dataclasses import dataclass
from typing import Final

from services.providers.sketch.forms import Row, Table, adjusted
from services.providers.sketch.outline import CENTRE_X, EYE_Y
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class EyeForm:
    """Measures of an eye in px, strengths as 0..1. `fold` is the height of the lid crease above the lid's edge."""

    half: float = 47.0
    upper: float = 20.3
    lower: float = 13.5
    tilt: float = 4.0
    peak: float = -3.0
    fold: float = 11.0
    crease: float = 0.62
    hood: float = 0.0
    monolid: float = 0.0
    apart: float = 88.0
    rise: float = 0.0
    socket: float = 0.0
    bag: float = 0.0
    hollow: float = 0.0
    bulge: float = 0.0
    iris: float = 22.5
    squeeze: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    sparkle: float = 0.0
    shut: float = 0.0


SHAPES: Final[Table] = {
    "almond-shaped": {"half": 3.5, "tilt": 4, "upper": -1.5, "lower": -3},
    "round": {"half": -3.5, "upper": 6, "lower": 3.5, "tilt": -3},
    "hooded": {"hood": 1.0, "upper": -2, "crease": -0.3},
    "monolid": {"monolid": 1.0, "crease": -0.62, "upper": -3.5, "half": 2, "tilt": 2},
    "upturned": {"tilt": 8, "peak": 5},
    "downturned": {"tilt": -10, "peak": -3},
    "large": {"half": 6, "upper": 5, "lower": 2.5, "iris": 2.5},
    "medium": {},
    "small": {"half": -7.5, "upper": -4, "lower": -2.5, "iris": -2.5},
    "slender": {"half": 4, "upper": -7, "lower": -4, "fold": 1},
}
STRUCTURES: Final[Table] = {
    "wide-set": {"apart": 11},
    "close-set": {"apart": -11},
    "evenly spaced": {},
    "deep-set": {"socket": 1.0, "fold": -5, "upper": -1.5},
    "prominent": {"bulge": 1.0, "fold": 4, "upper": 2.5, "lower": 1},
    "high-set": {"rise": 15},
    "low-set": {"rise": -15},
    "asymmetrical": {},
    "sunken": {"hollow": 1.0, "fold": 6, "socket": 0.35},
    "puffy": {"bag": 1.0, "fold": -1, "upper": -2},
}
EXPRESSIONS: Final[Table] = {
    "bright": {"sparkle": 1.0, "upper": 3, "iris": 1.2, "lower": 0.5},
    "narrowed": {"upper": -9, "lower": -5, "squeeze": 0.5},
    "wide": {"upper": 7, "lower": 3.5, "fold": -2},
    "sleepy": {"upper": -10, "fold": 9, "crease": 0.15, "gaze_y": 2.5},
    "winking": {},
    "teary": {"sparkle": 0.6, "lower": 1},
    "smiling": {"lower": -7.5, "upper": -3, "squeeze": 1.0},
    "sidelong": {"gaze_x": 16, "upper": -2},
    "upward": {"gaze_y": -10, "upper": 2, "fold": -2},
    "downcast": {"gaze_y": 11, "upper": -9, "fold": 7, "lower": 1},
}
_NONE: Final[Row] = {}
_WINK: Final[Row] = {"shut": 1.0, "squeeze": 0.7}


def eye_form(sitter: Sitter, side: int) -> EyeForm:
    """Return the measures of the eye at `side` (-1 the viewer's left)."""
    shape, structure = sitter.value("Shape", "Eye"), sitter.value("Structure", "Eye")
    expression = sitter.value("Expression", "Eye")
    age: Row = {
        "hood": 0.55 * max(0.0, sitter.age - 0.35),
        "upper": -3.2 * sitter.age,
        "bag": 0.55 * sitter.age**1.5,
    }
    skew: Row = (
        {"rise": 5.0 * side, "upper": 2.5 * side, "half": 1.5 * side}
        if structure == "asymmetrical"
        else _NONE
    )
    wink = _WINK if expression == "winking" and side > 0 else _NONE
    rows = (SHAPES.get(shape, _NONE), STRUCTURES.get(structure, _NONE), EXPRESSIONS.get(expression, _NONE))
    form = adjusted(EyeForm(), *rows, age, skew, wink)
    return adjusted(form, {"upper": max(0.0, 6.0 - form.upper), "lower": max(0.0, 3.0 - form.lower)})


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye's curves on the page, from the inner to the outer corner."""

    form: EyeForm
    side: int
    origin: complex
    upper: tuple[complex, ...]
    lower: tuple[complex, ...]

    def at(self, x: float, y: float) -> complex:
        """Return the page point of a local point."""
        return complex(self.origin.real + self.side * x, self.origin.imag + y)


def eye_curves(form: EyeForm, side: int) -> Eye:
    """Return the lids of an eye with these measures."""
    origin = complex(CENTRE_X + side * form.apart, EYE_Y - form.rise)
    half, up, low, tilt = form.half, form.upper, form.lower, form.tilt

    def at(x: float, y: float) -> complex:
        return complex(origin.real + side * x * half, origin.imag + y - tilt * (x + 0.35) * 0.62)

    peak = form.peak / 44
    upper = (at(-1, 6), at(-0.84, 0.5 - up * 0.20), at(-0.5 + peak * 0.5, -up * 0.76), at(-0.05 + peak, -up),
             at(0.42 + peak * 0.6, -up * 0.80), at(0.78, -up * 0.30), at(1, 2.2))  # fmt: skip
    arch = 6.5 * form.squeeze
    lower = (at(-1, 6), at(-0.74, 5.5 + low * 0.28), at(-0.3, 2 + low * 0.82 - arch * 0.5), at(0.18, 1 + low - arch),
             at(0.62, 1 + low * 0.74 - arch * 0.6), at(1, 2.2))  # fmt: skip
    return Eye(form, side, origin, upper, lower)
