"""Eyebrows, hair by hair along a spine.

Local frame of one brow: x is the distance from the middle line of the face, y the page's height.
"""

from dataclasses import dataclass
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.forms import Row, Table, adjusted
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import fill, ink, ink_path, patch, point_at, sample, smooth
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class BrowForm:
    """Measures in px. Heights (`head`, `mid`, `arch`, `tail`) are lifts of four spine points; `count` is of hairs."""

    inner: float = 42.0
    outer: float = 141.0
    lift: float = 0.0
    head: float = 0.0
    mid: float = 7.0
    arch: float = 11.0
    tail: float = 0.0
    thick: float = 14.5
    tail_thick: float = 4.0
    count: float = 74.0
    length: float = 12.5
    alpha: float = 0.62
    wash: float = 0.46
    stray: float = 0.0


SHAPES: Final[Table] = {
    "thin": {"thick": -8, "tail_thick": -2, "count": -26, "length": -5},
    "thick": {"thick": 8, "tail_thick": 4, "count": 34, "length": 3, "wash": 0.14},
    "bushy": {"thick": 9, "tail_thick": 9, "count": 62, "length": 9, "stray": 1.0, "wash": 0.05},
    "tapered": {"thick": 4, "tail_thick": -3.5},
    "feathery": {"stray": 0.75, "wash": -0.26, "length": 8, "count": -6, "thick": 2},
    "sparse": {"count": -48, "wash": -0.32, "length": -1, "alpha": -0.1},
    "short": {"outer": -24, "inner": 2},
    "long": {"outer": 16, "inner": -5},
    "blunt": {"tail_thick": 9, "thick": 3, "outer": -4, "wash": 0.1},
    "notched": {"thick": 3},
}
STRUCTURES: Final[Table] = {
    "arched": {"mid": 5, "arch": 11, "tail": -2, "head": -3},
    "straight": {"mid": -6, "arch": -10, "tail": 2},
    "gently curved": {"mid": 1, "arch": 2, "tail": -4},
    "S-shaped": {"head": 6, "mid": -7, "arch": 9, "tail": -6},
    "peaked": {"mid": -1, "arch": 15, "tail": -6, "head": -2},
    "low-set": {"lift": -9},
    "high-set": {"lift": 12},
    "widely spaced": {"inner": 15, "outer": 9},
    "joined": {"inner": -14},
    "upswept": {"mid": 1, "arch": 9, "tail": 17, "head": -5},
}
EXPRESSIONS: Final[Table] = {
    "raised": {"lift": 11, "mid": 3, "arch": 4},
    "furrowed": {"head": -9, "mid": -4, "inner": -8, "lift": -2},
    "relaxed": {"tail": -3, "mid": -1},
    "quizzical": {},
    "lowered": {"lift": -9, "arch": -5, "mid": -3},
    "worried": {"head": 13, "mid": 3, "arch": -4, "tail": -7, "inner": -4},
    "stern": {"head": -12, "mid": -8, "arch": -2, "tail": 3, "lift": -3, "inner": -5},
    "pinched": {"head": 4, "mid": -7, "inner": -12, "arch": -2, "lift": -3},
    "surprised": {"lift": 16, "mid": 8, "arch": 8, "tail": -4},
    "mischievous": {"head": -10, "mid": 0, "arch": 11, "tail": 5},
}
_QUIZZICAL: Final = {
    -1: {"lift": -4.0, "arch": -3.0, "head": -3.0},
    1: {"lift": 13.0, "arch": 8.0, "mid": 4.0},
}
_NONE: Final[Row] = {}
_BASE_Y: Final = 377.0


def _brow(sitter: Sitter, form: BrowForm, side: int, dark: str) -> str:
    line = spine(form, side)
    fine_line = sample(line, 61)
    source = sitter.stream(f"brow {side}")
    notch = 0.68 if sitter.value("Shape", "Eyebrow") == "notched" and side > 0 else 9.0
    fine: list[str] = []
    bold: list[str] = []
    for k in range(int(form.count)):
        share = (k + source.random()) / form.count
        across, jitter, reach = source.uniform(-1, 1), source.random(), source.uniform(0.75, 1.2)
        if abs(share - notch) < 0.035:
            continue
        hair = _hair(form, fine_line, side, share, across=across, jitter=jitter, reach=reach)
        (bold if k % 3 else fine).append(ink_path(hair, 1.5 + 0.9 * jitter))
    return (
        _wash(form, line, dark, notch)
        + fill("".join(fine), blend(dark, sitter.hair.light, 0.16), form.alpha)
        + fill("".join(bold), dark, form.alpha)
    )


def _half_thickness(form: BrowForm, share: float) -> float:
    swell = min(1.0, 0.72 + share * 1.4)
    end = max(0.0, (share - 0.45) / 0.55)
    return 0.5 * (form.thick * swell * (1 - end) + form.tail_thick * end)


def _hair(
    form: BrowForm,
    line: list[complex],
    side: int,
    share: float,
    *,
    across: float,
    jitter: float,
    reach: float,
) -> list[complex]:
    root = line[int(share * 60)] + 1j * across * _half_thickness(form, share) * 0.85
    # Hairs stand up at the head of the brow and lie down towards its tail.
    upright = max(0.0, 1 - share * 2.1)
    stray = form.stray * (jitter - 0.35) * 1.3
    slope = complex(side, -0.95 * upright - 0.16 + across * (0.34 + 0.36 * share) - stray)
    length = form.length * reach * (1.0 - 0.35 * share)
    direction = slope / abs(slope) * length
    return [
        root - direction * 0.25,
        root + direction * 0.3 + 0.4j,
        root + direction * 0.75 + 0.6j * share,
    ]


def _wash(form: BrowForm, line: list[complex], dark: str, notch: float) -> str:
    marks = []
    for start, end in ((0.0, notch - 0.05), (notch + 0.05, 1.0)) if notch < 1 else ((0.0, 1.0),):
        shares = [start + (end - start) * k / 6 for k in range(7)]
        middle = [point_at(line, share * 4) for share in shares]
        halves = [_half_thickness(form, share) * (0.86 if share > 0.08 else 0.55) for share in shares]
        top = [p - 1j * h for p, h in zip(middle, halves, strict=True)]
        low = [p + 1j * h for p, h in zip(middle, halves, strict=True)]
        marks.append(smooth(top + low[::-1], closed=True))
    return fill("".join(marks), dark, max(form.wash, 0.03))


def _bridge(sitter: Sitter, dark: str) -> str:
    source = sitter.stream("brow bridge")
    hairs = []
    for _ in range(30):
        x, y = source.uniform(-30, 30), source.uniform(-6, 7)
        root = complex(CENTRE_X + x, _BASE_Y + 2 + y)
        hairs.append(
            ink_path(
                [root, root + complex(x * 0.05, -5), root + complex(x * 0.16, -source.uniform(8, 13))], 2.0
            )
        )
    return patch(complex(CENTRE_X, _BASE_Y), 34, 11, dark, 0.5) + fill("".join(hairs), dark, 0.8)


def _frown(sitter: Sitter, expression: str) -> str:
    deep, shade = sitter.skin.deep, sitter.skin.shade
    firm = 0.75 + 0.25 * sitter.age
    if expression in {"furrowed", "stern", "pinched"}:
        lines = [
            [complex(512 + s * 17, 398), complex(512 + s * 13, 378), complex(512 + s * 16, 354)]
            for s in (-1, 1)
        ]
        if expression == "pinched":
            lines.append([complex(512, 392), complex(511, 372), complex(512, 352)])
        soft = [ink(line, shade, 9, 0.35) for line in lines]
        return "".join(soft + [ink(line, deep, 3.2, 0.5 * firm) for line in lines])
    if expression in {"raised", "surprised", "worried"}:
        bow = -9 if expression == "worried" else 4
        rows = [
            [
                complex(512 - 90 + 10 * k, 330 - 21 * k + bow),
                complex(512, 326 - 21 * k - bow),
                complex(512 + 90 - 10 * k, 330 - 21 * k + bow),
            ]
            for k in range(2)
        ]
        return "".join(
            [
                ink(row, deep, 3.4, 0.30 * firm) + ink([p + 4j for p in row], sitter.skin.light, 4, 0.4)
                for row in rows
            ]
        )
    if expression == "quizzical":
        return ink([complex(550, 318), complex(598, 310), complex(646, 322)], deep, 3.4, 0.32 * firm)
    return ""


def paint_brows(sitter: Sitter) -> str:
    """Return both eyebrows and the lines that their expression pulls into the forehead."""
    dark = blend(sitter.hair.body, sitter.hair.ink, 0.6)
    if sitter.skin.luma < 0.5:
        dark = blend(dark, "#120c0a", 0.55)
    expression = sitter.value("Expression", "Eyebrow")
    shape, structure = sitter.value("Shape", "Eyebrow"), sitter.value("Structure", "Eyebrow")
    marks = [_frown(sitter, expression)]
    for side in (-1, 1):
        mood = _QUIZZICAL[side] if expression == "quizzical" else EXPRESSIONS.get(expression, _NONE)
        rows = (SHAPES.get(shape, _NONE), STRUCTURES.get(structure, _NONE), mood)
        marks.append(_brow(sitter, adjusted(BrowForm(), *rows), side, dark))
    if structure == "joined":
        marks.append(_bridge(sitter, dark))
    return "".join(marks)


def spine(form: BrowForm, side: int) -> list[complex]:
    """Return the middle line of a brow from head to tail."""
    span = form.outer - form.inner
    lifts = (
        (0.0, form.head),
        (0.33, form.mid),
        (0.66, form.arch),
        (0.86, form.arch * 0.6 + form.tail * 0.4 + 0.5),
        (1.0, form.tail - 1),
    )
    return [complex(CENTRE_X + side * (form.inner + span * x), _BASE_Y - form.lift - y) for x, y in lifts]
