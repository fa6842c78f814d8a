"""Beards, hair by hair between the jaw and an inner edge around the mouth; moustaches are in `moustaches`."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.moustaches import Moustache, paint_moustache
from services.providers.sketch.mouth import shape_mouth
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import (
    clipped,
    fill,
    hair_mark,
    ink_path,
    patch,
    sample,
    smooth,
    soft_edge,
    stroke,
    tick,
)
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class Beard:
    """Where hair grows: spans along the jaw (0 left ear, 0.5 chin, 1 right ear), how far inwards, lengths in px."""

    spans: tuple[tuple[float, float], ...] = ()
    depth: float = 1.0
    length: float = 12.0
    chin_length: float = 12.0
    count: int = 520
    patch: bool = False
    moustache: Moustache | None = None


_FULL: Final = ((0.0, 1.0),)
STYLES: Final[Mapping[str, Beard]] = {
    "mustache": Beard(moustache=Moustache()),
    "handlebar mustache": Beard(moustache=Moustache(handlebar=True)),
    "goatee": Beard(((0.395, 0.605),), 1.0, 14, 34, 420, True),
    "soul patch": Beard(patch=True),
    "circle beard": Beard(((0.36, 0.64),), 1.0, 12, 20, 460, True, Moustache(drop=24)),
    "mutton chops": Beard(((0.0, 0.345), (0.655, 1.0)), 1.06, 19, 12, 900),
    "chinstrap beard": Beard(_FULL, 0.26, 9, 11, 800),
    "short beard": Beard(_FULL, 1.0, 11, 17, 1250, True, Moustache(drop=14)),
    "full beard": Beard(_FULL, 1.05, 30, 54, 1100, True, Moustache(drop=18, thick=1.25)),
    "long beard": Beard(_FULL, 1.05, 36, 205, 1000, True, Moustache(drop=26, thick=1.35)),
}


def _jaw(sitter: Sitter) -> list[complex]:
    """Return the outline from the left ear around the chin to the right ear, evenly sampled."""
    outline = sitter.outline
    return sample([*outline.left[6:], *outline.right[-2:5:-1]], 161)


def _inner(sitter: Sitter) -> list[complex]:
    """Return the edge of the beard on the cheeks and below the lip, matching `_jaw` point by point."""
    outline, mouth = sitter.outline, shape_mouth(sitter)
    low, half = mouth.bottom[3].imag, mouth.form.half
    rows: dict[int, list[complex]] = {}
    for side in (-1, 1):

        def at(y: float, inset: float, side: int = side) -> complex:
            return complex(CENTRE_X + side * max(outline.half_width(y, side) - inset, half + 16), y)

        corner = complex(CENTRE_X + side * (half + 15), mouth.top[0].imag + 2)
        rows[side] = [
            at(408, 20),
            at(478, 29),
            at(528, 52),
            at(562, 66),
            corner,
            complex(CENTRE_X + side * (half * 0.78), low + 4),
            complex(CENTRE_X + side * half * 0.38, low + 13),
        ]
    return sample([*rows[-1], complex(CENTRE_X, low + 15), *rows[1][::-1]], 161)


def _growth(sitter: Sitter, style: Beard) -> str:
    jaw, inner, source = _jaw(sitter), _inner(sitter), sitter.stream("beard")
    inner = [j + (i - j) * style.depth for j, i in zip(jaw, inner, strict=True)]
    return "".join(
        [_wash(sitter, style, jaw, inner, span) for span in style.spans]
        + [_hairs(sitter, style, jaw, inner, source)]
    )


def _length(style: Beard, t: float) -> float:
    chin = max(0.0, 1 - abs(t - 0.5) / 0.24)
    return style.length + (style.chin_length - style.length) * chin


def _direction(place: complex, t: float) -> complex:
    outwards = (place.real - CENTRE_X) / 240 * (0.55 if abs(t - 0.5) > 0.2 else 0.25)
    way = complex(outwards, 1.0)
    return way / abs(way)


def _wash(
    sitter: Sitter,
    style: Beard,
    jaw: list[complex],
    inner: list[complex],
    span: tuple[float, float],
) -> str:
    hair = sitter.hair
    steps = [span[0] + (span[1] - span[0]) * k / 20 for k in range(21)]
    rim = []
    for k, t in enumerate(steps):
        edge = jaw[int(t * 160)]
        reach = _length(style, t) * (0.66 if k % 2 else 0.5)
        taper = (
            1.0
            if style.chin_length < 100 and span[0] < 0.3
            else 1.0 - 0.30 * max(0.0, 1 - abs(t - 0.5) / 0.2)
        )
        rim.append(
            complex(CENTRE_X + (edge.real - CENTRE_X) * taper, edge.imag) + _direction(edge, t) * reach
        )
    near = [inner[int(t * 160)] for t in steps]
    path = smooth([*rim, *near[::-1]], closed=True)
    shade = blend(hair.body, hair.ink, 0.45)
    # Only the inner edge is softened: outside the jaw lies white paper.
    return soft_edge(smooth(near), shade, (24, 16, 9), 0.12) + fill(
        path, shade, 0.80 if style.length > 10 else 0.66
    )


def _hairs(sitter: Sitter, style: Beard, jaw: list[complex], inner: list[complex], source: Random) -> str:
    # Long and narrow beards gather to a point; full ones keep the breadth of the jaw.
    gather = 0.42 if style.chin_length > 100 or style.spans[0][0] > 0.3 else 0.0
    groups: list[list[str]] = [[], [], [], []]
    for k in range(style.count):
        span = style.spans[k % len(style.spans)]
        t = span[0] + (span[1] - span[0]) * source.random()
        depth = -0.05 + 1.05 * source.random() ** 0.9
        a, b = jaw[int(t * 160)], inner[int(t * 160)]
        root = b + (a - b) * depth
        reach = (9 + _length(style, t) * (0.35 + 0.65 * depth**2)) * source.uniform(0.65, 1.1)
        way = _direction(root, t) + complex(source.uniform(-0.3, 0.3), 0)
        pull = (CENTRE_X - root.real) * gather * min(1.0, reach / style.chin_length)
        tip = root + way * reach + pull
        middle = root + way * reach * 0.5 + complex(source.uniform(-3, 3) + pull * 0.2, 0)
        groups[k // len(style.spans) % 4].append(
            ink_path([root, middle, tip], 2.2 + reach * 0.012) if reach > 34 else hair_mark(root, middle, tip)
        )
    return _grouped(sitter, groups, hair_width=2.0, long=style.chin_length > 30)


def _grouped(sitter: Sitter, groups: list[list[str]], *, hair_width: float, long: bool) -> str:
    hair = sitter.hair
    grizzled = sitter.value("Hair", "Hair Color") == "salt-and-pepper"
    tones = (
        (hair.ink, 0.62),
        (blend(hair.body, hair.light, 0.28), 0.70),
        (blend(hair.body, hair.ink, 0.6), 0.72),
        (hair.light if grizzled else blend(hair.body, hair.light, 0.7), 0.85 if grizzled else 0.55),
    )
    out = []
    for marks, (colour, alpha) in zip(groups, tones, strict=True):
        open_marks = "".join([mark for mark in marks if not mark.endswith("Z")])
        closed_marks = "".join([mark for mark in marks if mark.endswith("Z")]) if long else ""
        out.append(stroke(open_marks, colour, hair_width, alpha) if open_marks else "")
        out.append(fill(closed_marks, colour, alpha) if closed_marks else "")
    return "".join(out)


def _soul_patch(sitter: Sitter, *, alone: bool) -> str:
    source, hair = sitter.stream("soul patch"), sitter.hair
    low = shape_mouth(sitter).bottom[3].imag
    top, wide, tall = low + 4, 17.0 if alone else 14.0, 34.0 if alone else 22.0
    groups: list[list[str]] = [[], [], [], []]
    for k in range(90):
        x, y = source.uniform(-1, 1), source.random()
        root = complex(CENTRE_X + x * wide * (1 - 0.45 * y), top + y * tall * 0.7)
        tip = root + complex(-x * 3, 10 + 5 * source.random())
        groups[k % 4].append(hair_mark(root, (root + tip) / 2, tip))
    return patch(complex(CENTRE_X, top + tall * 0.45), wide * 1.25, tall * 0.7, hair.ink, 0.8) + _grouped(
        sitter, groups, hair_width=2.2, long=False
    )


def _stubble(sitter: Sitter) -> str:
    """Return a day's growth: a cool shade and short dots on cheeks, chin and upper lip."""
    jaw, inner, source, hair = _jaw(sitter), _inner(sitter), sitter.stream("stubble"), sitter.hair
    tint = blend(hair.ink, "#4a5058", 0.4)
    wash = soft_edge(
        smooth([(a + b) / 2 for a, b in zip(jaw[::8], inner[::8], strict=True)]), tint, (84, 62, 40), 0.065
    )
    dots: tuple[list[str], list[str]] = ([], [])
    for k in range(900):
        t, depth = source.random(), source.random()
        a, b = jaw[int(t * 160)], inner[int(t * 160)]
        root = b + (a - b) * (0.06 + 0.94 * depth)
        dots[k % 2].append(tick(root, source.uniform(-0.8, 0.8), source.uniform(2.0, 4.2)))
    peak = shape_mouth(sitter).top[2].imag
    for k in range(190):
        x = source.uniform(-1, 1)
        y = peak - 4 - 24 * source.random() * (1 - 0.55 * abs(x)) + 11 * x * x
        dots[k % 2].append(tick(complex(CENTRE_X + x * 62, y), x * 1.5, source.uniform(2.0, 4.0)))
    marks = [
        wash,
        stroke("".join(dots[0]), hair.ink, 1.4, 0.55),
        stroke("".join(dots[1]), hair.body, 1.5, 0.5),
    ]
    return clipped("stubble", sitter.outline.path, marks)


def paint_beard(sitter: Sitter) -> str:
    """Return the facial hair of the sitter's value, "" when clean-shaven."""
    name = sitter.value("Hair", "Facial Hair")
    if name == "light stubble":
        return _stubble(sitter)
    style = STYLES.get(name)
    if style is None:
        return ""
    parts = [_growth(sitter, style)] if style.spans else []
    if style.patch:
        parts.append(_soul_patch(sitter, alone=not style.spans))
    if style.moustache is not None:
        parts.append(paint_moustache(sitter, style.moustache))
    return "".join(parts)
