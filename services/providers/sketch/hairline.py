"""Where the hair begins on the forehead, and the dome of the head above it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.providers.sketch.outline import CENTRE_X, TOP_Y
from services.providers.sketch.sitter import Sitter

_TEMPLE_Y: Final = 338.0
_COUNT: Final = 25


def _bell(t: float, middle: float, reach: float) -> float:
    return math.exp(-(((t - middle) / reach) ** 2))


# Heights in px over t = -1..1, from the left to the right temple; the temples stay at _TEMPLE_Y.
_SHAPES: Final[Mapping[str, Callable[[float], float]]] = {
    "high": lambda t: 212 + 126 * abs(t) ** 3.0,
    "low": lambda t: 288 + 50 * abs(t) ** 3.4,
    "straight": lambda t: 250 + 88 * abs(t) ** 9,
    "rounded": lambda t: 243 + 95 * abs(t) ** 2.1,
    "widow's peak": lambda t: 236 + 102 * abs(t) ** 2.7 + 38 * _bell(t, 0, 0.15),
    "M-shaped": lambda t: 262 + 76 * abs(t) ** 4 - 58 * (_bell(t, 0.52, 0.2) + _bell(t, -0.52, 0.2)),
    "uneven": lambda t: 250 + 88 * abs(t) ** 3 + 15 * math.sin(5.2 * t + 0.8) + 11 * math.sin(11.3 * t),
    "triangular": lambda t: 206 + 132 * abs(t) ** 1.02,
    "cowlicked": lambda t: 252 + 86 * abs(t) ** 2.8 - 26 * _bell(t, -0.3, 0.13),
    "thinning": lambda t: 222 + 116 * abs(t) ** 2.4 - 22 * (_bell(t, 0.6, 0.2) + _bell(t, -0.6, 0.2)),
}
_PLAIN: Final = "rounded"


@dataclass(frozen=True, slots=True)
class Hairline:
    """The line from the left to the right temple (`front`), and with the sideburns added down to the ears (`line`)."""

    front: tuple[complex, ...]
    line: tuple[complex, ...]

    def height(self, x: float) -> float:
        """Return the height of the hairline at page x between the temples."""
        for a, b in zip(self.front, self.front[1:], strict=False):
            if a.real <= x <= b.real:
                return a.imag + (b.imag - a.imag) * (x - a.real) / (b.real - a.real)
        return _TEMPLE_Y


def _lifted(point: complex, volume: float, side_share: float) -> complex:
    away = point - complex(CENTRE_X, 372)
    share = side_share + (1 - side_share) * max(0.0, -away.imag / abs(away))
    return point + away / abs(away) * volume * share


def _sideburn(sitter: Sitter, side: int) -> list[complex]:
    def at(y: float, inset: float) -> complex:
        return complex(CENTRE_X + side * (sitter.outline.half_width(y, side) - inset), y)

    return [at(366, 23), at(394, 21), at(420, 13), at(430, 3)]


def hairline(sitter: Sitter) -> Hairline:
    """Return the hairline of the sitter's value; a plain rounded one when there is none."""
    shape = _SHAPES.get(sitter.value("Shape", "Hairline"), _SHAPES[_PLAIN])
    spread = {side: sitter.outline.half_width(_TEMPLE_Y, side) - 17 for side in (-1, 1)}
    front = []
    for k in range(_COUNT):
        t = -1 + 2 * k / (_COUNT - 1)
        front.append(complex(CENTRE_X + t * spread[-1 if t < 0 else 1], shape(t)))
    return Hairline(tuple(front), (*_sideburn(sitter, -1)[::-1], *front, *_sideburn(sitter, 1)))


def dome(
    sitter: Sitter, volume: float, *, low_y: float = 412.0, side_share: float = 0.62
) -> tuple[complex, ...]:
    """Return the outer edge of hair that stands `volume` px off the skull, from the left ear over the crown.

    At the sides it stands off by `side_share` of that.
    """
    outline = sitter.outline
    points: dict[int, list[complex]] = {-1: [], 1: []}
    for side, row in ((-1, outline.left), (1, outline.right)):
        for p in row[1:7]:
            if p.imag <= low_y:
                points[side].append(_lifted(p, volume, side_share))
        edge = CENTRE_X + side * (outline.half_width(low_y, side) + volume * 0.55 * side_share + 2)
        points[side].append(complex(edge, low_y))
    return (*points[-1][::-1], complex(CENTRE_X, TOP_Y - volume), *points[1])
