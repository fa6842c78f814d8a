"""SVG marks as text: smooth curves, tapered ink lines, soft patches. A point is a complex number, x + y·1j, in px.

Nothing here keeps state. A soft patch refers to the gradient of its colour by name, `url(#s-rrggbb)`;
`soft_gradients` writes the definitions of all that a finished text refers to.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

Points = Sequence[complex]

_SOFT: Final = re.compile(r"url\(#s-([0-9a-f]{6})\)")
_SOFT_STOPS: Final = ((0, 1.0), (18, 0.88), (38, 0.6), (60, 0.26), (80, 0.07), (100, 0.0))
# Paths are most of a drawing: one % over all numbers of a path takes a third of the time of an f-string.
_START: Final = "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"
_NEXT: Final = "S%.1f %.1f %.1f %.1f"
_CURVES: Final = tuple(_START + _NEXT * count for count in range(80))
_TICK: Final = "M%.1f %.1fl%.1f %.1f"
_QUADRATIC: Final = "M%.1f %.1fQ%.1f %.1f %.1f %.1f"
_BLADE: Final = "M%.1f %.1fQ%.1f %.1f %.1f %.1fQ%.1f %.1f %.1f %.1fZ"


def _between_knots(knots: Points, t: float) -> complex:
    """Return the Catmull-Rom point at t, 0..1, between the second and the third of four knots."""
    a, b, c, d = knots
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def _soft_gradient(colour: str) -> str:
    stops = "".join([_stop(percent, f"#{colour}", alpha) for percent, alpha in _SOFT_STOPS])
    return f'<radialGradient id="s-{colour}">{stops}</radialGradient>'


def _stop(percent: int, colour: str, alpha: float) -> str:
    return f'<stop offset="{percent}%" stop-color="{colour}"{_alpha("stop", alpha)}/>'


def _alpha(kind: str, alpha: float) -> str:
    return "" if alpha >= 0.995 else f' {kind}-opacity="{alpha:.3f}"'


def smooth(points: Points, *, closed: bool = False) -> str:
    """Return path text of a curve through all points (Catmull-Rom written as cubic Béziers), one decimal.

    *Source:* the tangent at a point is a sixth of the chord between its neighbours (uniform Catmull-Rom). It is the
    same on both sides of a point, so that SVG's "S" command can leave out the first control point.
    """
    if closed:
        path = [*points, points[0]]
        before, beyond = points[-1], points[1]
    else:
        path = list(points)
        before, beyond = points[0], points[-1]
    first = path[0] + (path[1] - before) / 6
    numbers = [path[0].real, path[0].imag, first.real, first.imag]
    for a, b, c in zip(path, path[1:], [*path[2:], beyond], strict=False):
        control = b - (c - a) / 6
        numbers += (control.real, control.imag, b.real, b.imag)
    return _CURVES[len(path) - 2] % tuple(numbers) + ("Z" if closed else "")


def between(one: Points, other: Points) -> str:
    """Return path text of the closed area between two curves that run the same way."""
    return smooth(one) + smooth(other[::-1]).replace("M", "L", 1) + "Z"


def polyline(points: Points) -> str:
    """Return path text through the points by straight lines."""
    return "M" + "L".join([f"{p.real:.1f} {p.imag:.1f}" for p in points])


def hair_mark(root: complex, bend: complex, tip: complex) -> str:
    """Return path text of one quadratic stroke."""
    return _QUADRATIC % (root.real, root.imag, bend.real, bend.imag, tip.real, tip.imag)


def tick(root: complex, reach_x: float, reach_y: float) -> str:
    """Return path text of one short straight stroke from `root`."""
    return _TICK % (root.real, root.imag, reach_x, reach_y)


def blade(root: complex, middle: complex, tip: complex, width: float) -> str:
    """Return path text of a hair of `width` px that runs through `middle` and is pointed at both ends."""
    side = (tip - root) * 1j
    side *= width / (abs(side) or 1.0)
    bend = 2 * middle - (root + tip) / 2
    a, b = bend + side, bend - side
    return _BLADE % (
        *(root.real, root.imag, a.real, a.imag, tip.real, tip.imag),
        *(b.real, b.imag, root.real, root.imag),
    )


def sample(points: Points, count: int) -> list[complex]:
    """Return `count` points at even steps of the curve's parameter through `points` (ends included)."""
    last = len(points) - 1
    padded = [points[0], *points, points[-1]]
    out = []
    for step in range(count):
        place = last * step / (count - 1)
        k = int(place) if place < last else last - 1
        out.append(_between_knots(padded[k : k + 4], place - k))
    return out


def point_at(points: Points, place: float) -> complex:
    """Return the point of the Catmull-Rom curve through `points` at `place`, 0..len-1."""
    last = len(points) - 1
    k = min(int(place), last - 1)
    knots = [points[max(k - 1, 0)], points[k], points[k + 1], points[min(k + 2, last)]]
    return _between_knots(knots, place - k)


def fill(path: str, colour: str, alpha: float = 1.0) -> str:
    """Return a filled path; `colour` is "#rrggbb" or "url(#id)"."""
    return f'<path d="{path}" fill="{colour}"{_alpha("fill", alpha)}/>'


def stroke(path: str, colour: str, width: float, alpha: float = 1.0) -> str:
    """Return a stroked path with round ends, `width` in px."""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"'
        f'{_alpha("stroke", alpha)} stroke-linecap="round" stroke-linejoin="round"/>'
    )


def soft_edge(path: str, colour: str, widths: Sequence[float], alpha: float) -> str:
    """Return nested strokes that fade away from the path: a blurred edge without a filter.

    Between two given widths one more is laid, so that no step shows; `alpha` is that of one given stroke.
    """
    between = [(a + b) / 2 for a, b in zip(widths, (*widths[1:], 0.0), strict=True)]
    rings = [width for pair in zip(widths, between, strict=True) for width in pair]
    return "".join([stroke(path, colour, width, alpha * 0.55) for width in rings])


def ink(points: Points, colour: str, width: float, alpha: float = 1.0) -> str:
    """Return a line that swells to `width` px in its middle and runs out at both ends, like a pen's."""
    return fill(ink_path(points, width), colour, alpha)


def ink_path(points: Points, width: float) -> str:
    """Return path text of the outline of a tapered line through two or more points."""
    if len(points) < 4:
        return blade(
            points[0], (points[0] + points[-1]) / 2 if len(points) == 2 else points[1], points[-1], width
        )
    last = len(points) - 1
    upper: list[complex] = []
    lower: list[complex] = []
    for k in range(1, last):
        share = k / last
        ahead = (points[k + 1] - points[k - 1]) * 1j
        side = ahead * (2 * share * (1 - share) + 0.02) * (width / (abs(ahead) or 1.0))
        upper.append(points[k] + side)
        lower.append(points[k] - side)
    return smooth([points[0], *upper, points[last], *lower[::-1]], closed=True)


def patch(  # noqa: PLR0917 - the most used mark, in the order of SVG's ellipse
    centre: complex, rx: float, ry: float, colour: str, alpha: float, turn_deg: float = 0.0
) -> str:
    """Return an elliptical patch of colour that is strongest in its centre and gone at its rim."""
    if alpha < 0.004:
        return ""
    turn = f' transform="rotate({turn_deg:.1f} {centre.real:.1f} {centre.imag:.1f})"' if turn_deg else ""
    return (
        f'<ellipse cx="{centre.real:.1f}" cy="{centre.imag:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" '
        f'fill="url(#s-{colour[1:]})"{_alpha("fill", min(alpha, 1.0))}{turn}/>'
    )


def dot(centre: complex, radius: float, colour: str, alpha: float = 1.0) -> str:
    """Return a filled circle."""
    place = f'cx="{centre.real:.1f}" cy="{centre.imag:.1f}" r="{radius:.1f}"'
    return f'<circle {place} fill="{colour}"{_alpha("fill", alpha)}/>'


def clipped(name: str, path: str, marks: Iterable[str]) -> str:
    """Return `marks` shown only inside `path`; `name` must be unique in the picture."""
    return (
        f'<clipPath id="{name}"><path d="{path}"/></clipPath><g clip-path="url(#{name})">{"".join(marks)}</g>'
    )


def linear_gradient(name: str, start: complex, end: complex, stops: Sequence[tuple[int, str, float]]) -> str:
    """Return the definition of a gradient from `start` to `end`; a stop is (percent, colour, alpha)."""
    marks = "".join([_stop(*stop) for stop in stops])
    return (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="{start.real:.1f}" y1="{start.imag:.1f}" '
        f'x2="{end.real:.1f}" y2="{end.imag:.1f}">{marks}</linearGradient>'
    )


def radial_gradient(
    name: str, centre: complex, radius: float, stops: Sequence[tuple[int, str, float]]
) -> str:
    """Return the definition of a gradient around `centre`; a stop is (percent, colour, alpha)."""
    marks = "".join([_stop(*stop) for stop in stops])
    return (
        f'<radialGradient id="{name}" gradientUnits="userSpaceOnUse" cx="{centre.real:.1f}" '
        f'cy="{centre.imag:.1f}" r="{radius:.1f}">{marks}</radialGradient>'
    )


def soft_gradients(text: str) -> str:
    """Return the gradient definitions of every soft patch in `text`, in the order of first use."""
    return "".join([_soft_gradient(colour) for colour in dict.fromkeys(_SOFT.findall(text))])
