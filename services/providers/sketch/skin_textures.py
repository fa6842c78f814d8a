"""The surface of the skin: dewy, porous, deeply lined and so on."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import clipped, fill, hair_mark, ink_path, patch, stroke, tick
from services.providers.sketch.sitter import Sitter

# Where the skin is bare and seen from the front: centre, half width, half height.
_FIELDS: Final = (
    (complex(CENTRE_X, 300), 128.0, 48.0),
    (complex(CENTRE_X - 112, 515), 60.0, 56.0),
    (complex(CENTRE_X + 112, 515), 60.0, 56.0),
    (complex(CENTRE_X, 655), 66.0, 22.0),
    (complex(CENTRE_X, 500), 26.0, 52.0),
)


def _spots(source: Random, count: int, fields: tuple[int, ...] = (0, 1, 2, 3, 4)) -> list[complex]:
    places = []
    for k in range(count):
        centre, wide, tall = _FIELDS[fields[k % len(fields)]]
        x, y = source.uniform(-1, 1), source.uniform(-1, 1)
        places.append(centre + complex(x * wide, y * tall * (1 - 0.35 * x * x)))
    return places


def _smooth(sitter: Sitter) -> str:
    soft = blend(sitter.skin.base, sitter.skin.light, 0.45)
    return "".join([patch(centre, wide * 1.15, tall * 1.1, soft, 0.5) for centre, wide, tall in _FIELDS[:4]])


def _textured(sitter: Sitter) -> str:
    source = sitter.stream("texture")
    dark: list[str] = []
    pale: list[str] = []
    for k, place in enumerate(_spots(source, 420)):
        mark = tick(place, source.uniform(-3.5, 3.5), source.uniform(1.5, 4.5))
        (pale if k % 3 == 0 else dark).append(mark)
    return stroke("".join(dark), sitter.skin.deep, 1.7, 0.30) + stroke(
        "".join(pale), sitter.skin.light, 1.8, 0.7
    )


def _fine_lined(sitter: Sitter) -> str:
    return _creases(sitter, count=5, width=1.5, alpha=0.36, cheek_lines=5)


def _deeply_lined(sitter: Sitter) -> str:
    return _creases(sitter, count=4, width=4.0, alpha=0.38, cheek_lines=3)


def _creases(sitter: Sitter, *, count: int, width: float, alpha: float, cheek_lines: int) -> str:
    source, marks, ridges = sitter.stream("creases"), [], []
    for k in range(count):
        y = 338 - k * 78 / count + source.uniform(-3, 3)
        wide = 108 - 8 * k + source.uniform(-12, 12)
        row = [
            complex(CENTRE_X - wide, y + 4),
            complex(CENTRE_X - 30, y - 2 + source.uniform(-3, 3)),
            complex(CENTRE_X + 40, y),
            complex(CENTRE_X + wide, y + 5),
        ]
        marks.append(ink_path(row, width))
        ridges.append(ink_path([p + 1j * (width + 1) for p in row], width))
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> complex:
            return complex(CENTRE_X + side * x, y)

        for k in range(cheek_lines):
            x, y = 92 + 15 * k, 536 + 9 * k
            line = [at(x - 8, y - 26), at(x, y), at(x + 3, y + 26), at(x - 2, y + 50)]
            marks.append(ink_path(line, width * 0.7))
            ray = [
                complex(CENTRE_X + side * 150, 404 + 11 * k),
                complex(CENTRE_X + side * 166, 400 + 15 * k),
                complex(CENTRE_X + side * 182, 394 + 20 * k),
            ]
            marks.append(ink_path(ray, width * 0.8))
            under = [
                complex(CENTRE_X + side * 54, 452 + 9 * k),
                complex(CENTRE_X + side * 86, 464 + 9 * k),
                complex(CENTRE_X + side * 120, 454 + 9 * k),
            ]
            marks.append(ink_path(under, width * 0.7))
    return fill("".join(ridges), sitter.skin.light, 0.4) + fill("".join(marks), sitter.skin.deep, alpha)


def _weathered(sitter: Sitter) -> str:
    source = sitter.stream("weather")
    brown = blend(sitter.skin.shade, "#8a4a1e", 0.4)
    stains = [
        patch(place, source.uniform(9, 26), source.uniform(7, 18), brown, source.uniform(0.22, 0.5))
        for place in _spots(source, 30)
    ]
    nets = []
    for place in _spots(source, 90, (0, 1, 2)):
        bend = place + complex(source.uniform(5, 12), source.uniform(-6, 6))
        nets.append(hair_mark(place, bend, bend + complex(source.uniform(2, 8), source.uniform(-7, 7))))
    return (
        "".join(stains)
        + stroke("".join(nets), sitter.skin.deep, 1.6, 0.36)
        + _creases(sitter, count=3, width=2.6, alpha=0.35, cheek_lines=2)
    )


def _dewy(sitter: Sitter) -> str:
    wet = blend("#ffffff", sitter.skin.light, 0.75 * (1 - sitter.skin.luma))
    shine = blend(sitter.skin.light, "#ffffff", 0.4 * sitter.skin.luma)
    spots = (
        (448, 286, 62, 22, -8),
        (404, 478, 44, 17, -22),
        (616, 476, 34, 13, 22),
        (506, 490, 8, 40, 0),
        (504, 658, 24, 11, 0),
        (392, 330, 14, 30, 14),
    )
    broad = [patch(complex(x, y), rx * 1.5, ry * 1.6, shine, 0.75, turn) for x, y, rx, ry, turn in spots]
    core = [
        patch(complex(x - 4, y - 2), rx * 0.66, ry * 0.6, wet, 0.85, turn) for x, y, rx, ry, turn in spots
    ]
    return "".join(broad + core)


def _matte(sitter: Sitter) -> str:
    flat = blend(sitter.skin.base, sitter.skin.shade, 0.16)
    return "".join(
        [patch(centre, wide * 1.35, tall * 1.45, flat, 0.85) for centre, wide, tall in _FIELDS[:4]]
    )


def _porous(sitter: Sitter) -> str:
    source = sitter.stream("pores")
    spots = _spots(source, 330, (1, 2, 4, 4, 0))
    # A stroke of no length with round ends is a dot.
    fine, wide = [tick(p, 0.1, 0) for p in spots[::2]], [tick(p, 0.1, 0) for p in spots[1::2]]
    return stroke("".join(fine), sitter.skin.deep, 2.2, 0.42) + stroke(
        "".join(wide), sitter.skin.deep, 3.2, 0.42
    )


def _pitted(sitter: Sitter) -> str:
    source = sitter.stream("pits")
    bowls, rims = [], []
    for place in _spots(source, 74, (1, 2)):
        size = source.uniform(3.0, 6.0)
        bowls.append(patch(place, size * 1.25, size, sitter.skin.deep, 0.55))
        start = place + size * complex(-0.6, 0.7)
        rims.append(hair_mark(start, start + size * complex(0.7, 0.5), start + size * complex(1.4, -0.2)))
    return "".join(bowls) + stroke("".join(rims), sitter.skin.light, 1.6, 0.75)


def _downy(sitter: Sitter) -> str:
    source, outline = sitter.stream("down"), sitter.outline
    marks = []
    for k in range(260):
        side = -1 if k % 2 else 1
        y = 440 + 220 * source.random()
        inset = 2 + 52 * source.random() ** 1.6
        x = CENTRE_X + side * (outline.half_width(y, side) - inset)
        root = complex(x, y)
        lean, fall = side * source.uniform(-4, 5), source.uniform(6, 11)
        marks.append(
            hair_mark(root, root + complex(side * source.uniform(-1, 3), 5), root + complex(lean, fall))
        )
    for _ in range(60):
        x = source.uniform(-46, 46)
        root = complex(CENTRE_X + x, 574 + source.uniform(-8, 8))
        marks.append(hair_mark(root, root + complex(x * 0.05, 4), root + complex(x * 0.12, 9)))
    down = blend(sitter.skin.light, "#fff4dc", 0.5)
    return stroke("".join(marks), down, 1.3, 0.6) + stroke("".join(marks[::5]), sitter.skin.deep, 1.0, 0.35)


_PAINTERS: Final[Mapping[str, Callable[[Sitter], str]]] = {
    "smooth": _smooth,
    "textured": _textured,
    "fine-lined": _fine_lined,
    "deeply lined": _deeply_lined,
    "weathered": _weathered,
    "dewy": _dewy,
    "matte": _matte,
    "porous": _porous,
    "pitted": _pitted,
    "downy": _downy,
}


def paint_skin_texture(sitter: Sitter) -> str:
    """Return the marks of the texture value, "" when the face names none."""
    painter = _PAINTERS.get(sitter.value("Texture & Features", "Skin Texture"))
    return clipped("texture", sitter.outline.path, [painter(sitter)]) if painter else ""
