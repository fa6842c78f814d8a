"""The outline of the head: a natural oval, widened or narrowed at six heights.

The frame is 1024 px; light comes from the upper left.
"""

import itertools
import math
from dataclasses import dataclass, replace
from typing import Final

from services.providers.sketch.forms import Row, Table, adjusted
from services.providers.sketch.pen import smooth

CENTRE_X: Final = 512.0
TOP_Y: Final = 138.0
EYE_Y: Final = 418.0
NOSE_Y: Final = 548.0
MOUTH_Y: Final = 602.0
CHIN_Y: Final = 692.0

_PROFILE: Final = (
    # height, half width of a plain oval head
    (138.0, 0.0),
    (146.0, 58.0),
    (172.0, 108.0),
    (216.0, 150.0),
    (274.0, 177.0),
    (340.0, 189.0),
    (404.0, 191.0),
    (462.0, 187.0),
    (516.0, 177.0),
    (562.0, 161.0),
    (602.0, 139.0),
    (636.0, 111.0),
    (662.0, 81.0),
    (680.0, 49.0),
    (690.0, 20.0),
    (692.0, 0.0),
)
_HEIGHTS: Final = {
    # where a measure acts, and over what distance
    "brow": (318.0, 70.0),
    "cheekbone": (425.0, 62.0),
    "cheek": (520.0, 48.0),
    "jaw": (594.0, 46.0),
    "corner": (656.0, 26.0),
    "tip": (688.0, 13.0),
}


@dataclass(frozen=True, slots=True)
class HeadForm:
    """Offsets of the half width at six heights, in px; `length` lowers the chin, `lean` widens the left jaw."""

    brow: float = 0.0
    cheekbone: float = 0.0
    cheek: float = 0.0
    jaw: float = 0.0
    corner: float = 0.0
    tip: float = 0.0
    length: float = 0.0
    lean: float = 0.0
    sag: float = 0.0


@dataclass(frozen=True, slots=True)
class Outline:
    """The head as two mirrored rows of points from the crown to the chin, and what others need of it."""

    left: tuple[complex, ...]
    right: tuple[complex, ...]
    path: str
    chin_y: float
    form: HeadForm

    def half_width(self, y: float, side: int) -> float:
        """Return the distance from the middle line to the outline at height y; side -1 is the viewer's left."""
        points = self.left if side < 0 else self.right
        for above, below in itertools.pairwise(points):
            if above.imag <= y <= below.imag and below.imag > above.imag:
                share = (y - above.imag) / (below.imag - above.imag)
                return abs(above.real + (below.real - above.real) * share - CENTRE_X)
        return 0.0


FACES: Final[Table] = {
    "oval": {},
    "round": {"cheekbone": 8, "cheek": 15, "jaw": 20, "corner": 14, "tip": 10, "length": -32},
    "square": {"brow": 7, "cheekbone": 4, "cheek": 12, "jaw": 26, "corner": 24, "tip": 18, "length": -12},
    "rectangular": {"cheekbone": -7, "cheek": 4, "jaw": 18, "corner": 22, "tip": 18, "length": 22},
    "oblong": {"brow": -12, "cheekbone": -16, "cheek": -12, "jaw": -4, "corner": 2, "length": 34},
    "heart-shaped": {
        "brow": 14,
        "cheekbone": 6,
        "cheek": -8,
        "jaw": -20,
        "corner": -20,
        "tip": -12,
        "length": 4,
    },
    "diamond-shaped": {
        "brow": -22,
        "cheekbone": 11,
        "cheek": -2,
        "jaw": -16,
        "corner": -16,
        "tip": -8,
        "length": 8,
    },
    "triangular": {"brow": -18, "cheekbone": -8, "cheek": 12, "jaw": 27, "corner": 20, "tip": 8},
    "inverted-triangle": {"brow": 18, "cheekbone": 2, "cheek": -18, "jaw": -26, "corner": -14, "length": -2},
    "hexagonal": {"brow": -12, "cheekbone": 9, "cheek": 8, "jaw": 13, "corner": 2, "tip": 14, "length": -4},
}
JAWS: Final[Table] = {
    "strong": {"jaw": 12, "corner": 9, "tip": 4},
    "soft": {"cheek": 5, "jaw": 4, "corner": 4},
    "square": {"jaw": 20, "corner": 13, "tip": 6},
    "rounded": {"cheek": 6, "jaw": 10, "corner": -2},
    "angular": {"cheek": -5, "jaw": 11, "corner": -9},
    "narrow": {"cheek": -9, "jaw": -16, "corner": -8},
    "wide": {"cheek": 13, "jaw": 20, "corner": 4},
    "tapered": {"cheek": -3, "jaw": -12, "corner": -14},
    "delicate": {"jaw": -9, "corner": -10, "tip": -6, "length": -10},
    "uneven": {"jaw": -6, "lean": 24},
}
CHINS: Final[Table] = {
    "pointed": {"corner": -14, "tip": -16, "length": 8},
    "rounded": {"corner": 2, "tip": 3},
    "square": {"corner": 12, "tip": 24},
    "cleft": {"tip": 10},
    "receding": {"corner": -6, "length": -20},
    "prominent": {"corner": 4, "tip": 8, "length": 10},
    "double": {"corner": 10, "jaw": 4},
    "long": {"corner": -2, "length": 30},
    "short": {"corner": 6, "length": -30},
    "broad": {"jaw": 6, "corner": 24, "tip": 16},
}
CHEEKS: Final[Table] = {
    "slender": {"cheek": -11, "jaw": -4},
    "rounded": {"cheekbone": 5, "cheek": 12, "jaw": 4},
    "hollow": {"cheek": -10},
    "high": {"cheekbone": 4, "cheek": -4},
    "low-set": {"cheekbone": -4, "cheek": 8},
    "dimpled": {"cheek": 3},
    "flat": {"cheekbone": -4},
    "broad": {"cheekbone": 13, "cheek": 6},
    "sculpted": {"cheekbone": 5, "cheek": -7},
    "jowly": {"cheek": 4, "jaw": 12, "corner": 12, "sag": 10},
}
NO_ROW: Final[Row] = {}


def _points(form: HeadForm, side: int, lean: float) -> list[complex]:
    offsets = {name: getattr(form, name) for name in _HEIGHTS}
    # Several features may widen or narrow the same place: what goes beyond 24 px counts less and less.
    offsets = {name: _eased(amount) for name, amount in offsets.items()}
    offsets["jaw"] += lean
    offsets["jaw"] += form.sag * 0.6
    offsets["corner"] += form.sag * 0.5
    return [_moved(y, width, offsets, form.length, side) for y, width in _PROFILE]


def _eased(amount: float) -> float:
    size = abs(amount)
    return amount if size <= 24 else math.copysign(24 + (size - 24) * 0.45, amount)


def _moved(y: float, width: float, offsets: dict[str, float], length: float, side: int) -> complex:
    if width:
        # A head cannot be pinched shut: total narrowing stops at a third of the plain width.
        moved = width + sum(_bump(y, *_HEIGHTS[name]) * amount for name, amount in offsets.items())
        width = max(moved, width * 0.42)
    low = max(0.0, (y - 540.0) / (CHIN_Y - 540.0))
    return complex(CENTRE_X + side * width, y + length * low**1.3)


def _bump(y: float, middle: float, reach: float) -> float:
    return math.exp(-(((y - middle) / reach) ** 2))


def head_outline(face: str, jaw: str, chin: str, cheek: str, age: float) -> Outline:
    """Return the outline for four feature values ("" is plain) and an age of 0..1, which sags the jaw."""
    old = max(0.0, age - 0.45)
    rows = (
        FACES.get(face, NO_ROW),
        JAWS.get(jaw, NO_ROW),
        CHINS.get(chin, NO_ROW),
        CHEEKS.get(cheek, NO_ROW),
    )
    wished = adjusted(HeadForm(), *rows, {"sag": 9 * old, "cheek": -7 * old, "jaw": 5 * old})
    form = replace(wished, length=_eased(wished.length))
    left = tuple(_points(form, -1, form.lean))
    right = tuple(_points(form, 1, 0.0))
    path = smooth([*left, *right[-2:0:-1]], closed=True)
    return Outline(left, right, path, CHIN_Y + form.length, form)
