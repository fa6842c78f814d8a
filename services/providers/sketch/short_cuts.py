"""Short smooth hair: tight at the sides, with height on top, each texture in its own unrest."""

from dataclasses import dataclass
from random import Random
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.hairline import dome, hairline
from services.providers.sketch.pen import (
    between,
    blade,
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

Curve = tuple[complex, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """How a texture lies when short; lengths in px.

    `lean` sweeps tips along the head (share of its girth), `bend` bows locks, `ragged` scatters tips, `spikes` and
    `fuzz` count locks and fine hairs that leave the silhouette.
    """

    volume: float = 46.0
    lean: float = 0.16
    bend: float = 6.0
    ragged: float = 4.0
    spikes: int = 0
    fuzz: int = 14
    curl: float = 0.0


CUTS: Final = {
    "straight": Cut(),
    "wavy": Cut(volume=54, lean=0.13, bend=15, ragged=9, spikes=18, curl=1.0),
    "feathered": Cut(volume=52, lean=0.24, bend=-9, ragged=12, spikes=26, curl=0.5),
    "tousled": Cut(volume=50, lean=0.05, bend=13, ragged=26, spikes=46, fuzz=40),
    "frizzy": Cut(volume=56, lean=0.02, bend=9, ragged=16, fuzz=420),
}


def _locks(
    source: Random,
    curves: tuple[Curve, Curve],
    cut: Cut,
    lean: float,
    *,
    count: int,
    floor: float,
    colour: str,
    width: float,
    alpha: float,
) -> str:
    marks = []
    for k in range(count):
        t = (k + source.random()) / count
        near = floor * source.random()
        far = min(1.0, near + source.uniform(0.55, 0.95))
        middle_t = t + lean * 2.2 * t * (1 - t) * (far - near)
        tip_t = t + lean * 6.0 * t * (1 - t) * (far - near)
        root, middle, tip = (
            _at(curves, t, near),
            _at(curves, middle_t, (near + far) / 2),
            _at(curves, tip_t, far),
        )
        away = tip - root
        middle += away * 1j / (abs(away) or 1.0) * cut.bend * source.uniform(-0.8, 1.0)
        if far > 0.93:
            tip += complex(source.uniform(-1, 1), source.uniform(-1, 0.4)) * cut.ragged
        marks.append(blade(root, middle, tip, width * source.uniform(0.7, 1.2)))
    return fill("".join(marks), colour, alpha)


def _at(curves: tuple[Curve, Curve], t: float, depth: float) -> complex:
    """Return the place at `t` around the head (0..1) and `depth` from the hairline (0) to the silhouette (1)."""
    outer, line = curves
    t = min(0.999, max(0.001, t))
    root = line[int(t * 160)]
    return root + (outer[int(t * 160)] - root) * depth


def _spikes(sitter: Sitter, outer: Curve, cut: Cut, source: Random) -> str:
    """Return locks that stand out of the silhouette."""
    dark: list[str] = []
    pale: list[str] = []
    for k in range(cut.spikes):
        t = 0.08 + 0.84 * (k + source.random()) / cut.spikes
        edge = point_at(outer, t * (len(outer) - 1))
        away = (edge - complex(512, 330)) / abs(edge - complex(512, 330))
        # Locks lie over the head and only their tips lift off it.
        along = away * 1j * (1 if source.random() < (0.85 if cut.lean > 0.1 else 0.5) else -1)
        reach = source.uniform(34, 58) * (0.55 if abs(t - 0.5) > 0.3 else 1.0)
        root, tip = (
            edge - away * 20 - along * reach * 0.5,
            edge + along * reach * 0.55 + away * source.uniform(0, 8),
        )
        bow = (root + tip) / 2 + away * source.uniform(2, 6) * (1 + cut.curl)
        (dark if k % 3 else pale).append(blade(root, bow, tip, source.uniform(9, 15)))
    hair = sitter.hair
    return fill("".join(dark), blend(hair.body, hair.ink, 0.35), 1.0) + fill("".join(pale), hair.body, 1.0)


def _fuzz(sitter: Sitter, outer: Curve, cut: Cut, source: Random) -> str:
    marks = []
    for _ in range(cut.fuzz):
        edge = outer[int((0.04 + 0.92 * source.random()) * 160)]
        away = edge - complex(512, 350)
        away = away / abs(away) * source.uniform(8, 26)
        side = away * 1j * source.uniform(-0.9, 0.9)
        root = edge - away * 0.5
        marks.append(hair_mark(root, root + away * 0.8 + side, edge + away * 0.6 + side * 0.3))
    return stroke("".join(marks), blend(sitter.hair.body, sitter.hair.ink, 0.2), 1.6, 0.8)


def paint_short_cut(sitter: Sitter, texture: str) -> str:
    """Return a short cut in a smooth texture."""
    cut, hair, source = CUTS.get(texture, CUTS["straight"]), sitter.hair, sitter.stream("short hair")
    outer, line = dome(sitter, cut.volume, low_y=420.0, side_share=0.22), hairline(sitter).line
    swept = cut.lean * (1 if sitter.stream("sweep").random() < 0.6 else -1)
    path = between(outer, line)
    shade = soft_edge(smooth([p + 7j for p in line[3:-3]]), sitter.skin.shade, (36, 24, 12), 0.15)
    wash = linear_gradient(
        "short",
        complex(400, 90),
        complex(640, 420),
        [
            (0, blend(hair.body, hair.light, 0.25), 1.0),
            (40, hair.body, 1.0),
            (100, blend(hair.body, hair.ink, 0.6), 1.0),
        ],
    )
    fine = (tuple(sample(outer, 161)), tuple(sample(line, 161)))
    layers = [
        _locks(source, fine, cut, swept, count=count, floor=floor, colour=colour, width=width, alpha=alpha)
        for colour, width, alpha, count, floor in (
            (blend(hair.body, hair.ink, 0.7), 12.0, 0.55, 36, 0.30),
            (hair.ink, 4.0, 0.55, 56, 0.0),
            (blend(hair.body, hair.light, 0.40), 9.0, 0.50, 34, 0.15),
            (hair.ink, 2.2, 0.6, 60, 0.0),
            (hair.light, 2.8, 0.5, 56, 0.1),
        )
    ]
    edge = soft_edge(smooth(line), hair.body, (8, 4), 0.22)
    light = patch(complex(436, 170), 100, 44, hair.light, 0.24, -20)
    return "".join(
        [
            _fuzz(sitter, fine[0], cut, source),
            _spikes(sitter, outer, cut, source),
            shade,
            wash,
            fill(path, "url(#short)"),
            edge,
            *layers,
            light,
        ]
    )
