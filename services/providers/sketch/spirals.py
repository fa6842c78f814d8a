"""Curly and coily hair."""

import math
from random import Random
from typing import Final

from services.providers.sketch.colour import HairPalette, blend
from services.providers.sketch.drape import Drape
from services.providers.sketch.hairline import dome, hairline
from services.providers.sketch.pen import (
    between,
    fill,
    hair_mark,
    linear_gradient,
    patch,
    point_at,
    sample,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.sitter import Sitter

_COIL: Final = "M%.1f %.1fA%.1f %.1f 0 1 1 %.1f %.1f"
_TURNS: Final = tuple(
    (complex(math.cos(k * 0.3), math.sin(k * 0.3)), complex(math.cos(k * 0.3 + 4.4), math.sin(k * 0.3 + 4.4)))
    for k in range(21)
)
"""Start and end of a coil of radius 1, in 21 turns."""


def _mass(hair: HairPalette, drape: Drape, *, bumpy: float) -> str:
    name = f"curl{drape.side}"
    outer = sample(drape.outer, 31)
    middle = sum(drape.inner) / len(drape.inner)
    rim = [
        p + (p - middle) / abs(p - middle) * (bumpy if k % 2 else -bumpy * 0.4) for k, p in enumerate(outer)
    ]
    low = [
        drape.outer[-1] + (drape.inner[-1] - drape.outer[-1]) * k / 5 + 1j * (bumpy if k % 2 else -bumpy)
        for k in range(1, 5)
    ]
    path = (
        smooth(
            [
                *rim,
                *low,
                *drape.inner[::-1],
                drape.inner[0] - drape.side * 14,
                drape.outer[0] - drape.side * 14,
            ]
        )
        + "Z"
    )
    wash = linear_gradient(
        name,
        complex(512, 90),
        complex(512, min(drape.end_y, 1000)),
        [
            (0, blend(hair.body, hair.light, 0.1), 1.0),
            (40, blend(hair.body, hair.ink, 0.45), 1.0),
            (100, blend(hair.body, hair.ink, 0.25), 1.0),
        ],
    )
    return wash + fill(path, f"url(#{name})")


def _ringlet(hair: HairPalette, guide: list[complex], source: Random, start: float) -> str:
    """Return one S-curled lock: body, dark turns and light turns."""
    place, swing, step = start, 1 if source.random() < 0.5 else -1, 0.78
    wide = source.uniform(9, 16) if guide[-1].imag < 830 else source.uniform(12, 19)
    spine: list[complex] = []
    lights: list[str] = []
    while place < 16:
        here, ahead = point_at(guide, place), point_at(guide, min(16.0, place + 0.3))
        along = (ahead - here) / (abs(ahead - here) or 1.0)
        # The turns keep their size on the page, whatever the length of the guide.
        step = min(2.0, (13 + wide * 0.7) / (abs(ahead - here) / 0.3 or 1.0))
        size = wide * min(1.0, 0.45 + (place - start) * 0.3) * (1.0 if place < 14.6 else 0.7)
        bend = here + along * 1j * swing * size
        spine.append(bend)
        if len(spine) > 1:
            crest = bend - along * 1j * swing * 2.0
            lights.append(hair_mark(crest - along * 7, crest + along * 1j * swing * 4, crest + along * 7))
        swing = -swing
        place += step
    if len(spine) < 2:
        return ""
    path = smooth(spine)
    tone = blend(hair.body, hair.light, source.uniform(0.0, 0.28))
    return (
        stroke(path, hair.ink, wide * 1.16, 0.80)
        + stroke(path, tone, wide * 0.86, 0.95)
        + stroke(path, blend(hair.body, hair.ink, 0.55), 1.6, 0.7)
        + stroke("".join(lights), hair.light, 2.8, 0.55)
    )


def _cloud(hair: HairPalette, spots: list[complex], source: Random, drape: Drape | None) -> str:
    marks: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
    for k, spot in enumerate(spots):
        place = spot + complex(source.uniform(-7, 7), source.uniform(-7, 7))
        marks[k % 3].append(coil_mark(place, source.uniform(5.5, 9.5), source))
        if k % 2:
            marks[3].append(coil_mark(place + complex(-2.5, -3), source.uniform(3.5, 6), source))
    rim = []
    if drape is not None:
        for _ in range(150):
            edge = drape.at(1.0, source.random() * 15.9)
            place = edge + complex(source.uniform(-6, 6) * drape.side, source.uniform(-6, 4))
            rim.append(coil_mark(place, source.uniform(3.0, 6.0), source))
    return (
        stroke("".join(rim), blend(hair.body, hair.ink, 0.3), 4.6, 1.0)
        + stroke("".join(marks[0]), hair.ink, 4.2, 0.62)
        + stroke("".join(marks[1]), blend(hair.body, hair.light, 0.26), 3.4, 0.85)
        + stroke("".join(marks[2]), hair.ink, 2.6, 0.7)
        + stroke("".join(marks[3]), blend(hair.body, hair.light, 0.75), 1.8, 0.75)
    )


def _short_coils(
    sitter: Sitter, outer: tuple[complex, ...], line: tuple[complex, ...], source: Random
) -> str:
    spots = []
    for k in range(420):
        t = (k + source.random()) / 420
        depth = source.random() ** 0.8
        root, edge = point_at(line, t * (len(line) - 1)), point_at(outer, t * (len(outer) - 1))
        spots.append(root + (edge - root) * depth)
    return _cloud(sitter.hair, spots, source, None)


def _short_ringlets(
    hair: HairPalette, outer: tuple[complex, ...], line: tuple[complex, ...], source: Random
) -> str:
    """Return open curls: each a comma of thick, dark-edged hair, rows from the back to the hairline."""
    out = []
    for depth, count in ((0.98, 19), (0.74, 17), (0.5, 17), (0.26, 17), (0.06, 19)):
        for k in range(count):
            t = (k + source.uniform(0.2, 0.8)) / count
            root, edge = point_at(line, t * (len(line) - 1)), point_at(outer, t * (len(outer) - 1))
            out.append(_comma(hair, root + (edge - root) * depth, source))
    return "".join(out)


def _comma(hair: HairPalette, centre: complex, source: Random) -> str:
    turn, radius = source.random() * 6.2832, source.uniform(11, 17)
    hand = 1 if source.random() < 0.5 else -1
    points = []
    for k in range(6):
        angle = turn + hand * k * 0.95
        points.append(centre + complex(math.cos(angle), math.sin(angle)) * radius * (1 - 0.13 * k))
    path = smooth(points)
    return (
        stroke(path, hair.ink, 10.5, 0.75)
        + stroke(path, blend(hair.body, hair.light, source.uniform(0.0, 0.22)), 7.4, 0.95)
        + stroke(smooth(points[1:4]), hair.light, 2.2, 0.5)
    )


def coil_volume(texture: str, end_y: float) -> float:
    """Return how far curls stand off the skull, in px: coils grow outwards first."""
    if texture == "curly":
        return 52.0 if end_y > 620 else 44.0
    return min(118.0, 58.0 + (end_y - 450) * 0.19)


def coil_mark(centre: complex, radius: float, source: Random) -> str:
    """Return path text of one tight coil: three quarters of a circle in a random turn."""
    start, end = _TURNS[int(source.random() * len(_TURNS))]
    start, end = centre + start * radius, centre + end * radius
    return _COIL % (start.real, start.imag, radius, radius, end.real, end.imag)


def paint_curls(sitter: Sitter, drape: Drape) -> str:
    """Return ringlets that hang along the drape, from the back to the front."""
    source = sitter.stream(f"curls {drape.side}")
    hair = sitter.hair
    out = [_mass(hair, drape, bumpy=8.0)]
    count = 15 if drape.end_y < 800 else 12
    for k in range(count):
        share = 1.0 - (k + source.uniform(0.1, 0.9)) / count
        guide = drape.curve(share, 0.0, source.uniform(-10, 26))
        out.append(_ringlet(hair, guide, source, start=1.2 + 2.2 * source.random()))
    for share in (0.97, 0.8, 0.62, 0.45, 0.3, 0.16, 0.04):
        guide = drape.curve(share, 0.0, source.uniform(-30, 10))
        out.append(_ringlet(hair, guide, source, start=0.1 + 0.6 * source.random()))
    return "".join(out)


def paint_coils(sitter: Sitter, drape: Drape) -> str:
    """Return a cloud of coils along the drape."""
    source = sitter.stream(f"coils {drape.side}")
    fall = max(1.0, (drape.end_y - 400) / 260)
    rows, columns = int(19 * (0.8 + fall * 0.5)), 11
    spots = []
    for r in range(rows):
        for c in range(columns):
            share = (c + source.random()) / columns * 1.06
            place = (r + source.random()) / rows * 16
            spots.append(drape.at(share, min(15.99, place)))
    light = patch(drape.at(0.72, 3.4), 84, 62, sitter.hair.light, 0.30 if drape.side < 0 else 0.14)
    shade = patch(drape.at(0.15, 11.5), 60, 150, sitter.hair.ink, 0.5)
    return _mass(sitter.hair, drape, bumpy=7.0) + light + shade + _cloud(sitter.hair, spots, source, drape)


def paint_short_curls(sitter: Sitter, texture: str) -> str:
    """Return a short cap of curls or coils around the hairline."""
    source, hair = sitter.stream("short curls"), sitter.hair
    volume = 54.0 if texture == "coily" else 50.0
    outer, line = dome(sitter, volume, low_y=430.0), hairline(sitter).line
    rim = [p + complex(0, -5 if k % 2 else 3) for k, p in enumerate(sample(outer, 63))]
    path = between(rim, line)
    wash = linear_gradient(
        "short-curl", complex(400, 90), complex(640, 420),
        [(0, blend(hair.body, hair.light, 0.12), 1.0), (100, blend(hair.body, hair.ink, 0.5), 1.0)],
    )  # fmt: skip
    shade = soft_edge(smooth([p + 7j for p in line[3:-3]]), sitter.skin.shade, (36, 24, 12), 0.15)
    base = shade + wash + fill(path, "url(#short-curl)")
    if texture == "coily":
        return (
            base
            + _short_coils(sitter, outer, line, source)
            + patch(complex(440, 150), 110, 60, hair.light, 0.16, -18)
        )
    return base + _short_ringlets(hair, outer, line, source)
