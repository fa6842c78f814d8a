"""The mouth: two lips around a line or an opening, and the folds that an expression pulls beside it."""

from dataclasses import dataclass
from typing import Final

from services.providers.sketch.forms import Row, Table, adjusted
from services.providers.sketch.outline import CENTRE_X, MOUTH_Y
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class MouthForm:
    """Measures in px: `lift` raises the corners, `bow` deepens the cupid's bow, `skew` raises one corner."""

    half: float = 61.0
    upper: float = 15.0
    lower: float = 21.0
    bow: float = 4.5
    lift: float = 1.0
    gap: float = 0.0
    teeth: float = 0.0
    skew: float = 0.0
    fullness: float = 0.0
    fold: float = 0.0
    drop: float = 0.0
    pucker: float = 0.0
    tense: float = 0.0


SHAPES: Final[Table] = {
    "thin": {"upper": -7.5, "lower": -10},
    "full": {"upper": 6, "lower": 8, "half": 1},
    "wide": {"half": 14},
    "narrow": {"half": -15},
    "bow-shaped": {"bow": 7, "upper": 4, "half": -5},
    "rounded": {"bow": -4, "upper": 4, "lower": 5, "half": -9, "fullness": 0.8},
    "top-heavy": {"upper": 9, "lower": -5},
    "bottom-heavy": {"upper": -5, "lower": 10},
    "downturned": {"lift": -9},
    "uneven": {"skew": 5.5},
}
EXPRESSIONS: Final[Table] = {
    "smiling": {"lift": 12, "half": 9, "upper": -2, "lower": -2, "fold": 0.6},
    "neutral": {},
    "grinning": {
        "lift": 15,
        "half": 17,
        "gap": 19,
        "teeth": 1.0,
        "upper": -4,
        "lower": -3,
        "fold": 0.9,
        "bow": -2,
    },
    "laughing": {
        "lift": 15,
        "half": 17,
        "gap": 46,
        "teeth": 0.55,
        "upper": -4,
        "lower": -3,
        "fold": 1.0,
        "bow": -2,
    },
    "smirking": {"skew": 13, "half": 3, "lift": 4, "fold": 0.4},
    "frowning": {"lift": -13, "half": 1, "drop": 0.8, "upper": -1},
    "pouting": {"half": -11, "lower": 10, "upper": 3, "lift": -5, "pucker": 0.45},
    "pursed": {"half": -22, "pucker": 1.0, "upper": 1, "lower": -2, "lift": -1},
    "parted": {"gap": 9, "teeth": 0.35, "half": -3},
    "tight-lipped": {"upper": -9, "lower": -13, "half": 5, "tense": 1.0, "bow": -3},
    "gasping": {"gap": 54, "half": -20, "upper": -2, "lower": -3, "lift": -3, "teeth": 0.22},
}
_NONE: Final[Row] = {}


@dataclass(frozen=True, slots=True)
class Mouth:
    """The mouth's curves on the page, each from the viewer's left corner to the right one."""

    form: MouthForm
    top: tuple[complex, ...]
    upper_edge: tuple[complex, ...]
    lower_edge: tuple[complex, ...]
    bottom: tuple[complex, ...]


def mouth_form(sitter: Sitter) -> MouthForm:
    """Return the measures of the mouth; age thins the lips and lowers the corners."""
    shape, mood = sitter.value("Shape", "Lips"), sitter.value("Expression", "Lips")
    age: Row = {"upper": -4.5 * sitter.age, "lower": -5 * sitter.age, "lift": -2.5 * sitter.age}
    form = adjusted(MouthForm(), SHAPES.get(shape, _NONE), EXPRESSIONS.get(mood, _NONE), age)
    return adjusted(form, {"upper": max(0.0, 3.2 - form.upper), "lower": max(0.0, 4.5 - form.lower)})


def mouth_y(sitter: Sitter) -> float:
    """Return the height of the mouth line: it follows a longer or shorter chin a little."""
    return MOUTH_Y + 0.22 * sitter.outline.form.length


def shape_mouth(sitter: Sitter) -> Mouth:
    """Return the four curves of the mouth."""
    form, y = mouth_form(sitter), mouth_y(sitter)
    rise = form.gap * 0.28

    def at(x: float, dy: float) -> complex:
        # Corners follow the lift by the square of the distance; a skew raises one corner only.
        lift = form.lift * x * x + form.skew * max(0.0, x) ** 1.5 - form.skew * 0.25 * max(0.0, -x)
        return complex(CENTRE_X + x * form.half, y + dy - lift)

    up, low, bow, full = form.upper, form.lower, form.bow, form.fullness
    top = (
        at(-1, 0),
        at(-0.62, -up * (0.52 + 0.12 * full) - rise * 0.8),
        at(-0.24, -up - rise),
        at(0, -up + bow - rise),
        at(0.24, -up - rise),
        at(0.62, -up * (0.52 + 0.12 * full) - rise * 0.8),
        at(1, 0),
    )
    upper_edge = (
        at(-1, 0),
        at(-0.6, 0.8 - rise * 0.8),
        at(-0.28, 0.2 - rise),
        at(0, 2.8 - rise),
        at(0.28, 0.2 - rise),
        at(0.6, 0.8 - rise * 0.8),
        at(1, 0),
    )
    open_low = form.gap * 0.72
    round_low = 0.62 + 0.26 * (form.half < 50)
    lower_edge = (
        at(-1, 0),
        at(-0.62, 1.2 + open_low * round_low),
        at(-0.3, 0.8 + open_low * 0.95),
        at(0, 3.2 + open_low),
        at(0.3, 0.8 + open_low * 0.95),
        at(0.62, 1.2 + open_low * round_low),
        at(1, 0),
    )
    bottom = (
        at(-1, 0),
        at(-0.66, low * (0.58 + 0.15 * full) + open_low * (round_low + 0.04)),
        at(-0.32, low * 0.95 + open_low * 0.97),
        at(0, low + 1 + open_low),
        at(0.32, low * 0.95 + open_low * 0.97),
        at(0.66, low * (0.58 + 0.15 * full) + open_low * (round_low + 0.04)),
        at(1, 0),
    )
    return Mouth(form, top, upper_edge, lower_edge, bottom)
