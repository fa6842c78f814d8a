"""A nose from the front: bridge, tip, wings and nostrils, mostly by light and shade."""

from dataclasses import dataclass
from typing import Final

from services.providers.sketch.forms import Row, Table, adjusted
from services.providers.sketch.outline import CENTRE_X, NOSE_Y
from services.providers.sketch.pen import fill, ink, patch, point_at, smooth
from services.providers.sketch.sitter import Sitter


@dataclass(frozen=True, slots=True)
class NoseForm:
    """Measures in px; strengths around 1. `wing` is the half width, `base` lowers the foot, `root` is a height."""

    wing: float = 39.0
    base: float = 0.0
    bridge: float = 14.0
    root: float = 408.0
    relief: float = 1.0
    ball: float = 21.0
    tip_lift: float = 0.0
    tip_drop: float = 0.0
    nostril: float = 1.0
    flare: float = 0.0
    hump: float = 0.0
    scoop: float = 0.0
    bend: float = 0.0
    point: float = 0.0
    flat: float = 0.0


SHAPES: Final[Table] = {
    "button": {"wing": -5, "base": -12, "ball": 2, "tip_lift": 5, "relief": -0.35, "nostril": 0.15},
    "aquiline": {"hump": 0.9, "tip_drop": 7, "base": 4, "relief": 0.3, "bridge": 1},
    "snub": {"base": -17, "tip_lift": 9, "nostril": 0.5, "ball": -2, "scoop": 0.45},
    "bulbous": {"ball": 10, "wing": 6, "base": 2},
    "broad": {"wing": 14, "ball": 4, "bridge": 5},
    "narrow": {"wing": -11, "ball": -6, "bridge": -4},
    "pointed": {"point": 1.0, "ball": -8, "wing": -4, "tip_drop": 3, "base": 2},
    "long": {"base": 19, "ball": 1},
    "flat": {"relief": -0.62, "wing": 8, "flat": 1.0, "ball": 2},
    "flared": {"flare": 1.0, "wing": 6, "nostril": 0.35},
}
STRUCTURES: Final[Table] = {
    "straight": {},
    "crooked": {"bend": 11},
    "high-bridged": {"root": -18, "relief": 0.5, "bridge": -2},
    "low-bridged": {"root": 38, "relief": -0.45},
    "wide-bridged": {"bridge": 9},
    "narrow-bridged": {"bridge": -6.5, "relief": 0.2},
    "humped": {"hump": 1.0},
    "scooped": {"scoop": 1.0},
    "upturned": {"tip_lift": 9, "nostril": 0.6, "base": -5},
    "downturned": {"tip_drop": 11, "nostril": -0.5},
}
_NONE: Final[Row] = {}


def _bridge_line(form: NoseForm, side: int, tip: complex) -> list[complex]:
    """Return the edge of the bridge at one side, from the brow down to the ball."""
    length = tip.imag - form.root
    swell = 3.5 * form.hump - 3.5 * form.scoop
    return [
        complex(CENTRE_X + side * (form.bridge + 9), form.root - 22),
        complex(CENTRE_X + side * form.bridge + form.bend * 0.2, form.root + length * 0.14),
        complex(CENTRE_X + side * (form.bridge + swell) + form.bend, form.root + length * 0.42),
        complex(CENTRE_X + side * (form.bridge + 1.5) + form.bend * 0.1, form.root + length * 0.70),
        complex(CENTRE_X + side * (form.ball - 1) + form.bend * 0.2, form.root + length * 0.92),
    ]


def _bridge(sitter: Sitter, form: NoseForm, tip: complex) -> str:
    skin = sitter.skin
    right, left = _bridge_line(form, 1, tip), _bridge_line(form, -1, tip)
    relief = max(form.relief, 0.18)
    marks = []
    for line, side, dim in ((right, 1, 1.0), (left, -1, 0.66)):
        for place, wide, tall in ((0.55, 15, 30), (1.3, 14, 34), (2.1, 14, 36), (2.9, 15, 34), (3.5, 13, 24)):
            here = point_at(line, place) + side * 7
            marks.append(patch(here, wide, tall, skin.shade, 0.34 * dim * relief))
        marks.append(patch(point_at(line, 0.7) + side * 3, 10, 30, skin.deep, 0.22 * dim * relief))
    marks += [ink(right[1:], skin.deep, 2.6, 0.20 * relief), ink(left[:3], skin.deep, 2.4, 0.09 * relief)]
    middle = [(a + b) / 2 - 3 for a, b in zip(left, right, strict=True)]
    marks.append(ink(middle[1:], skin.light, form.bridge * 1.15, 0.42 * relief))
    marks.append(ink(middle[1:], skin.light, form.bridge * 0.5, 0.5 * relief))
    return "".join(marks)


def _relief(sitter: Sitter, form: NoseForm, tip: complex) -> str:
    """Return what changes along the profile: a hump, a scoop, a low root, a bend."""
    skin = sitter.skin
    middle = complex(CENTRE_X + form.bend, form.root + (tip.imag - form.root) * 0.40)
    marks = []
    if form.hump:
        knot = [middle + complex(13, -20), middle + complex(21, 0), middle + complex(13, 22)]
        marks += [
            patch(middle - 3, 15, 20, skin.light, 1.0 * form.hump),
            patch(middle + 33j, 19, 14, skin.shade, 0.36 * form.hump),
        ]
        marks += [
            ink(knot, skin.deep, 3.6, 0.36 * form.hump),
            patch(middle - 34j, 18, 13, skin.shade, 0.36 * form.hump),
        ]
    if form.scoop:
        marks += [
            patch(middle + 12j, 17, 44, skin.shade, 0.75 * form.scoop),
            patch(tip - 4, 20, 13, skin.light, 0.6 * form.scoop),
        ]
    if form.root > 430:
        marks += [
            patch(complex(CENTRE_X, 418), 30, 36, skin.base, 0.75),
            patch(complex(CENTRE_X - 4, 432), 26, 30, skin.light, 0.3),
        ]
    if form.root < 400:
        marks += [
            patch(complex(CENTRE_X - 4, 390), 12, 44, skin.light, 0.85),
            patch(complex(CENTRE_X + 22, 396), 12, 42, skin.deep, 0.42),
        ]
        marks += [patch(complex(CENTRE_X - 24, 396), 12, 40, skin.deep, 0.26)]
    if form.bend:
        marks += [
            ink(
                [middle + complex(15, -40), middle + complex(17, -4), middle + complex(8, 34)],
                skin.deep,
                4.6,
                0.42,
            )
        ]
        marks += [patch(middle + complex(-22, 26), 12, 34, skin.shade, 0.5)]
    if form.flat:
        marks += [patch(complex(CENTRE_X, NOSE_Y - 60), 40, 64, skin.base, 0.5)]
    return "".join(marks)


def _ball(sitter: Sitter, form: NoseForm, tip: complex) -> str:
    skin, r = sitter.skin, form.ball
    marks = [
        patch(tip + complex(r * 0.75, -2), r * 0.95, r * 1.15, skin.shade, 0.46),
        patch(tip + complex(-r * 1.1, 0), r * 0.6, r * 0.9, skin.shade, 0.24),
        patch(tip + complex(2, r * 0.62), r * 1.35, r * 0.52, skin.shade, 0.66),
        patch(tip, r * 1.5, r * 1.2, skin.blush, 0.22),
        patch(tip + complex(-r * 0.30, -r * 0.34), r * 0.66, r * 0.52, skin.light, 0.95),
        patch(tip + complex(-r * 0.34, -r * 0.4), r * 0.26, r * 0.2, "#ffffff", 0.55),
    ]
    if form.ball > 27:
        ring = [
            tip + complex(r * 0.95, -r * 0.75),
            tip + complex(r * 1.12, 0),
            tip + complex(r * 0.82, r * 0.62),
        ]
        other = [
            tip + complex(-r * 0.95, -r * 0.7),
            tip + complex(-r * 1.12, 0),
            tip + complex(-r * 0.82, r * 0.6),
        ]
        marks += [ink(ring, skin.deep, 3.6, 0.42), ink(other, skin.deep, 3.2, 0.32)]
    if form.point:
        beak = [
            tip + complex(-13, -6),
            tip + complex(-5, 11),
            tip + complex(0, 14),
            tip + complex(5, 11),
            tip + complex(13, -6),
        ]
        marks += [ink(beak, skin.deep, 3.4, 0.5), patch(tip + complex(-1, -3), 6, 9, "#ffffff", 0.5)]
    if form.tip_drop > 5:
        hook = [
            tip + complex(-r * 0.95, 2),
            tip + complex(-r * 0.4, r * 0.66),
            tip + complex(r * 0.4, r * 0.66),
            tip + complex(r * 0.95, 2),
        ]
        marks += [ink(hook, skin.deep, 3.8, 0.6), patch(tip + complex(0, r * 0.9), r, 6, skin.deep, 0.4)]
    return "".join(marks)


def _wings(sitter: Sitter, form: NoseForm, base: float) -> str:
    skin = sitter.skin
    marks = []
    for side in (-1, 1):
        dim = 1.0 if side > 0 else 0.8
        wide = form.wing + 5 * form.flare

        def at(x: float, y: float, side: int = side, wide: float = wide) -> complex:
            return complex(CENTRE_X + side * x * wide, base + y)

        arc = [at(0.80, -31), at(0.96, -25 - 3 * form.flare), at(1.02, -12), at(0.93, -1), at(0.74, 2)]
        marks += [
            patch(at(0.78, -14), form.wing * 0.30, 17, skin.light if side < 0 else skin.base, 0.5),
            patch(at(1.13, -12), 15, 24, skin.shade, 0.55 * dim),
            ink(arc, skin.shade, 8, 0.30 * dim),
            ink(arc, skin.deep, 3.3 + form.flare, 0.62 * dim),
        ]
        if form.flare:
            marks.append(ink([at(0.62, -34), at(0.56, -20), at(0.62, -8)], skin.deep, 3.6, 0.36))
    return "".join(marks)


def _foot(sitter: Sitter, form: NoseForm, base: float, tip: complex) -> str:
    """Return nostrils, columella and the shadow that the nose casts on the lip."""
    skin = sitter.skin
    dark = skin.deep
    open_up = max(form.nostril, 0.35)
    lift = form.tip_lift * 0.25
    marks = [patch(complex(CENTRE_X + 8, base + 10), form.wing * 1.15, 15, skin.shade, 0.55)]
    for side in (-1, 1):
        x = form.wing * 0.50 + 1.5 * form.flare
        half, tall = form.wing * (0.235 + 0.05 * form.flare), 4.6 * open_up
        centre = complex(CENTRE_X + side * x + form.bend * 0.15, base - 5 - lift)
        hole = [
            centre + complex(-side * half, 2.0),
            centre + complex(-side * half * 0.2, -tall),
            centre + complex(side * half * 0.75, -tall * 0.75),
            centre + complex(side * half, 2.5),
            centre + complex(0, 3.6),
        ]
        marks += [
            patch(centre, half * 1.6, tall + 6, skin.deep, 0.35),
            fill(smooth(hole, closed=True), dark, 0.88),
        ]
    low = [
        complex(CENTRE_X - form.wing * 0.3, base),
        complex(CENTRE_X + form.bend * 0.2, max(base + 3, tip.imag + form.ball * 0.62)),
        complex(CENTRE_X + form.wing * 0.3, base),
    ]
    marks.append(ink(low, dark, 2.8, 0.48))
    return "".join(marks)


def nose_form(sitter: Sitter) -> NoseForm:
    """Return the measures of the nose; age lengthens it a little."""
    rows = (
        SHAPES.get(sitter.value("Shape", "Nose"), _NONE),
        STRUCTURES.get(sitter.value("Structure", "Nose"), _NONE),
    )
    return adjusted(NoseForm(), *rows, {"base": 6 * sitter.age, "wing": 3 * sitter.age})


def paint_nose(sitter: Sitter) -> str:
    """Return the nose, painted in the order bridge, tip, wings, nostrils."""
    form = nose_form(sitter)
    base = NOSE_Y + form.base
    tip = complex(CENTRE_X + form.bend * 0.25, base - 15 - form.tip_lift + form.tip_drop)
    return "".join(
        [
            _bridge(sitter, form, tip),
            _relief(sitter, form, tip),
            _ball(sitter, form, tip),
            _wings(sitter, form, base),
            _foot(sitter, form, base, tip),
        ]
    )
