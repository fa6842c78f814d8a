"""What the years write into a face: lines, folds and hollows, each from its own age on."""

from services.providers.sketch.mouth import mouth_form, mouth_y
from services.providers.sketch.outline import CENTRE_X, NOSE_Y
from services.providers.sketch.pen import clipped, ink, patch
from services.providers.sketch.sitter import Sitter


def _since(age: float, start: float) -> float:
    """Return how strongly a mark that begins at `start` shows, 0..1."""
    return max(0.0, (age - start) / (1.0 - start))


def _forehead(sitter: Sitter, age: float) -> list[str]:
    source, deep, light = sitter.stream("forehead lines"), sitter.skin.deep, sitter.skin.light
    marks = []
    for k in range(4):
        strength = _since(age, 0.10 + 0.13 * k)
        wide, y = source.uniform(82, 112) - 9 * k, 334 - 23 * k + source.uniform(-3, 3)
        bow, shift = source.uniform(-5, 5), source.uniform(-12, 12)
        if strength <= 0:
            continue
        row = [
            complex(CENTRE_X + shift - wide, y + 5),
            complex(CENTRE_X + shift - wide * 0.4, y - 3 + bow * 0.4),
            complex(CENTRE_X + shift + wide * 0.3, y + bow * 0.4),
            complex(CENTRE_X + shift + wide, y + 4),
        ]
        marks += [
            ink(row, deep, 2.0 + 1.6 * strength, 0.10 + 0.26 * strength),
            ink([p + 4.5j for p in row], light, 4.5, 0.30 * strength + 0.08),
        ]
    frown = _since(age, 0.3)
    if frown:
        for side in (-1, 1):
            line = [
                complex(CENTRE_X + side * 15, 398),
                complex(CENTRE_X + side * 12, 380),
                complex(CENTRE_X + side * 14, 360),
            ]
            marks.append(ink(line, deep, 3.2, 0.42 * frown))
    return marks


def _eye_corners(sitter: Sitter, age: float) -> list[str]:
    strength = _since(age, 0.06)
    marks = []
    for side in (-1, 1):

        def at(x: float, y: float, side: int = side) -> complex:
            return complex(CENTRE_X + side * x, y)

        rays = ((150, 408, 174, 396), (152, 417, 180, 415), (150, 426, 177, 435), (146, 434, 168, 451))
        for k, (x0, y0, x1, y1) in enumerate(rays[: 2 + round(2 * age)]):
            middle = at((x0 + x1) / 2, (y0 + y1) / 2 + (3 if k > 1 else -1))
            marks.append(ink([at(x0, y0), middle, at(x1, y1)], sitter.skin.deep, 2.6, 0.08 + 0.34 * strength))
        under = [at(56, 446), at(84, 458), at(116, 453)]
        marks.append(ink(under, sitter.skin.deep, 3.0, 0.10 + 0.34 * strength))
        for k in range(round(3 * _since(age, 0.45))):
            line = [at(62 + 7 * k, 456 + 9 * k), at(92, 468 + 8 * k), at(124 - 4 * k, 459 + 9 * k)]
            marks.append(ink(line, sitter.skin.deep, 2.2, 0.32))
    return marks


def _laugh_folds(sitter: Sitter, age: float) -> list[str]:
    strength = _since(age, 0.02)
    y = mouth_y(sitter)
    marks = []
    for side in (-1, 1):

        def at(x: float, dy: float, side: int = side) -> complex:
            return complex(CENTRE_X + side * x, dy)

        fold = [at(46, NOSE_Y - 8), at(64, NOSE_Y + 10), at(77, y - 20), at(81, y + 6)]
        marks += [
            ink([p + side * 4 for p in fold], sitter.skin.shade, 14, 0.16 + 0.38 * strength),
            ink([p - side * 7 for p in fold], sitter.skin.light, 8, 0.28 * strength),
            ink(fold, sitter.skin.deep, 2.4 + 2.0 * strength, 0.10 + 0.34 * strength),
        ]
    return marks


def _mouth(sitter: Sitter, age: float) -> list[str]:
    strength, pleats = _since(age, 0.4), _since(age, 0.58)
    y, half = mouth_y(sitter), mouth_form(sitter).half
    marks = []
    for side in (-1, 1):
        line = [
            complex(CENTRE_X + side * (half + 7), y + 8),
            complex(CENTRE_X + side * (half + 12), y + 28),
            complex(CENTRE_X + side * (half + 7), y + 52),
        ]
        if strength:
            marks += [
                ink(line, sitter.skin.deep, 3.6, 0.45 * strength),
                patch(line[1] + side * 10, 18, 30, sitter.skin.shade, 0.4 * strength),
            ]
    if pleats:
        for k in range(7):
            x = CENTRE_X + (k - 3) * half * 0.26
            marks.append(
                ink(
                    [complex(x, y - 27), complex(x + (k - 3), y - 18), complex(x + (k - 3) * 0.6, y - 12)],
                    sitter.skin.deep,
                    2.2,
                    0.4 * pleats,
                )
            )
    return marks


def _hollows(sitter: Sitter, age: float) -> list[str]:
    strength = _since(age, 0.5)
    if not strength:
        return []
    skin, chin = sitter.skin, sitter.outline.chin_y
    marks = []
    for side in (-1, 1):
        marks += [
            patch(complex(CENTRE_X + side * 128, 540), 32, 62, skin.shade, 0.55 * strength, side * 14),
            patch(complex(CENTRE_X + side * 168, 330), 26, 62, skin.shade, 0.55 * strength),
            patch(complex(CENTRE_X + side * 98, chin - 46), 34, 20, skin.light, 0.4 * strength),
            patch(complex(CENTRE_X + side * 88, chin - 24), 40, 15, skin.deep, 0.28 * strength),
        ]
        crease = [
            complex(CENTRE_X + side * 120, 560),
            complex(CENTRE_X + side * 112, 590),
            complex(CENTRE_X + side * 100, 618),
        ]
        marks.append(ink(crease, skin.deep, 3, 0.34 * _since(age, 0.7)))
    return marks


def paint_age(sitter: Sitter) -> str:
    """Return the marks of age; nothing in the twenties."""
    age = sitter.age
    if age < 0.02:
        return ""
    marks = [*_forehead(sitter, age), *_eye_corners(sitter, age), *_laugh_folds(sitter, age)]
    return clipped("age", sitter.outline.path, [*marks, *_mouth(sitter, age), *_hollows(sitter, age)])
