"""Both eyes: sockets, lids, irises and lashes."""

from services.providers.sketch.colour import blend
from services.providers.sketch.eye_folds import paint_bag, paint_hood, paint_shut, paint_tears
from services.providers.sketch.eye_form import Eye, EyeForm, eye_curves, eye_form
from services.providers.sketch.irises import Gaze, paint_iris
from services.providers.sketch.pen import (
    between,
    clipped,
    fill,
    ink,
    ink_path,
    patch,
    point_at,
    smooth,
    stroke,
)
from services.providers.sketch.sitter import Sitter


def _paint_eye(sitter: Sitter, form: EyeForm, side: int) -> str:
    eye = eye_curves(form, side)
    if form.shut:
        return _socket(sitter, eye) + paint_shut(sitter, eye)
    opening = between(eye.upper, eye.lower)
    return "".join(
        [
            _socket(sitter, eye),
            _lid(sitter, eye),
            clipped(f"eye{side}", opening, _ball(sitter, eye)),
            _rims(sitter, eye),
            _lashes(sitter, eye),
            paint_hood(sitter, eye),
            paint_bag(sitter, eye),
            paint_tears(sitter, eye),
        ]
    )


def _socket(sitter: Sitter, eye: Eye) -> str:
    skin, form = sitter.skin, eye.form
    dim = 1.0 if eye.side > 0 else 0.85
    marks = [
        patch(eye.at(4, -20), 66, 30, skin.shade, 0.36 * dim, eye.side * -4),
        patch(eye.at(-42, -6), 24, 30, skin.shade, 0.34 * dim),
        patch(eye.at(0, 20), 58, 18, skin.shade, 0.26 * dim),
        patch(eye.at(14, -38), 44, 11, skin.light, 0.5, eye.side * -8),
    ]
    if form.socket:
        marks += [
            patch(eye.at(0, -23), 76, 34, skin.deep, 0.62 * form.socket),
            patch(eye.at(-42, -14), 26, 40, skin.deep, 0.4),
        ]
    if form.hollow:
        ring = [eye.at(-46, 12), eye.at(-20, 31), eye.at(14, 35), eye.at(50, 18)]
        marks += [
            patch(eye.at(0, 26), 62, 24, skin.deep, 0.40),
            patch(eye.at(4, -31), 64, 17, skin.deep, 0.55),
        ]
        marks += [ink(ring, skin.deep, 6, 0.34)]
    if form.bulge:
        marks += [
            patch(eye.at(0, -19), 36, 13, skin.light, 0.95),
            patch(eye.at(2, 23), 44, 10, skin.light, 0.7),
        ]
        marks += [patch(eye.at(0, 36), 54, 10, skin.shade, 0.5)]
    return "".join(marks)


def _lid(sitter: Sitter, eye: Eye) -> str:
    """Return the upper lid between lashes and crease."""
    form, skin = eye.form, sitter.skin
    fold = [
        p - 1j * form.fold * lift
        for p, lift in zip(eye.upper, (0.0, 0.72, 1.0, 1.05, 1.08, 1.0, 0.45), strict=True)
    ]
    lid = between(fold, eye.upper)
    marks = [
        fill(lid, blend(skin.base, skin.shade, 0.35), 0.5),
        patch(eye.at(-2, -form.upper - form.fold * 0.45), 26, 6, skin.light, 0.6),
    ]
    if form.monolid:
        veil = [p - 4j for p in eye.upper[:5]]
        marks = [patch(eye.at(0, -form.upper - 8), 52, 16, skin.light, 0.45)]
        marks += [ink([eye.at(-50, 14), eye.at(-46, 4), *veil[1:3]], skin.deep, 3, 0.5)]
    if form.crease > 0.02:
        crease = fold[1:] if form.hood < 0.5 else fold[2:]
        marks += [
            ink([p - 2j for p in crease], skin.shade, 8, 0.5 * form.crease),
            ink(crease, skin.deep, 2.9, 1.2 * form.crease),
        ]
    return "".join(marks)


def _ball(sitter: Sitter, eye: Eye) -> list[str]:
    form = eye.form
    centre = eye.at(1.5, -3.0 + form.gaze_y) + form.gaze_x
    white = blend("#f7f3ee", sitter.skin.base, 0.12 + 0.08 * sitter.age)
    shade = blend(white, sitter.skin.deep, 0.42)
    name = sitter.value("Color", "Eye")
    shadow = [p + 4.5j for p in eye.upper]
    return [
        f'<rect x="{eye.origin.real - 60:.1f}" y="{eye.origin.imag - 40:.1f}" width="120" height="80" fill="{white}"/>',
        patch(eye.at(-46, 6), 20, 18, shade, 0.8),
        patch(eye.at(46, 4), 22, 22, shade, 0.85),
        patch(eye.at(-42, 7), 12, 9, "#cf7f74", 0.75),
        paint_iris(sitter, name, eye.side, Gaze(centre, form.iris, form.sparkle)),
        stroke(smooth(shadow), sitter.skin.deep, 11, 0.26),
        stroke(smooth([p + 1j for p in eye.upper]), sitter.skin.deep, 8, 0.34),
        _wet(sitter, eye),
    ]


def _wet(sitter: Sitter, eye: Eye) -> str:
    if sitter.value("Expression", "Eye") != "teary":
        return ""
    pool = [p - 3j for p in eye.lower[1:]]
    return stroke(smooth(pool), "#dff0fb", 7, 0.75) + stroke(
        smooth([p - 1.5j for p in pool]), "#ffffff", 2, 0.9
    )


def _rims(sitter: Sitter, eye: Eye) -> str:
    skin = sitter.skin
    rim = [p + 1.2j for p in eye.lower[1:]]
    rosy = blend(skin.base, "#d98a80", 0.45)
    return (
        stroke(smooth(rim), blend(rosy, skin.light, 0.4), 3.4, 0.85)
        + ink([p + 3.4j for p in eye.lower[1:]], skin.deep, 2.6, 0.55)
        + ink([p + 9j + 2j * k for k, p in enumerate(eye.lower[2:])], skin.shade, 4, 0.4)
    )


def _lashes(sitter: Sitter, eye: Eye) -> str:
    source = sitter.stream(f"lashes {eye.side}")
    dark = blend(sitter.hair.ink, "#0c0808", 0.6 if sitter.age < 0.7 else 0.3)
    length = 4.0 + 6.0 * sitter.stream("lash length").random()
    edge = [eye.at(-46, 7), *eye.upper[1:], eye.upper[-1] + complex(eye.side * 5, -1.5)]
    lashes = []
    for k in range(15):
        share = 0.18 + 0.8 * k / 14
        root = point_at(eye.upper, share * 6)
        reach = length * (0.55 + 0.75 * share) * source.uniform(0.8, 1.15)
        lean = complex(eye.side * (share - 0.42) * 1.5, -1.0)
        bend = root + lean * reach * 0.45 + complex(0, 0.5)
        lashes.append(ink_path([root, bend, root + lean * reach + complex(eye.side * share * 2.2, 0)], 1.7))
    lower = []
    for k in range(8):
        root = point_at(eye.lower, 2.0 + 2.7 * k / 7) + 2j
        lower.append(
            ink_path(
                [
                    root,
                    root + complex(eye.side * (k - 2) * 0.35, 2),
                    root + complex(eye.side * (k - 2) * 0.9, 5),
                ],
                1.2,
            )
        )
    lid = [*edge]
    band = (
        smooth(lid)
        + smooth(
            [p - 1j * w for p, w in zip(lid, (0, 2.0, 3.0, 3.5, 4.2, 4.8, 4.2, 0), strict=True)][::-1]
        ).replace("M", "L", 1)
        + "Z"
    )
    return (
        fill(band, dark, 0.94)
        + stroke(smooth(lid), dark, 1.8, 0.8)
        + fill("".join(lashes), dark, 0.85)
        + fill("".join(lower), dark, 0.30)
    )


def paint_eyes(sitter: Sitter) -> str:
    """Return both eyes with their sockets."""
    return _paint_eye(sitter, eye_form(sitter, -1), -1) + _paint_eye(sitter, eye_form(sitter, 1), 1)
