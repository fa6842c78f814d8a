"""Lips painted over the mouth's curves: colour, light, texture, teeth, and the shadows around them."""

from services.providers.sketch.colour import blend
from services.providers.sketch.lip_textures import paint_lip_texture
from services.providers.sketch.mouth import Mouth, mouth_y, shape_mouth
from services.providers.sketch.outline import CENTRE_X, NOSE_Y
from services.providers.sketch.pen import (
    between,
    clipped,
    fill,
    ink,
    patch,
    polyline,
    smooth,
    soft_edge,
    stroke,
)
from services.providers.sketch.sitter import Sitter


def _philtrum(sitter: Sitter, mouth: Mouth) -> str:
    skin, peak = sitter.skin, mouth.top[3]
    foot = complex(CENTRE_X, NOSE_Y + 8)
    marks = [patch((peak + foot) / 2, 9, 20, skin.shade, 0.42)]
    for side in (-1, 1):
        ridge = [foot + side * 9, (peak + foot) / 2 + side * 11, peak + complex(side * 13, -3)]
        marks.append(ink(ridge, skin.light if side < 0 else skin.shade, 5, 0.5))
    return "".join(marks)


def _lip_colours(sitter: Sitter) -> tuple[str, str, str]:
    """Return upper, lower and dark colour."""
    lip = blend(sitter.skin.lip, "#9c8f8a", 0.25 * sitter.age)
    upper = blend(lip, sitter.skin.deep, 0.24)
    lower = blend(lip, sitter.skin.light, 0.10)
    if sitter.value("Texture & Features", "Lips") == "two-toned":
        upper = blend(upper, sitter.skin.deep, 0.62)
        lower = blend(lower, "#e2868a", 0.45)
    return upper, lower, blend(lip, sitter.skin.deep, 0.72)


def _upper_lip(sitter: Sitter, mouth: Mouth, y: float) -> str:
    upper, _, dark = _lip_colours(sitter)
    path = between(mouth.top, mouth.upper_edge)
    marks = [
        stroke(smooth(mouth.upper_edge), dark, 9, 0.28),
        patch(complex(CENTRE_X - 18, mouth.top[2].imag + 4), 26, 7, sitter.skin.light, 0.40),
        patch(complex(CENTRE_X + 40, y - 5), 34, 16, dark, 0.32),
    ]
    edge = soft_edge(smooth(mouth.top), upper, (4.5, 2.5), 0.22)
    rim = ink([p - 3.2j for p in mouth.top[1:6]], sitter.skin.light, 3.4, 0.5)
    return edge + rim + fill(path, upper, 0.94) + clipped("lip-up", path, marks)


def _lower_lip(sitter: Sitter, mouth: Mouth, y: float) -> str:
    _, lower, dark = _lip_colours(sitter)
    path = between(mouth.lower_edge, mouth.bottom)
    middle = (mouth.lower_edge[3] + mouth.bottom[3]) / 2
    tall = mouth.form.lower
    marks = [
        stroke(smooth(mouth.lower_edge), dark, 8, 0.26),
        stroke(smooth(mouth.bottom), dark, 8, 0.20),
        patch(complex(CENTRE_X + 46, y + 8), 30, 22, dark, 0.36),
        patch(complex(CENTRE_X - 50, y + 6), 20, 18, dark, 0.22),
        patch(middle + complex(-12, 0), 32, tall * 0.40, sitter.skin.light, 0.62),
    ]
    edge = soft_edge(smooth(mouth.bottom), lower, (4.5, 2.5), 0.20)
    shadow = ink([p + 4j for p in mouth.bottom[1:6]], sitter.skin.deep, 4.4, 0.34)
    return shadow + edge + fill(path, lower, 0.92) + clipped("lip-low", path, marks)


def _inside(sitter: Sitter, mouth: Mouth, y: float) -> str:
    form = mouth.form
    if form.gap < 1:
        return ""
    opening = between(mouth.upper_edge, mouth.lower_edge)
    top = mouth.upper_edge
    depth = max(5.0, form.gap * form.teeth)
    hang = (0.0, 0.55, 0.95, 1.0, 0.95, 0.55, 0.0)
    teeth = [p + 1j * depth * h for p, h in zip(top, hang, strict=True)]
    ivory = blend("#f8f4ea", "#d9c9a4", 0.45 * sitter.age)
    marks = [
        fill(opening, "#3a0f12"),
        patch(
            complex(CENTRE_X, y + form.gap * 0.62),
            form.half * 0.62,
            form.gap * 0.34,
            "#c4565c",
            0.95 if form.gap > 30 else 0.0,
        ),
        fill(between(top, teeth), ivory, 0.98),
        stroke(smooth(teeth), "#3a0f12", 2.4, 0.4),
        stroke(smooth([p + 2j for p in top]), "#3a0f12", 7, 0.24),
        _teeth_lines(mouth, depth),
        patch(complex(CENTRE_X - form.half * 0.86, y), form.half * 0.34, 30, "#2a0a0c", 0.85),
        patch(complex(CENTRE_X + form.half * 0.86, y), form.half * 0.34, 30, "#2a0a0c", 0.9),
    ]
    return clipped("inside", opening, marks)


def _teeth_lines(mouth: Mouth, depth: float) -> str:
    lines = []
    for x in (-0.52, -0.36, -0.18, 0.0, 0.18, 0.36, 0.52):
        start = complex(CENTRE_X + x * mouth.form.half, mouth.upper_edge[3].imag - 4)
        lines.append(polyline([start, start + complex(x * 3, depth + 8 - 9 * x * x)]))
    return stroke("".join(lines), "#8d7d6c", 1.1, 0.45)


def _line(sitter: Sitter, mouth: Mouth) -> str:
    _, _, dark = _lip_colours(sitter)
    ink_colour = blend(dark, sitter.skin.deep, 0.6)
    left, right = mouth.upper_edge[0], mouth.upper_edge[-1]
    lift = mouth.form.lift
    corners = "".join(
        [
            patch(corner, 13, 10, sitter.skin.deep, 0.5)
            + ink(
                [corner - 8 * side, corner + 2 * side, corner + complex(6 * side, -lift * 0.22)],
                ink_colour,
                3.4,
                0.75,
            )
            for corner, side in ((left, -1), (right, 1))
        ]
    )
    if mouth.form.gap >= 1:
        return (
            corners
            + ink(mouth.upper_edge, ink_colour, 2.6, 0.6)
            + ink(mouth.lower_edge, ink_colour, 2.2, 0.4)
        )
    return corners + ink(mouth.upper_edge, ink_colour, 4.6, 0.9)


def _folds(sitter: Sitter, mouth: Mouth, y: float) -> str:
    """Return nasolabial folds of a smile, shadows of a frown, dimples of a tense or pursed mouth."""
    skin, form = sitter.skin, mouth.form
    marks: list[str] = []
    for side in (-1, 1):

        def at(x: float, dy: float, side: int = side) -> complex:
            return complex(CENTRE_X + side * x, y + dy)

        one_sided = form.skew > 9 and side < 0
        if form.fold and not one_sided:
            reach = form.half + 16
            fold = [at(50, -64), at(reach * 0.86, -42), at(reach + 3, -14), at(reach + 2, 10)]
            marks += [
                ink([p + side * 5 for p in fold], skin.shade, 13, 0.28 * form.fold),
                ink(fold, skin.deep, 3.0, 0.36 * form.fold),
            ]
            marks += [
                patch(at(104, -66), 46, 30, skin.light, 0.55 * form.fold, side * 20),
                patch(at(108, -58), 48, 34, skin.blush, 0.35 * form.fold),
            ]
        if form.drop:
            bracket = [at(form.half + 5, 8), at(form.half + 13, 24), at(form.half + 11, 42)]
            marks += [
                ink(bracket, skin.deep, 5, 0.46 * form.drop),
                patch(at(form.half + 10, 30), 16, 24, skin.shade, 0.5 * form.drop),
            ]
        if form.pucker > 0.6:
            marks += [
                ink(
                    [at(form.half + 10, -13), at(form.half + 17, 2), at(form.half + 10, 18)],
                    skin.deep,
                    4,
                    0.42,
                )
            ]
            marks += [
                ink([at(9 + 11 * k, -24 - form.upper), at(8 + 10 * k, -12 - form.upper)], skin.deep, 2.4, 0.3)
                for k in range(3)
            ]
        if form.tense:
            marks += [
                ink(
                    [at(form.half + 8, -11), at(form.half + 14, 1), at(form.half + 9, 14)],
                    skin.deep,
                    4.2,
                    0.5,
                )
            ]
            marks += [patch(at(0, 38), 46, 20, skin.light, 0.35)]
    if form.pucker and form.pucker < 0.6:
        marks.append(patch(complex(CENTRE_X, y + form.lower + 15), 44, 13, skin.deep, 0.45))
    return "".join(marks)


def paint_mouth(sitter: Sitter) -> str:
    """Return philtrum, lips, what shows between them, and the folds of the expression."""
    mouth = shape_mouth(sitter)
    y = mouth_y(sitter)
    return "".join(
        [
            _philtrum(sitter, mouth),
            _folds(sitter, mouth, y),
            _inside(sitter, mouth, y),
            _upper_lip(sitter, mouth, y),
            _lower_lip(sitter, mouth, y),
            paint_lip_texture(sitter, mouth),
            _line(sitter, mouth),
        ]
    )
