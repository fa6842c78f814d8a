"""The fall of longer hair: on each side a field of curves between an inner and an outer guide.

Every strand, curl and braid is a curve of this field. All curves of a side begin on the parting; the inner guide
follows the hairline and the face, the outer one the silhouette.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from services.providers.sketch.hairline import Hairline, dome, hairline
from services.providers.sketch.outline import CENTRE_X, TOP_Y
from services.providers.sketch.pen import sample
from services.providers.sketch.sitter import Sitter

END_Y: Final[Mapping[str, float]] = {
    "short": 452.0,
    "ear-length": 540.0,
    "chin-length": 664.0,
    "neck-length": 748.0,
    "shoulder-length": 842.0,
    "chest-length": 938.0,
    "waist-length": 1090.0,
}
_POINTED: Final = ("widow's peak", "M-shaped", "triangular")
GUIDE_POINTS: Final = 17
_TIP_SHARES: Final = tuple(1j * max(0.0, k / (GUIDE_POINTS - 1) - 0.6) * 2.5 for k in range(GUIDE_POINTS))


@dataclass(frozen=True, slots=True)
class Wave:
    """A sideways swing along a strand: amplitude in px, swings over the whole length, px by which phases scatter."""

    amplitude: float = 0.0
    swings: float = 0.0
    scatter: float = 0.0


@dataclass(frozen=True, slots=True)
class Drape:
    """One side of the fall; guides have GUIDE_POINTS points from the parting to the tips."""

    side: int
    inner: tuple[complex, ...]
    outer: tuple[complex, ...]
    across: tuple[complex, ...]
    sines: tuple[float, ...]
    cosines: tuple[float, ...]
    end_y: float
    wave: Wave

    def at(self, share: float, place: float) -> complex:
        """Return the unwaved point at `share` and `place`, 0..GUIDE_POINTS - 1."""
        k = int(place)
        a = self.inner[k] + self.across[k] * share
        if k >= GUIDE_POINTS - 1:
            return a
        return a + (self.inner[k + 1] + self.across[k + 1] * share - a) * (place - k)

    def curve(self, share: float, phase: float = 0.0, stretch: float = 0.0) -> list[complex]:
        """Return the curve at `share` (0 inner, 1 outer); `stretch` px lengthens its tip."""
        sway, swoop = math.cos(phase), math.sin(phase)
        return [
            a + across * share + sine * sway + cosine * swoop + tip * stretch
            for a, across, sine, cosine, tip in zip(
                self.inner, self.across, self.sines, self.cosines, _TIP_SHARES, strict=True
            )
        ]


def _drape(
    sitter: Sitter, line: Hairline, side: int, part: float, *, fall: tuple[float, float, float], wave: Wave
) -> Drape:
    volume, end_y, flare = fall
    outline = sitter.outline
    temple = line.front[-1] if side > 0 else line.front[0]
    width = outline.half_width(400.0, side)

    def at(x: float, y: float) -> complex:
        return complex(CENTRE_X + side * x, y)

    reach = abs(temple.real - part)
    front = [
        complex(part + side * reach * share, line.height(part + side * reach * share))
        for share in (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
    ]
    beside = [
        at(width - 9, 402),
        *_fall(at, width - 4, end_y, ((520, -6), (640, -22), (760, -36), (880, -30), (1090, -14))),
    ]
    inner = [*front, temple, *beside]
    wide = width + 16 + volume * 0.78
    ring = dome(sitter, volume, low_y=330.0)
    crown = [p for p in ring if (p.real - part) * side > 24]
    if side < 0:
        crown.reverse()
    start = complex(part, _dome_height(ring, part))
    stations = (
        (520, 8 + flare * 0.3),
        (640, 14 + flare * 0.7),
        (760, 16 + flare),
        (880, 18 + flare),
        (1090, 12 + flare),
    )
    down = _fall(at, wide, end_y, stations)
    outer = [start, *crown[:-1], at(wide - 7, 324), at(wide, 400), *down]
    even_inner, even_outer = _even(inner), _even(outer)
    across = tuple(b - a for a, b in zip(even_inner, even_outer, strict=True))
    return Drape(side, even_inner, even_outer, across, *_swings(wave), end_y, wave)


def _swings(wave: Wave) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the wave at each guide point in its sine and cosine part, so that a strand adds only its own phase."""
    sines, cosines = [], []
    for k in range(GUIDE_POINTS):
        u = k / (GUIDE_POINTS - 1)
        size = wave.amplitude * min(1.0, max(0.0, u * 3.2 - 0.5))
        sines.append(size * math.sin(wave.swings * 6.2832 * u))
        cosines.append(size * math.cos(wave.swings * 6.2832 * u))
    return tuple(sines), tuple(cosines)


def _even(points: list[complex]) -> tuple[complex, ...]:
    """Return GUIDE_POINTS points: nine at even lengths over the head (to the ear), the rest below it."""
    fine = sample(points, 61)
    ear = next((k for k, p in enumerate(fine) if k > 12 and p.imag > 396), 40)
    return (*_spaced(fine[: ear + 1], 9), *_spaced(fine[ear:], GUIDE_POINTS - 8)[1:])


def _spaced(points: list[complex], count: int) -> list[complex]:
    """Return `count` points at even lengths along a fine polyline."""
    lengths = [0.0]
    for a, b in itertools.pairwise(points):
        lengths.append(lengths[-1] + abs(b - a))
    out, k = [], 0
    for j in range(count):
        goal = lengths[-1] * j / (count - 1)
        while k < len(points) - 2 and lengths[k + 1] < goal:
            k += 1
        span = lengths[k + 1] - lengths[k] or 1.0
        out.append(points[k] + (points[k + 1] - points[k]) * ((goal - lengths[k]) / span))
    return out


def _dome_height(ring: tuple[complex, ...], x: float) -> float:
    for a, b in itertools.pairwise(ring):
        if a.real <= x <= b.real:
            return a.imag + (b.imag - a.imag) * (x - a.real) / (b.real - a.real)
    return TOP_Y


def _fall(
    at: Callable[[float, float], complex], x: float, end_y: float, stations: tuple[tuple[float, float], ...]
) -> list[complex]:
    """Return the guide's points below the ear, cut at end_y."""
    rows = [(400.0, 0.0), *stations]
    points = []
    for k in range(1, 5):
        y = 400 + (end_y - 400) * k / 4
        for (y0, dx0), (y1, dx1) in itertools.pairwise(rows):
            if y0 <= y <= y1:
                points.append(at(x + dx0 + (dx1 - dx0) * (y - y0) / (y1 - y0), y))
                break
    return points


def drapes(
    sitter: Sitter, *, volume: float, end_y: float, wave: Wave, flare: float = 0.0
) -> tuple[Drape, Drape]:
    """Return the left and right fall of hair that stands `volume` px off the skull and ends at `end_y`."""
    line = hairline(sitter)
    part = part_x(sitter)
    left, right = (
        _drape(sitter, line, side, part, fall=(volume, end_y, flare), wave=wave) for side in (-1, 1)
    )
    return left, right


def part_x(sitter: Sitter) -> float:
    """Return the page x of the parting: by the seed, or in the middle where the hairline has its point there."""
    if sitter.value("Shape", "Hairline") in _POINTED:
        return CENTRE_X
    return CENTRE_X + (-62.0, 0.0, 0.0, 54.0)[int(sitter.stream("parting").random() * 4)]
