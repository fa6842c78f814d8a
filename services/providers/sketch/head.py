"""The bare head: ears, skin with its modelling in light and shade, and the ink of its contour."""

from collections.abc import Mapping
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.outline import CENTRE_X, EYE_Y, NOSE_Y
from services.providers.sketch.pen import (
    clipped,
    fill,
    ink,
    linear_gradient,
    patch,
    polyline,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.sitter import Sitter

_Patch = tuple[str, float, float, float, float, float, float]
_BLUSH: Final[_Patch] = ("blush", 112, 512, 62, 42, 0.30, 0)
_CHEEK_PATCHES: Final[Mapping[str, tuple[_Patch, ...]]] = {
    # tone of the skin, distance from the middle, height, half width, half height, strength, turn on the right cheek
    "hollow": (("deep", 138, 556, 34, 70, 0.46, 16), ("light", 124, 476, 58, 20, 0.6, 0)),
    "sculpted": (
        ("deep", 158, 496, 34, 15, 0.5, -44),
        ("deep", 136, 520, 34, 15, 0.6, -44),
        ("deep", 114, 546, 34, 15, 0.45, -44),
        ("light", 134, 466, 58, 16, 0.85, -24),
    ),
    "rounded": (
        ("light", 112, 508, 58, 52, 0.65, 0),
        ("shade", 116, 558, 62, 18, 0.5, -14),
        ("blush", 112, 520, 50, 40, 0.35, 0),
    ),
    "high": (("light", 124, 460, 60, 18, 0.95, -16), ("shade", 132, 508, 62, 20, 0.66, -22)),
    "low-set": (("light", 110, 548, 52, 30, 0.75, 0), ("shade", 116, 592, 50, 18, 0.66, -18)),
    "dimpled": (("deep", 104, 584, 14, 24, 0.45, 0), ("light", 90, 574, 14, 22, 0.6, 0)),
    "flat": (("base", 112, 500, 84, 76, 0.9, 0),),
    "broad": (("light", 148, 478, 58, 34, 0.75, -10), ("shade", 150, 524, 50, 22, 0.35, -14)),
    "slender": (("shade", 146, 560, 30, 84, 0.62, 12),),
    "jowly": (("light", 104, 648, 34, 22, 0.4, 0), ("deep", 110, 676, 46, 18, 0.32, 0)),
}
_CHEEK_LINES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "dimpled": ((100, 566), (107, 582), (103, 602)),
    "jowly": ((66, 612), (84, 640), (92, 664)),
}


def _ear(sitter: Sitter, side: int) -> str:
    skin, outline = sitter.skin, sitter.outline
    droop = 14 * sitter.age

    def at(x: float, y: float) -> complex:
        # The root follows the cheek, so that the lobe does not stand off a narrow face.
        width = 0.3 * outline.half_width(EYE_Y, side) + 0.7 * outline.half_width(min(y, 540), side)
        return complex(CENTRE_X + side * (width - 6 + x), y + droop * (y - 390) / 150)

    outer = [at(-6, 404), at(8, 388), at(25, 383), at(35, 399), at(36, 432), at(30, 468), at(23, 504), at(16, 534),
             at(3, 545), at(-8, 528)]  # fmt: skip
    rim = [at(2, 414), at(14, 400), at(27, 400), at(31, 424), at(28, 458), at(22, 488)]
    bowl = [at(6, 440), at(16, 446), at(14, 476), at(4, 494)]
    lit = skin.base if side > 0 else blend(skin.base, skin.light, 0.2)
    path = smooth(outer, closed=True)
    marks = [
        patch(at(10, 456), 20, 50, skin.deep, 0.42 if side > 0 else 0.34),
        patch(at(14, 520), 22, 26, skin.blush, 0.40),
        patch(at(27, 404), 18, 24, skin.blush, 0.35),
        patch(at(-4, 470), 16, 80, skin.deep, 0.4),
        ink(rim, skin.deep, 4.2, 0.55),
        ink(bowl, skin.deep, 4.0, 0.5),
        ink([at(35, 405), at(37, 432), at(31, 466)], skin.light, 4.5, 0.5),
    ]
    return (
        fill(path, lit)
        + clipped(f"ear{side}", path, marks)
        + ink([*outer[:9]], skin.deep, 3.4 if side > 0 else 2.8, 0.7)
    )


def _form_shadow(sitter: Sitter) -> list[str]:
    """Return the turn of the head away from the light: nested strokes along the outline, wider at the right."""
    skin, outline = sitter.skin, sitter.outline
    return [
        (
            '<radialGradient id="turn" cx="0.40" cy="0.40" r="0.66">'
            f'<stop offset="52%" stop-color="{skin.shade}" stop-opacity="0"/>'
            f'<stop offset="78%" stop-color="{skin.shade}" stop-opacity="0.34"/>'
            f'<stop offset="100%" stop-color="{skin.deep}" stop-opacity="0.62"/></radialGradient>'
        ),
        fill(outline.path, "url(#turn)"),
        soft_edge(outline.path, skin.shade, (40, 28, 18, 9), 0.09),
        patch(complex(690, 470), 70, 200, skin.shade, 0.40, 6),
    ]


def _planes(sitter: Sitter) -> list[str]:
    """Return brow, temples, the light on forehead and cheekbones, the shade below nose and lip."""
    skin = sitter.skin
    chin = sitter.outline.chin_y
    return [
        patch(complex(462, 290), 120, 74, skin.light, 0.75, -8),
        patch(complex(652, 330), 52, 96, skin.shade, 0.36, 8),
        patch(complex(352, 345), 30, 84, skin.shade, 0.26, -8),
        patch(complex(424, 398), 66, 40, skin.shade, 0.30),
        patch(complex(600, 398), 66, 40, skin.shade, 0.36),
        patch(complex(470, 402), 30, 44, skin.shade, 0.36, 14),
        patch(complex(554, 402), 30, 44, skin.shade, 0.42, -14),
        patch(complex(405, 484), 58, 34, skin.light, 0.62, 14),
        patch(complex(606, 482), 44, 26, skin.light, 0.34, -16),
        patch(complex(512, 640 + (chin - 692) * 0.4), 54, 17, skin.shade, 0.52),
        patch(complex(506, chin - 26), 36, 24, skin.light, 0.48),
        patch(complex(520, chin + 2), 92, 30, skin.shade, 0.50),
        patch(complex(452, NOSE_Y + 40), 22, 34, skin.shade, 0.14, 24),
        patch(complex(574, NOSE_Y + 40), 24, 38, skin.shade, 0.22, -24),
    ]


def _cheeks(sitter: Sitter) -> list[str]:
    shape = sitter.value("Shape", "Cheek")
    patches = (_BLUSH, *_CHEEK_PATCHES.get(shape, ()))
    marks = []
    for side in (-1, 1):
        for tone, x, y, rx, ry, alpha, turn in patches:
            # The lit cheek keeps some of its light in the hollows.
            dim = 0.8 if side < 0 and tone in {"shade", "deep"} else 1.0
            colour: str = getattr(sitter.skin, tone)
            marks.append(patch(complex(CENTRE_X + side * x, y), rx, ry, colour, alpha * dim, side * turn))
        line = [complex(CENTRE_X + side * x, y) for x, y in _CHEEK_LINES.get(shape, ())]
        if line:
            marks.append(ink(line, sitter.skin.deep, 5.0, 0.5))
    return marks


def _chin(sitter: Sitter) -> list[str]:
    skin, shape, y = sitter.skin, sitter.value("Shape", "Chin"), sitter.outline.chin_y
    if shape == "cleft":
        line = [complex(512, y - 44), complex(514, y - 26), complex(512, y - 5)]
        return [patch(complex(513, y - 22), 10, 26, skin.deep, 0.5), ink(line, skin.deep, 4.5, 0.5),
                patch(complex(494, y - 24), 14, 20, skin.light, 0.5)]  # fmt: skip
    if shape == "prominent":
        return [
            patch(complex(504, y - 28), 44, 28, skin.light, 0.8),
            patch(complex(512, y - 64), 58, 15, skin.deep, 0.36),
        ]
    if shape == "receding":
        return [
            patch(complex(512, y - 18), 74, 40, skin.shade, 0.7),
            patch(complex(512, y - 2), 70, 20, skin.deep, 0.3),
        ]
    if shape == "double":
        return [patch(complex(512, y - 6), 70, 18, skin.shade, 0.4)]
    return []


def _hatching(sitter: Sitter) -> str:
    """Return the illustrator's pencil on the shadow side: short parallel strokes, barely there."""
    source = sitter.stream("hatching")
    lines = []
    for k in range(34):
        y = 380 + k * 9.2 + source.uniform(-2, 2)
        start = complex(CENTRE_X + sitter.outline.half_width(y, 1) - 4, y)
        reach = source.uniform(22, 52)
        lines.append(polyline([start, start + complex(-reach, reach * 0.72)]))
    return stroke("".join(lines), sitter.skin.deep, 1.3, 0.16)


def paint_ears(sitter: Sitter) -> str:
    """Return both ears, from the brow to the foot of the nose; the head is painted over their roots."""
    return _ear(sitter, -1) + _ear(sitter, 1)


def paint_head(sitter: Sitter) -> str:
    """Return the skin of the face with its form shadows, clipped to the outline."""
    skin = sitter.skin
    wash = linear_gradient(
        "face",
        complex(380, 230),
        complex(660, 640),
        [
            (0, blend(skin.base, skin.light, 0.45), 1.0),
            (45, skin.base, 1.0),
            (100, blend(skin.base, skin.shade, 0.42), 1.0),
        ],
    )
    path = sitter.outline.path
    marks = [*_form_shadow(sitter), *_planes(sitter), *_cheeks(sitter), *_chin(sitter), _hatching(sitter)]
    return wash + fill(path, "url(#face)") + clipped("head", path, marks)


def paint_contour(sitter: Sitter) -> str:
    """Return the pen line along cheeks, jaw and chin: finer on the lit side."""
    skin, outline = sitter.skin, sitter.outline
    jaw = sitter.value("Structure", "Jawline")
    firm = {
        "strong": 1.25,
        "angular": 1.35,
        "square": 1.2,
        "soft": 0.55,
        "delicate": 0.7,
        "rounded": 0.8,
    }.get(jaw, 1.0)
    right = [*outline.right[5:], outline.left[-2], outline.left[-3]]
    left = [*outline.left[5:-2]]
    chin = [outline.left[-4], outline.left[-2], outline.right[-1], outline.right[-2], outline.right[-4]]
    return (
        ink(right, skin.deep, 4.4 * firm, 0.62)
        + ink(left, skin.deep, 3.0 * firm, 0.5)
        + ink(chin, skin.deep, 3.6, 0.35)
    )
