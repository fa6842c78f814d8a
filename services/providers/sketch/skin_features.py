"""Marks of a particular face: freckles, moles, scars, spots."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.mouth import shape_mouth
from services.providers.sketch.outline import CENTRE_X, EYE_Y, NOSE_Y
from services.providers.sketch.pen import clipped, dot, fill, ink, patch, smooth, stroke
from services.providers.sketch.sitter import Sitter


def _freckled(sitter: Sitter) -> str:
    source = sitter.stream("freckles")
    rust = blend(blend("#a85a28", "#5a2a14", 1 - sitter.skin.luma), sitter.skin.deep, 0.15)
    spots = []
    for k in range(150):
        # Two thirds lie over nose and cheeks, the others anywhere below the hairline.
        wide, y, tall = (150, 492, 40) if k % 3 else (136, 470, 170)
        x = source.uniform(-1, 1) * source.uniform(0.3, 1) * wide
        place = complex(CENTRE_X + x, y + source.uniform(-1, 1) * tall * (1 - 0.3 * abs(x) / wide))
        spots.append(dot(place, source.uniform(1.0, 2.9), rust, source.uniform(0.35, 0.75)))
    return "".join(spots)


def _mole(sitter: Sitter, place: complex, radius: float) -> str:
    dark = blend("#3a1c12", sitter.skin.deep, 0.5)
    return (
        patch(place + 2, radius * 2.0, radius * 1.8, sitter.skin.shade, 0.6)
        + dot(place, radius, dark, 0.92)
        + dot(place + complex(-0.3, -0.35) * radius, radius * 0.3, sitter.skin.light, 0.6)
    )


def _beauty_mark(sitter: Sitter) -> str:
    return _mole(sitter, complex(CENTRE_X - 82, 578), 5.6)


def _scattered_moles(sitter: Sitter) -> str:
    spots = (
        (-128, 470, 3.6),
        (96, 540, 4.6),
        (-60, 318, 3.2),
        (70, 292, 4.0),
        (-98, 600, 4.2),
        (136, 478, 3.0),
        (30, 664, 3.4),
        (-26, 466, 3.0),
        (120, 590, 3.4),
    )
    return "".join([_mole(sitter, complex(CENTRE_X + x, y), radius) for x, y, radius in spots])


def _cheek_scar(sitter: Sitter) -> str:
    line = [
        complex(CENTRE_X + 84, 462),
        complex(CENTRE_X + 104, 500),
        complex(CENTRE_X + 116, 546),
        complex(CENTRE_X + 110, 582),
    ]
    pale = blend(sitter.skin.light, "#f6d2c6", 0.5)
    stitches = []
    for k, y in enumerate((478, 500, 522, 546, 566)):
        x = CENTRE_X + 93 + 6.5 * k - (9 if k == 4 else 0)
        stitches.append(f"M{x - 9:.1f} {y + 3:.1f}L{x + 11:.1f} {y - 3:.1f}")
    return (
        ink([p + 4 for p in line], sitter.skin.deep, 12, 0.34)
        + ink(line, pale, 9, 0.95)
        + ink([p + 3.5 for p in line], sitter.skin.deep, 2.6, 0.6)
        + stroke("".join(stitches), sitter.skin.deep, 1.9, 0.42)
    )


def _blob(centre: complex, rx: float, ry: float, wobble: tuple[float, ...]) -> str:
    points = []
    for k, swell in enumerate(wobble):
        angle = 6.2832 * k / len(wobble)
        points.append(centre + complex(math.cos(angle) * rx * swell, math.sin(angle) * ry * swell))
    return smooth(points, closed=True)


def _birthmark(sitter: Sitter) -> str:
    wine = blend("#a8324a", sitter.skin.deep, 0.25 + 0.4 * (1 - sitter.skin.luma))
    path = _blob(
        complex(CENTRE_X + 122, 492), 46, 54, (1.0, 0.86, 1.1, 0.92, 1.05, 0.8, 1.12, 0.95, 0.84, 1.08)
    )
    spots = [
        dot(complex(CENTRE_X + x, y), r, wine, 0.5)
        for x, y, r in ((70, 520, 4.5), (84, 556, 3.5), (128, 560, 5))
    ]
    return stroke(path, wine, 7, 0.22) + fill(path, wine, 0.42) + "".join(spots)


def _vitiligo(sitter: Sitter) -> str:
    """Return pale fields with ragged, softly darker rims around an eye, the mouth and the temples."""
    source = sitter.stream("vitiligo")
    pale = blend("#fbe9df", sitter.skin.light, 0.25) if sitter.skin.luma < 0.72 else "#fff8f4"
    fields = (
        (-92, 420, 58, 44),
        (-60, 446, 40, 30),
        (48, 606, 58, 32),
        (-14, 640, 40, 26),
        (74, 282, 40, 26),
        (-132, 566, 24, 36),
        (128, 500, 20, 26),
    )
    shapes = []
    for x, y, rx, ry in fields:
        wobble = tuple(1 + source.uniform(-0.24, 0.2) for _ in range(13))
        shapes.append(_blob(complex(CENTRE_X + x, y), rx, ry, wobble))
    path = "".join(shapes)
    rim = blend(sitter.skin.shade, sitter.skin.deep, 0.2)
    marks = [
        stroke(path, rim, 8, 0.16),
        stroke(path, pale, 5, 0.30),
        stroke(path, pale, 2, 0.3),
        fill(path, pale, 0.68),
    ]
    return clipped("vitiligo", sitter.outline.path, marks)


def _acne(sitter: Sitter) -> str:
    source = sitter.stream("acne")
    red = blend("#c8473e", sitter.skin.deep, 0.35 * (1 - sitter.skin.luma))
    marks = []
    for k in range(36):
        side = -1 if k % 2 else 1
        x, y = (
            (source.uniform(60, 152) * side, source.uniform(476, 600))
            if k % 4
            else (source.uniform(-90, 90), source.uniform(280, 330))
        )
        radius = source.uniform(1.8, 3.7)
        place = complex(CENTRE_X + x, y)
        marks.append(
            patch(place, radius * 3.2, radius * 2.8, red, 0.55)
            + dot(place, radius, red, 0.62)
            + dot(place - complex(0.8, 1.2), radius * 0.34, "#fff0e6", 0.8)
        )
    return "".join(marks)


def _age_spots(sitter: Sitter) -> str:
    source = sitter.stream("age spots")
    brown = blend(blend("#8a5a34", "#4a2a16", 1 - sitter.skin.luma), sitter.skin.deep, 0.2)
    marks = []
    for k in range(26):
        side = -1 if k % 2 else 1
        x, y = (
            (source.uniform(78, 166) * side, source.uniform(446, 580))
            if k % 3
            else (source.uniform(60, 140) * side, source.uniform(270, 350))
        )
        size = source.uniform(3.5, 9.5)
        path = _blob(complex(CENTRE_X + x, y), size * 1.2, size, (1, 0.85, 1.1, 0.9, 1.05, 0.88))
        marks.append(fill(path, brown, source.uniform(0.18, 0.36)))
    return "".join(marks)


def _dark_circles(sitter: Sitter) -> str:
    plum = blend("#4e3558", sitter.skin.deep, 0.45)
    marks = []
    for side in (-1, 1):
        centre = complex(CENTRE_X + side * 82, EYE_Y + 26)
        fold = [
            centre + complex(-side * 40, -8),
            centre + complex(-side * 8, 13),
            centre + complex(side * 36, 4),
        ]
        marks += [
            patch(centre, 60, 25, plum, 0.72, side * 4),
            patch(centre + complex(-side * 30, -10), 24, 22, plum, 0.5),
            ink(fold, plum, 5, 0.4),
        ]
    return "".join(marks)


_PAINTERS: Final[Mapping[str, Callable[[Sitter], str]]] = {
    "freckled": _freckled,
    "beauty mark": _beauty_mark,
    "scattered moles": _scattered_moles,
    "cheek scar": _cheek_scar,
    "birthmark": _birthmark,
    "vitiligo": _vitiligo,
    "acne": _acne,
    "age spots": _age_spots,
    "dark circles": _dark_circles,
}


def paint_skin_features(sitter: Sitter) -> str:
    """Return the marks of the value; "clear" and no value leave the skin as it is."""
    painter = _PAINTERS.get(sitter.value("Texture & Features", "Skin Features"))
    return painter(sitter) if painter else ""


def paint_lip_scar(sitter: Sitter) -> str:
    """Return the scar of a mended cleft lip, which lies over the painted mouth; "" when the face has none."""
    if sitter.value("Texture & Features", "Skin Features") != "cleft-lip scar":
        return ""
    lip = shape_mouth(sitter).top[2]
    line = [
        complex(CENTRE_X - 15, NOSE_Y + 5),
        complex(CENTRE_X - 20, (NOSE_Y + lip.imag) / 2),
        lip + complex(-2, 1),
        lip + complex(3, 11),
    ]
    pale = blend(sitter.skin.light, "#f6d2c6", 0.5)
    notch = [lip + complex(-11, 0), lip + complex(-1, 8), lip + complex(9, -1)]
    return (
        ink([p + 3 for p in line], sitter.skin.deep, 9, 0.45)
        + ink(line, pale, 7.5, 0.98)
        + ink([p + 3 for p in line], sitter.skin.deep, 2.4, 0.6)
        + ink(notch, pale, 4, 0.75)
    )
