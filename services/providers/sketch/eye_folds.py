"""What lies over or below an eye: a hooding fold, a bag, a tear; and the eye that is shut."""

from services.providers.sketch.colour import blend
from services.providers.sketch.eye_form import Eye
from services.providers.sketch.pen import between, fill, ink, ink_path, patch, point_at, smooth, stroke
from services.providers.sketch.sitter import Sitter


def paint_hood(sitter: Sitter, eye: Eye) -> str:
    """Return the fold of skin that hangs over the outer half of the lid."""
    strength = eye.form.hood
    if strength < 0.05:
        return ""
    skin = sitter.skin
    drop = 5 + 4 * strength
    low = [
        eye.at(-30, -eye.form.upper * 0.78 - 6),
        eye.at(0, -eye.form.upper - 7 + drop * 0.4),
        eye.at(26, -eye.form.upper * 0.8 - 3 + drop * 0.8),
        eye.at(46, -3 + drop * 0.5),
        eye.at(58, 7),
    ]
    high = [p + complex(eye.side * 2, -19) for p in low]
    fold = between(low, high)
    return (
        fill(fold, skin.base, 0.72 * strength)
        + stroke(fold, skin.base, 7, 0.22 * strength)
        + patch(eye.at(16, -eye.form.upper - 11), 46, 12, skin.light, 0.5 * strength)
        + ink(low, skin.deep, 3.8, 0.75 * strength)
    )


def paint_bag(sitter: Sitter, eye: Eye) -> str:
    """Return the swelling below the eye, "" when there is none."""
    strength = min(eye.form.bag, 1.2)
    if strength < 0.04:
        return ""
    skin = sitter.skin
    low = eye.form.lower
    curve = [
        eye.at(-44, 17 + low * 0.4),
        eye.at(-18, 22 + low),
        eye.at(14, 24 + low),
        eye.at(44, 13 + low * 0.5),
    ]
    return (
        patch(eye.at(-2, 14 + low), 42, 10, skin.light, 0.8 * strength)
        + patch(eye.at(-2, 26 + low), 50, 9, skin.shade, 0.7 * strength)
        + ink(curve, skin.deep, 3.6, 0.55 * strength)
    )


def paint_tears(sitter: Sitter, eye: Eye) -> str:
    """Return the tear that runs from a teary eye."""
    if sitter.value("Expression", "Eye") != "teary" or eye.side > 0:
        return ""
    x, y = 18, eye.form.lower + 6
    track = [eye.at(x, y), eye.at(x + 5, y + 34), eye.at(x + 4, y + 66)]
    drop = [eye.at(x + 4, y + 58), eye.at(x + 11, y + 76), eye.at(x + 4, y + 87), eye.at(x - 3, y + 76)]
    return (
        ink(track, "#ffffff", 6, 0.45)
        + fill(smooth(drop, closed=True), "#d4e9f5", 0.75)
        + stroke(smooth(drop, closed=True), sitter.skin.shade, 1.4, 0.7)
        + patch(eye.at(x + 2, y + 73), 3.5, 6, "#ffffff", 1.0)
    )


def paint_shut(sitter: Sitter, eye: Eye) -> str:
    """Return a winking eye: the lids meet in a downward bow."""
    skin = sitter.skin
    dark = blend(sitter.hair.ink, "#0c0808", 0.6)
    half = eye.form.half
    line = [
        eye.at(-half, 6),
        eye.at(-half * 0.5, 9.5),
        eye.at(0, 11),
        eye.at(half * 0.55, 7.5),
        eye.at(half + 4, -2),
    ]
    lashes = []
    for k in range(9):
        root = point_at(line, 1.2 + 2.7 * k / 8)
        lashes.append(
            ink_path(
                [
                    root,
                    root + complex(eye.side * (k - 2) * 0.7, 5),
                    root + complex(eye.side * (k - 2) * 1.7, 8),
                ],
                1.9,
            )
        )
    crease = [eye.at(-30, -9), eye.at(0, -15), eye.at(34, -10), eye.at(52, -2)]
    squint = [eye.at(-30, 20), eye.at(4, 27), eye.at(40, 18)]
    return (
        patch(eye.at(0, -3), 44, 14, skin.light, 0.6)
        + ink(crease, skin.deep, 3.2, 0.6)
        + ink(line, dark, 6.0, 0.95)
        + fill("".join(lashes), dark, 0.85)
        + ink(squint, skin.deep, 3.2, 0.5)
        + "".join(
            [
                ink(
                    [eye.at(56, -6 + 9 * k), eye.at(66, -8 + 12 * k), eye.at(76, -9 + 15 * k)],
                    skin.deep,
                    2.4,
                    0.5,
                )
                for k in range(3)
            ]
        )
    )
