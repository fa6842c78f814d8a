"""Plaited hair: two plaits over the shoulders, or one around the head."""

import itertools
from random import Random

from services.providers.sketch.colour import HairPalette, blend
from services.providers.sketch.drape import Wave, drapes
from services.providers.sketch.hairline import dome
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import fill, ink, ink_path, point_at, sample, smooth, soft_edge, stroke
from services.providers.sketch.sitter import Sitter
from services.providers.sketch.strands import MANNERS, paint_strands


def _tassel(hair: HairPalette, tip: complex, source: Random) -> str:
    hairs = [
        ink_path(
            [
                tip + source.uniform(-8, 8),
                tip + complex(source.uniform(-14, 14), 20),
                tip + complex(source.uniform(-16, 16), source.uniform(30, 46)),
            ],
            5.0,
        )
        for _ in range(9)
    ]
    band = [tip + complex(-15, -2), tip + complex(0, 1), tip + complex(15, -2)]
    return fill("".join(hairs), hair.body, 0.9) + ink(band, hair.ink, 12, 0.95) + ink(band, "#c9b79a", 6, 0.8)


def paint_crown_braid(sitter: Sitter) -> str:
    """Return hair drawn back under one plait that lies around the head like a wreath."""
    out = [paint_smooth_cap(sitter)]
    ring = dome(sitter, 12.0, low_y=400.0)
    guide = sample([p + complex(0, 8) for p in ring], 40)
    return "".join(out) + plait(sitter.hair, guide, 46.0, sitter.stream("crown braid"))


def paint_smooth_cap(sitter: Sitter) -> str:
    """Return hair combed flat from a parting to behind the ears."""
    manner = MANNERS["straight"]
    left, right = drapes(sitter, volume=10.0, end_y=474.0, wave=Wave())
    shade = "".join(
        [
            soft_edge(
                smooth([p + complex(-d.side * 6, 6) for p in d.inner[:13]]), sitter.skin.shade, (30, 18), 0.15
            )
            for d in (left, right)
        ]
    )
    return shade + paint_strands(sitter, right, manner) + paint_strands(sitter, left, manner)


def paint_plaits(sitter: Sitter, end_y: float) -> str:
    """Return two plaits over the shoulders, under hair combed flat from a parting."""
    out = []
    for side in (-1, 1):
        wide = sitter.outline.half_width(470, side)
        x = CENTRE_X + side * (wide + 8)
        low = CENTRE_X + side * max(150.0, wide - 24)
        guide = sample(
            [
                complex(x, 428),
                complex(x + side * 14, 520),
                complex(low + side * 26, 660),
                complex(low, 780),
                complex(low - side * 6, 920),
                complex(low, 1100),
            ],
            60,
        )
        guide = [p for p in guide if p.imag <= end_y - 12]
        out.append(plait(sitter.hair, guide, 74.0, sitter.stream(f"plait {side}")))
        out.append(_tassel(sitter.hair, guide[-1], sitter.stream(f"tassel {side}")))
    return "".join([*out, paint_smooth_cap(sitter)])


def plait(hair: HairPalette, guide: list[complex], width: float, source: Random) -> str:
    """Return a three-strand plait along the guide: lobes that cross from alternate sides."""
    out = [stroke(smooth(guide[::4] + guide[-1:]), hair.ink, width * 0.62, 0.95)]
    total = sum(abs(b - a) for a, b in itertools.pairwise(guide))
    count = max(3, int(total / (width * 0.40)))
    last = len(guide) - 1
    for k in range(count):
        place = last * k / count
        here, ahead = point_at(guide, place), point_at(guide, min(last, place + last / count))
        along = (ahead - here) / (abs(ahead - here) or 1.0) * width
        side = 1j if k % 2 else -1j
        size = 1.0 - 0.25 * k / count
        tail, belly, nose = (
            here + along * side * 0.40 * size - along * 0.16,
            here + along * side * 0.34 * size + along * 0.22,
            here - along * side * 0.16 + along * 0.72,
        )
        upper = here - along * side * 0.02 + along * 0.02
        path = smooth([tail, belly, nose, upper], closed=True)
        tone = blend(hair.body, hair.light, 0.10 + 0.14 * source.random())
        out.append(fill(path, tone) + stroke(path, hair.ink, 2.6, 0.85))
        grain = [
            smooth(
                [
                    tail + (upper - tail) * s,
                    (belly + upper) / 2 + (belly - upper) * (0.5 - s),
                    nose + (upper - nose) * 0.1,
                ]
            )
            for s in (0.25, 0.5, 0.75)
        ]
        out.append(stroke("".join(grain[:2]), hair.ink, 1.5, 0.45) + stroke(grain[2], hair.light, 2.2, 0.55))
    return "".join(out)
