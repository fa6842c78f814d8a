"""Hair in ropes: locs, two-strand twists, cornrows and plaits."""

import itertools
from random import Random
from typing import Final

from services.providers.sketch.colour import HairPalette, blend
from services.providers.sketch.drape import Wave, drapes
from services.providers.sketch.hairline import dome, hairline
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import (
    between,
    fill,
    point_at,
    sample,
    smooth,
    soft_edge,
    stroke,
    tick,
)
from services.providers.sketch.plaits import paint_crown_braid, paint_plaits
from services.providers.sketch.sitter import Sitter

_CHEVRON: Final = "M%.1f %.1fl%.1f %.1fl%.1f %.1f"
_ROPE_WAVE: Final = Wave(3.0, 1.6, 5.0)


def _steps(guide: list[complex], stride: float) -> list[tuple[complex, complex]]:
    """Return (place, unit direction) every `stride` px along the guide."""
    out = []
    carried = 0.0
    for a, b in itertools.pairwise(guide):
        span = abs(b - a)
        if span == 0:
            continue
        unit = (b - a) / span
        while carried < span:
            out.append((a + unit * carried, unit))
            carried += stride
        carried -= span
    return out


def _loc_marks(guide: list[complex], width: float, source: Random) -> tuple[str, str]:
    dark: list[str] = []
    pale: list[str] = []
    for k, (here, unit) in enumerate(_steps(guide, 11.0)):
        across = unit * 1j * width * 0.36
        start, end = here - across * source.uniform(0.3, 1), here + across * source.uniform(0.3, 1)
        way = end + unit * source.uniform(-3, 3) - start
        (pale if k % 3 == 0 else dark).append(tick(start, way.real, way.imag))
    return "".join(dark), "".join(pale)


def _twist_marks(guide: list[complex], width: float, source: Random) -> tuple[str, str]:
    dark: list[str] = []
    pale: list[str] = []
    lean = 6.5 + source.random()
    for here, unit in _steps(guide, 12.5):
        across = unit * 1j * width * 0.42
        way = 2 * (across + unit * lean)
        glint = across * 0.5 + unit * 4
        dark.append(tick(here - way / 2, way.real, way.imag))
        pale.append(tick(here - across * 0.4 + unit * 3, glint.real, glint.imag))
    return "".join(dark), "".join(pale)


def _braid_marks(guide: list[complex], width: float, source: Random) -> tuple[str, str]:
    dark: list[str] = []
    pale: list[str] = []
    stride = 9.5 + source.random()
    for here, unit in _steps(guide, stride):
        across = unit * 1j * width * 0.40
        start, down, up = here - across - unit * 5, across + unit * 9, across - unit * 9
        dark.append(_CHEVRON % (start.real, start.imag, down.real, down.imag, up.real, up.imag))
        pale.append(tick(start + down * 0.4 - unit * 3, down.real * 0.6, down.imag * 0.6))
    return "".join(dark), "".join(pale)


_PATTERNS: Final = {"locs": _loc_marks, "twists": _twist_marks, "braid": _braid_marks}


def _front_braids(sitter: Sitter, end_y: float) -> str:
    if end_y < 500:
        return ""
    source = sitter.stream("front braids")
    out = []
    for side in (-1, 1):
        wide = sitter.outline.half_width(440, side)
        for k in range(5):
            x = CENTRE_X + side * (wide + 34 - k * 9)
            end = end_y - source.uniform(0, 26)
            sway = side * (10 + 5 * k)
            guide = sample(
                [
                    complex(x - side * (34 - 3 * k), 356),
                    complex(x - side * 4, 420),
                    complex(x, 480),
                    complex(x - sway * 0.2, (470 + end) / 2),
                    complex(x - sway * 0.6, end),
                ],
                12,
            )
            out.append(rope(sitter.hair, guide, "braid", 15.0, source))
    return "".join(out)


def paint_ropes(sitter: Sitter, texture: str, end_y: float) -> str:
    """Return ear-length and longer hair in ropes, over the head."""
    if texture == "cornrowed":
        return _front_braids(sitter, end_y) + paint_rows(sitter)
    if texture == "braided":
        return paint_crown_braid(sitter) if end_y < 620 else paint_plaits(sitter, end_y)
    source = sitter.stream("ropes")
    out = []
    for drape in drapes(sitter, volume=36.0, end_y=end_y, wave=_ROPE_WAVE, flare=14.0):
        inner = [p + complex(-drape.side * 6, 6) for p in drape.inner[:12]]
        out.append(soft_edge(smooth(inner), sitter.skin.shade, (34, 22, 12), 0.15))
        out.append(
            fill(
                smooth([*drape.outer, *drape.inner[::-1]]) + "Z",
                blend(sitter.hair.ink, sitter.hair.body, 0.15),
            )
        )
        count = 10
        for k in range(count):
            share = 1 - (k + 0.5) / count
            guide = drape.curve(share, source.random() * 5, source.uniform(-26, 22))
            out.append(rope(sitter.hair, guide[: 17 if end_y > 600 else 16], texture, 21.0, source))
    return "".join(out)


def paint_hanging(sitter: Sitter, texture: str, end_y: float) -> str:
    """Return the ropes behind the neck."""
    if texture == "braided":
        return ""
    source = sitter.stream("hanging ropes")
    edge = [complex(-186, 440), complex(-204, 600), complex(-196, end_y - 40), complex(0, end_y - 26)]
    rim = [CENTRE_X + p for p in edge] + [CENTRE_X - p.conjugate() for p in edge[-2::-1]]
    out = [fill(smooth(rim) + "Z", sitter.hair.ink)]
    thick = 15.0 if texture == "cornrowed" else 21.0
    for k in range(15):
        x = CENTRE_X + (k - 7) * 30 + source.uniform(-6, 6)
        end = end_y - source.uniform(4, 34)
        drift = (x - CENTRE_X) * 0.12
        guide = sample(
            [
                complex(x, 440),
                complex(x + drift * 0.4, 600),
                complex(x + drift, (600 + end) / 2 + 40),
                complex(x + drift * 1.1, end),
            ],
            12,
        )
        out.append(rope(sitter.hair, guide, "braid" if texture == "cornrowed" else texture, thick, source))
    return "".join(out)


def paint_rows(sitter: Sitter) -> str:
    """Return cornrows: braided ridges from the hairline to the crown with scalp between them."""
    source, hair = sitter.stream("cornrows"), sitter.hair
    outer, line = dome(sitter, 10.0, low_y=425.0), hairline(sitter).line
    path = between(outer, line)
    out = [fill(path, blend(sitter.skin.base, sitter.skin.shade, 0.4)), fill(path, hair.body, 0.34)]
    count = 11
    for k in range(count):
        t = 0.13 + 0.74 * (k + 0.5) / count
        root = point_at(line, t * (len(line) - 1))
        edge = point_at(outer, (0.5 + (t - 0.5) * 1.12) * (len(outer) - 1))
        away = (edge - root) / (abs(edge - root) or 1.0)
        guide = sample([root, (root + edge) / 2 + complex((t - 0.5) * 26, 0), edge - away * 7], 10)
        out.append(soft_edge(smooth([p + 5 for p in guide]), sitter.skin.deep, (18,), 0.3))
        out.append(rope(hair, guide, "braid", 21.0, source))
    return "".join(out)


def paint_short_ropes(sitter: Sitter, texture: str) -> str:
    """Return finger-long locs or twists that stand and fall around the head."""
    source, hair = sitter.stream("short ropes"), sitter.hair
    outer, line = dome(sitter, 30.0, low_y=420.0), hairline(sitter).line
    path = between(outer, line)
    shade = soft_edge(smooth([p + 7j for p in line[3:-3]]), sitter.skin.shade, (36, 24, 12), 0.15)
    out = [shade, fill(path, blend(hair.ink, hair.body, 0.2))]
    for depth, count in ((0.9, 19), (0.62, 18), (0.36, 17), (0.1, 16)):
        for k in range(count):
            t = 0.03 + 0.94 * (k + source.uniform(0.3, 0.7)) / count
            root = point_at(line, t * (len(line) - 1))
            edge = point_at(outer, t * (len(outer) - 1))
            away = (edge - root) / (abs(edge - root) or 1.0)
            start = root + (edge - root) * depth
            fall = complex((t - 0.5) * 50 + source.uniform(-8, 8), 22 + 40 * abs(t - 0.5))
            reach = source.uniform(40, 56)
            out.append(
                rope(
                    hair,
                    sample([start, start + away * reach * 0.7, start + away * reach + fall * 0.7], 7),
                    texture,
                    19.0,
                    source,
                )
            )
    return "".join(out)


def rope(hair: HairPalette, guide: list[complex], kind: str, width: float, source: Random) -> str:
    """Return one rope along the guide; `kind` is "locs", "twists" or "braid"."""
    path = smooth(guide)
    tone = blend(hair.body, hair.light, 0.06 + 0.16 * source.random())
    dark, pale = _PATTERNS[kind](guide, width, source)
    return (
        stroke(path, hair.ink, width, 0.96)
        + stroke(path, tone, width * 0.74, 1.0)
        + stroke(smooth([p - width * 0.16 for p in guide]), blend(tone, hair.light, 0.45), width * 0.2, 0.45)
        + stroke(dark, hair.ink, 2.0 if kind == "locs" else 2.6, 0.75)
        + stroke(pale, hair.light, 1.5, 0.45)
    )
