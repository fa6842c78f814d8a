"""Smooth hair (straight, wavy, frizzy, feathered, tousled) as strands over a wash."""

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from services.providers.sketch.colour import HairPalette, blend
from services.providers.sketch.drape import Drape, Wave
from services.providers.sketch.pen import (
    fill,
    hair_mark,
    ink_path,
    linear_gradient,
    point_at,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.sitter import Sitter

_STILL: Final = Wave()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a texture lies: extra volume in px, its wave, how ragged the tips are in px, loose hairs, layered flicks."""

    volume: float = 30.0
    wave: Wave = _STILL
    ragged: float = 14.0
    loose: int = 10
    flicks: int = 0
    flare: float = 0.0
    messy: float = 0.0


MANNERS: Final = {
    "straight": Manner(volume=24.0, ragged=7.0, loose=4),
    "wavy": Manner(volume=36.0, wave=Wave(10.0, 3.6, 0.5), ragged=20.0, flare=16.0),
    "frizzy": Manner(volume=58.0, wave=Wave(6.5, 5.4, 6.28), ragged=40.0, loose=260, flare=44.0, messy=0.25),
    "feathered": Manner(volume=42.0, wave=Wave(4.0, 1.2, 0.6), ragged=26.0, loose=10, flicks=11, flare=10.0),
    "tousled": Manner(volume=46.0, wave=Wave(8.0, 2.6, 3.2), ragged=36.0, loose=34, flare=14.0, messy=1.0),
}


def _mass(hair: HairPalette, drape: Drape, manner: Manner) -> str:
    name = f"hair{drape.side}"
    lit = blend(hair.body, hair.light, 0.26 if drape.side < 0 else 0.12)
    tips = [
        drape.curve(k / 14, _phase(k / 14), -5 + (3 if k % 2 else -3) * manner.ragged / 14)[-1]
        for k in range(1, 14)
    ]
    outer, inner = drape.curve(1.0, _phase(1.0)), drape.curve(0.0, _phase(0.0))
    path = smooth([*outer, *tips[::-1], *inner[::-1]])
    wash = linear_gradient(
        name,
        complex(512, 110),
        complex(512, min(drape.end_y, 1000)),
        [
            (0, lit, 1.0),
            (30, hair.body, 1.0),
            (62, blend(hair.body, hair.ink, 0.35), 1.0),
            (100, blend(hair.body, hair.light, 0.10), 1.0),
        ],
    )
    return wash + fill(path + "Z", f"url(#{name})") + soft_edge(smooth(inner), hair.ink, (9, 5), 0.22)


def _phase(share: float) -> float:
    """Return how much later the wave comes at `share`: neighbouring strands swing almost together."""
    return share * 0.8


def _strokes(sitter: Sitter, drape: Drape, manner: Manner, source: Random) -> str:
    hair = sitter.hair
    salted = sitter.value("Hair", "Hair Color") == "salt-and-pepper"
    groups = (
        # colour, width, alpha, strands
        (hair.ink, 3.4, 0.30, 11), (hair.ink, 1.8, 0.42, 13), (blend(hair.body, hair.light, 0.45), 2.2, 0.34, 12),
        (hair.ink, 1.5, 0.50, 12), (hair.light, 1.5, 0.5 if not salted else 0.85, 16 if not salted else 26),
        (blend(hair.body, hair.ink, 0.6), 2.6, 0.35, 8),
    )  # fmt: skip
    out = []
    for colour, width, alpha, count in groups:
        paths = [smooth(_strand(drape, manner, source, (k + source.random()) / count)) for k in range(count)]
        out.append(stroke("".join(paths), colour, width, alpha))
    return "".join(out)


def _strand(drape: Drape, manner: Manner, source: Random, share: float) -> list[complex]:
    share = min(0.97, share)
    phase = drape.wave.scatter * (source.random() - 0.5) + _phase(share)
    stretch = source.uniform(-0.7, 0.5) * manner.ragged
    points = drape.curve(share, phase, stretch)
    if manner.messy:
        drift = manner.messy * source.uniform(-12, 12)
        points = [p + drift * (k / 16) ** 1.2 for k, p in enumerate(points)]
    return points if drape.wave.amplitude > 5 else points[::2]


def _sheen(sitter: Sitter, drape: Drape, manner: Manner, source: Random) -> str:
    """Return the band of light over the crown: short bright pieces of strands, where the head turns to the light."""
    hair = sitter.hair
    shine = 0.24 if manner.loose > 100 else 0.46
    marks = []
    for k in range(34):
        share = 0.20 + 0.78 * (k + source.random()) / 34
        points = drape.curve(share, _phase(share))
        start = 2.6 + source.uniform(-0.5, 0.5)
        reach = source.uniform(1.0, 2.4)
        piece = [point_at(points, start + reach * j / 2) for j in range(3)]
        marks.append(ink_path(piece, source.uniform(2.0, 4.5)))
    strength = shine * (1.25 if drape.side < 0 else 0.7)
    return fill("".join(marks), hair.light, strength)


def _locks(hair: HairPalette, drape: Drape, manner: Manner, source: Random) -> str:
    """Return a few wider locks that end in points beyond the mass."""
    count = 9
    dark: list[str] = []
    pale: list[str] = []
    for k in range(count):
        share = 0.94 * (k + 0.2 + 0.6 * source.random()) / count
        points = drape.curve(
            share,
            _phase(share) + drape.wave.scatter * 0.3 * source.random(),
            source.uniform(0.1, 0.9) * manner.ragged,
        )
        if manner.messy:
            bend = manner.messy * source.uniform(-26, 26)
            points = [p + bend * max(0.0, j / 16 - 0.5) ** 1.3 for j, p in enumerate(points)]
        path = ink_path(points[7:], source.uniform(9, 17))
        (dark if k % 2 else pale).append(path)
    return fill("".join(pale), blend(hair.body, hair.light, 0.20), 0.55) + fill(
        "".join(dark), blend(hair.body, hair.ink, 0.45), 0.55
    )


def _roots(hair: HairPalette, drape: Drape, source: Random) -> str:
    """Return the hair that rises from the hairline and is combed back: it hides the line's hard edge."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    guide = drape.curve(0.0)
    for k in range(54):
        place = 0.15 + 7.6 * (k + source.random()) / 54
        root = point_at(guide, place) + 1j * source.uniform(-2, 5)
        flow = drape.at(0.28 + 0.22 * source.random(), min(15.9, place + 1.9 + 1.3 * source.random()))
        rise = complex(0, -source.uniform(7, 20)) if place < 5 else complex(drape.side * 9, -12)
        groups[k % 3].append(
            ink_path([root, root + rise + (flow - root) * 0.2, flow], source.uniform(2.6, 6.5))
        )
    return (
        fill("".join(groups[0]), blend(hair.body, hair.ink, 0.55), 0.75)
        + fill("".join(groups[1]), blend(hair.body, hair.light, 0.22), 0.7)
        + fill("".join(groups[2]), blend(hair.body, hair.light, 0.5), 0.42)
    )


def _flicks(hair: HairPalette, drape: Drape, manner: Manner, source: Random) -> str:
    """Return layers whose tips sweep back and outwards, as in feathered cuts."""
    marks: list[str] = []
    for k in range(manner.flicks):
        share = 0.12 + 0.86 * k / max(1, manner.flicks - 1)
        points = drape.curve(share)
        start = 5.0 + 5.4 * source.random()
        piece = [point_at(points, start + j * 1.5) for j in range(4)]
        sweep = drape.side * source.uniform(26, 46)
        piece[2] += sweep * 0.25
        piece[3] += complex(sweep, -8)
        tint = (
            blend(hair.body, hair.light, 0.30 + 0.25 * source.random())
            if k % 3
            else blend(hair.body, hair.ink, 0.5)
        )
        marks.append(fill(ink_path(piece, source.uniform(12, 20)), tint, 0.8))
        marks.append(stroke(smooth(piece), hair.ink, 1.4, 0.45))
    return "".join(marks)


def _loose(hair: HairPalette, drape: Drape, manner: Manner, source: Random) -> str:
    """Return single hairs that leave the silhouette."""
    marks = []
    for _ in range(manner.loose):
        share, start = 0.9 + 0.12 * source.random(), 0.6 + source.random() * 14.4
        root = drape.at(share, start)
        ahead = drape.at(share, start + 0.5) - root
        reach = source.uniform(16, 44) * (0.6 if manner.loose > 100 else 1.0)
        flow = ahead / (abs(ahead) or 1.0) * reach
        lift = flow * -1j * drape.side * source.uniform(0.1, 0.55 if manner.loose < 100 else 1.1)
        marks.append(hair_mark(root, root + flow * 0.6 + lift * 0.2, root + flow + lift))
    return stroke("".join(marks), blend(hair.body, hair.ink, 0.15), 1.5, 0.7)


def paint_strands(sitter: Sitter, drape: Drape, manner: Manner) -> str:
    """Return one side of smooth hair that falls along `drape`."""
    hair, source = sitter.hair, sitter.stream(f"strands {drape.side}")
    return "".join(
        [
            _mass(hair, drape, manner),
            _strokes(sitter, drape, manner, source),
            _sheen(sitter, drape, manner, source),
            _locks(hair, drape, manner, source),
            _roots(hair, drape, source),
            _flicks(hair, drape, manner, source),
            _loose(hair, drape, manner, source),
        ]
    )


def softened(manner: Manner, end_y: float) -> Manner:
    """Return the manner for shorter hair: less volume and wave than the long fall has."""
    if end_y > 620:
        return manner
    wave = replace(manner.wave, swings=manner.wave.swings * 0.6, amplitude=manner.wave.amplitude * 0.8)
    return replace(manner, wave=wave, ragged=manner.ragged * 0.7, flare=manner.flare * 0.3)
