"""Moustaches: two wings of hair from under the nose to the corners of the mouth and beyond."""

from dataclasses import dataclass

from services.providers.sketch.colour import blend
from services.providers.sketch.mouth import Mouth, shape_mouth
from services.providers.sketch.nose import nose_form
from services.providers.sketch.outline import CENTRE_X, NOSE_Y
from services.providers.sketch.pen import between, fill, ink, ink_path, sample, smooth, soft_edge, stroke
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class Moustache:
    """`drop` lowers the tips beside the mouth (px), `handlebar` curls them up, `thick` is a factor."""

    drop: float = 2.0
    handlebar: bool = False
    thick: float = 1.0


def _wing(sitter: Sitter, style: Moustache, mouth: Mouth, side: int) -> str:
    top, low = _edges(sitter, style, mouth, side)
    hair, source = sitter.hair, sitter.stream(f"moustache {side}")
    wash = between(top, low)
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    ridge, hem = sample(top, 81), sample(low, 81)
    for k in range(96):
        start, across = int(source.random() ** 1.15 * 69), source.random()
        root = ridge[start] + (hem[start] - ridge[start]) * across * 0.8
        ahead = min(80, start + int(11 + 15 * source.random()))
        goal = ridge[ahead] + (hem[ahead] - ridge[ahead]) * min(1.1, across * 0.85 + 0.3 * source.random())
        middle = (root + goal) / 2 - 2.5j
        groups[k % 3].append(ink_path([root, middle, goal], 2.6))
    return (
        soft_edge(wash, hair.ink, (6, 3), 0.12)
        + fill(wash, blend(hair.body, hair.ink, 0.5), 0.86)
        + fill("".join(groups[0]), hair.ink, 0.55)
        + fill("".join(groups[1]), blend(hair.body, hair.light, 0.35), 0.65)
        + fill("".join(groups[2]), blend(hair.body, hair.light, 0.75), 0.42)
        + _curl(sitter, style, top[-1], side)
    )


def _edges(sitter: Sitter, style: Moustache, mouth: Mouth, side: int) -> tuple[list[complex], list[complex]]:
    peak, corner = mouth.top[2].imag, mouth.top[0 if side < 0 else -1]
    foot = max(NOSE_Y + nose_form(sitter).base + 9, peak - 25 * style.thick)
    half = mouth.form.half

    def at(x: float, y: float) -> complex:
        return complex(CENTRE_X + side * x, y)

    tip = corner + complex(side * (20 if style.handlebar else 13), 2 if style.handlebar else style.drop)
    depth = 7 * style.thick
    top = [
        at(1.5, foot + 2),
        at(half * 0.32, foot - 2),
        at(half * 0.70, (foot + corner.imag) / 2 - 5),
        corner + complex(side * 9, -7),
        tip,
    ]
    low = [
        at(1.5, peak + 1),
        at(half * 0.34, peak + depth * 0.9),
        at(half * 0.72, (peak + corner.imag) / 2 + depth),
        corner + complex(-side * 2, 4 + min(style.drop, 8) * 0.5),
        tip,
    ]
    return top, low


def _curl(sitter: Sitter, style: Moustache, tip: complex, side: int) -> str:
    if not style.handlebar:
        return ""
    hair = sitter.hair
    curl = [
        tip + complex(-side * 22, -2),
        tip + complex(-side * 4, 5),
        tip + complex(side * 17, 1),
        tip + complex(side * 28, -17),
        tip + complex(side * 21, -32),
        tip + complex(side * 10, -29),
        tip + complex(side * 12, -20),
    ]
    body = blend(hair.body, hair.ink, 0.35)
    return (
        stroke(smooth(curl[1:6]), body, 6.0, 0.95)
        + ink(curl, body, 14, 0.97)
        + stroke(smooth([p - 1.5j for p in curl[1:6]]), blend(hair.body, hair.light, 0.6), 1.6, 0.6)
    )


def paint_moustache(sitter: Sitter, style: Moustache) -> str:
    """Return both wings of the moustache."""
    mouth = shape_mouth(sitter)
    return _wing(sitter, style, mouth, -1) + _wing(sitter, style, mouth, 1)
