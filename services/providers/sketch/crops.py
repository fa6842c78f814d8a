"""Hair close to the head: buzzed, close-cropped and short, in every texture."""

from random import Random
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.hairline import dome, hairline
from services.providers.sketch.pen import (
    between,
    fill,
    hair_mark,
    linear_gradient,
    patch,
    sample,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.plaits import paint_crown_braid
from services.providers.sketch.ropes import paint_rows, paint_short_ropes
from services.providers.sketch.short_cuts import paint_short_cut
from services.providers.sketch.sitter import Sitter
from services.providers.sketch.spirals import coil_mark, paint_short_curls

_CURLED: Final = ("coily", "curly", "locs", "twists")


def _cap(sitter: Sitter, texture: str, *, volume: float, cover: float, tick_px: float, count: int) -> str:
    hair, source = sitter.hair, sitter.stream("crop")
    outer, line = dome(sitter, volume), hairline(sitter).line
    path = between(outer, line)
    thin = sitter.value("Shape", "Hairline") == "thinning"
    # Close hair lets the scalp through: its ground is between skin and hair, and opaque on the white paper.
    ground = blend(sitter.skin.shade, hair.body, cover * (0.45 if thin else 1.0))
    wash = linear_gradient(
        "crop", complex(420, 120), complex(640, 420),
        [(0, blend(ground, hair.light, 0.16), 1.0), (50, ground, 1.0), (100, blend(ground, hair.ink, 0.45), 1.0)],
    )  # fmt: skip
    edge = soft_edge(smooth(line), ground, (13, 8, 4), 0.20)
    ticks = _ticks(sitter, texture, outer, line, tick_px=tick_px, count=count, source=source)
    shade = soft_edge(smooth([p + 5j for p in line[4:-4]]), sitter.skin.shade, (26, 14), 0.13)
    return shade + wash + fill(path, "url(#crop)") + edge + ticks + _crown_light(sitter)


def _crown_light(sitter: Sitter) -> str:
    return patch(complex(446, 190), 90, 42, sitter.hair.light, 0.22, -18)


def _ticks(
    sitter: Sitter,
    texture: str,
    outer: tuple[complex, ...],
    line: tuple[complex, ...],
    *,
    tick_px: float,
    count: int,
    source: Random,
) -> str:
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    roots, edges = sample(line, 161), sample(outer, 161)
    coiled, wild = (
        texture in _CURLED,
        {"tousled": 0.75, "frizzy": 1.3, "feathered": 0.4, "wavy": 0.5}.get(texture, 0.2),
    )
    for k in range(count):
        t, depth = source.random(), source.random() ** 0.8
        root, edge = roots[int(t * 160)], edges[int(t * 160)]
        here = root + (edge - root) * depth * 0.97
        away = (edge - root) / (abs(edge - root) or 1.0)
        # On top the hair is combed aside, at the sides it lies down.
        away = (
            away * 0.8
            + complex(source.uniform(-1, 1), source.uniform(-1, 1)) * wild
            + complex((t - 0.35) * 0.9, 2.2 * abs(2 * t - 1) ** 1.5)
        )
        away /= abs(away) or 1.0
        reach = tick_px * source.uniform(0.7, 1.3)
        mark = (
            coil_mark(here, reach * 0.42, source)
            if coiled
            else hair_mark(here, here + away * reach * 0.5 + 0.8j, here + away * reach)
        )
        groups[k % 3].append(mark)
    hair = sitter.hair
    width = 1.3 + tick_px / 16
    return (
        stroke("".join(groups[0]), hair.ink, width, 0.55)
        + stroke("".join(groups[1]), blend(hair.body, hair.light, 0.6), width * 0.9, 0.5)
        + stroke("".join(groups[2]), blend(hair.body, hair.ink, 0.5), width, 0.6)
    )


def paint_buzz(sitter: Sitter, texture: str) -> str:
    """Return hair of a few millimetres: a shadow of colour on the scalp and short ticks."""
    return _cap(sitter, texture, volume=4.0, cover=0.66, tick_px=4.5, count=900)


def paint_crop(sitter: Sitter, texture: str) -> str:
    """Return hair of a finger's breadth."""
    if texture == "cornrowed":
        return paint_rows(sitter)
    return _cap(sitter, texture, volume=17.0, cover=1.0, tick_px=10.0, count=900)


def paint_short(sitter: Sitter, texture: str) -> str:
    """Return short hair with volume, swept from a side."""
    if texture == "cornrowed":
        return paint_rows(sitter)
    if texture == "braided":
        return paint_crown_braid(sitter)
    if texture in {"locs", "twists"}:
        return paint_short_ropes(sitter, texture)
    if texture in {"curly", "coily"}:
        return paint_short_curls(sitter, texture)
    return paint_short_cut(sitter, texture)
