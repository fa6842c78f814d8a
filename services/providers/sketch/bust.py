"""Neck, shoulders and a plain garment, washed out towards the lower edge."""

from typing import Final

from services.providers.sketch.colour import CLOTHS, blend, scale
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import (
    clipped,
    fill,
    ink,
    linear_gradient,
    patch,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.sitter import Sitter
from services.providers.sketch.streams import pick

_NECK_SIDE: Final = (
    complex(-93, 560),
    complex(-93, 660),
    complex(-93, 712),
    complex(-103, 758),
    complex(-142, 798),
    complex(-210, 832),
    complex(-290, 864),
)
_SHOULDER_SIDE: Final = (
    complex(-118, 803),
    complex(-170, 830),
    complex(-262, 864),
    complex(-338, 900),
    complex(-380, 952),
    complex(-406, 1060),
)
_RAISED: Final = '<g transform="translate(0 -20)">'
_COLLARS: Final = ("crew", "scoop", "notched")
_COLLAR_LINES: Final = {
    "crew": (complex(-119, 802), complex(-96, 838), complex(-50, 864), complex(0, 873)),
    "scoop": (complex(-126, 806), complex(-112, 860), complex(-66, 908), complex(0, 924)),
    "notched": (complex(-116, 801), complex(-84, 846), complex(-40, 900), complex(0, 950)),
}


def _neck(sitter: Sitter) -> str:
    skin = sitter.skin
    drop = sitter.outline.chin_y - 692
    left = [complex(CENTRE_X + p.real, p.imag) for p in _NECK_SIDE]
    right = [complex(CENTRE_X - p.real, p.imag) for p in _NECK_SIDE]
    path = smooth(left[::-1]) + "L" + smooth(right)[1:] + "V1000H222Z"
    shades = linear_gradient(
        "neck",
        complex(400, 700),
        complex(640, 740),
        [
            (0, blend(skin.base, skin.shade, 0.25), 1.0),
            (55, skin.base, 1.0),
            (100, blend(skin.base, skin.shade, 0.75), 1.0),
        ],
    )
    cast = smooth(
        [
            complex(380, 560),
            complex(404, 690 + drop * 0.6),
            complex(462, 748 + drop),
            complex(530, 762 + drop),
            complex(600, 736 + drop),
            complex(650, 650),
            complex(650, 560),
        ],
        closed=True,
    )
    marks = [
        soft_edge(cast, skin.shade, (58, 40, 24, 12), 0.14),
        fill(cast, skin.shade, 0.50),
        patch(complex(512, 690 + drop), 120, 44, skin.deep, 0.42),
        patch(complex(615, 740), 54, 150, skin.deep, 0.26),
        patch(complex(402, 745), 34, 110, skin.shade, 0.5),
        patch(complex(468, 826), 60, 30, skin.light, 0.5),
        _RAISED + "".join(_collar_bones(sitter)) + "</g>",
        *_neck_lines(sitter, drop),
        _second_chin(sitter, drop),
    ]
    return shades + fill(path, "url(#neck)") + clipped("neck-clip", path, marks)


def _collar_bones(sitter: Sitter) -> list[str]:
    deep = sitter.skin.deep
    tendon = [complex(612, 700), complex(590, 770), complex(546, 836), complex(530, 856)]
    other = [complex(414, 715), complex(440, 780), complex(482, 838), complex(496, 856)]
    return [
        ink([complex(497, 852), complex(513, 868), complex(529, 853)], deep, 5, 0.3),
        patch(complex(513, 856), 18, 22, deep, 0.14),
        ink(tendon, deep, 9, 0.10),
        ink(other, deep, 8, 0.09),
        ink([complex(534, 858), complex(590, 850), complex(660, 846), complex(730, 872)], deep, 4, 0.22),
        ink([complex(490, 858), complex(436, 852), complex(366, 848), complex(300, 872)], deep, 4, 0.20),
        patch(complex(430, 868), 90, 20, sitter.skin.light, 0.45, 4),
    ]


def _neck_lines(sitter: Sitter, drop: float) -> list[str]:
    lines = [ink([complex(424, 776), complex(500, 794), complex(600, 774)], sitter.skin.deep, 2.6, 0.20)]
    for k in range(round(sitter.age * 4)):
        y = 722 + drop * 0.5 + k * 21
        curve = [complex(420, y), complex(470 + 9 * k, y + 13), complex(548, y + 14), complex(602, y - 4)]
        lines.append(ink(curve, sitter.skin.deep, 3.2, 0.14 + 0.12 * sitter.age))
    if sitter.age > 0.55:
        for side in (-1, 1):
            cord = [
                complex(512 + side * 30, 735 + drop),
                complex(512 + side * 36, 790),
                complex(512 + side * 24, 850),
            ]
            lines.append(ink(cord, sitter.skin.deep, 9, 0.3 * (sitter.age - 0.3)))
    return lines


def _second_chin(sitter: Sitter, drop: float) -> str:
    if sitter.value("Shape", "Chin") != "double":
        return ""
    y = 692 + drop
    fold = [
        complex(408, y - 34),
        complex(440, y + 14),
        complex(512, y + 40),
        complex(584, y + 14),
        complex(616, y - 34),
    ]
    return (
        fill(smooth(fold), sitter.skin.base, 0.8)
        + patch(complex(492, y + 20), 66, 20, sitter.skin.light, 0.5)
        + soft_edge(smooth(fold), sitter.skin.shade, (22, 12), 0.22)
        + ink(fold, sitter.skin.deep, 5.5, 0.62)
    )


def _garment(cloth: str, collar: str) -> str:
    line = _COLLAR_LINES[collar]
    neckline = [complex(CENTRE_X + p.real, p.imag) for p in line] + [
        complex(CENTRE_X - p.real, p.imag) for p in line[-2::-1]
    ]
    left = [complex(CENTRE_X + p.real, p.imag) for p in _SHOULDER_SIDE]
    right = [complex(CENTRE_X - p.real, p.imag) for p in _SHOULDER_SIDE]
    shape = smooth([*left[::-1]]) + "L" + smooth(neckline)[1:] + "L" + smooth(right)[1:] + "Z"
    dark, light = scale(cloth, 0.62), blend(cloth, "#ffffff", 0.35)
    wash = linear_gradient(
        "cloth", complex(512, 800), complex(512, 1040),
        [(0, blend(cloth, "#ffffff", 0.18), 1.0), (40, cloth, 1.0), (72, light, 1.0), (100, "#ffffff", 1.0)],
    )  # fmt: skip
    marks = [
        patch(complex(790, 905), 210, 110, dark, 0.36, 18),
        patch(complex(330, 880), 160, 60, light, 0.75, -22),
        patch(complex(540, 890), 190, 66, dark, 0.30),
        *_folds(dark),
    ]
    rim = [p + 7j for p in neckline]
    return (
        wash
        + fill(shape, "url(#cloth)")
        + clipped("cloth-clip", shape, marks)
        + soft_edge(smooth([p + 12j for p in neckline]), dark, (16, 8), 0.12)
        + stroke(smooth(rim), light, 11, 0.55)
        + stroke(smooth([p + 15j for p in neckline]), dark, 1.6, 0.5)
        + ink(neckline, dark, 3.4, 0.75)
        + ink(left, dark, 3.2, 0.55)
        + ink(right, dark, 4.0, 0.6)
    )


def _folds(dark: str) -> list[str]:
    curves = (
        (complex(300, 1020), complex(296, 960), complex(276, 912)),
        (complex(728, 1020), complex(730, 962), complex(752, 908)),
        (complex(676, 880), complex(640, 930), complex(600, 960)),
        (complex(352, 884), complex(392, 934), complex(430, 958)),
    )
    return [ink(curve, dark, 7, 0.26) for curve in curves]


def paint_bust(sitter: Sitter) -> str:
    """Return the neck with the cast shadow of the chin, and the garment with its collar."""
    source = sitter.stream("garment")
    cloth = pick(source, CLOTHS)
    collar = pick(source, _COLLARS)
    return _neck(sitter) + _RAISED + _garment(cloth, collar) + "</g>"


def paint_background() -> str:
    """Return white paper. A shadow behind the head was tried: so faint a grey falls into rings of one shade each."""
    return '<rect width="1024" height="1024" fill="#ffffff"/>'
