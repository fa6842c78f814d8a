"""An iris: dark ring, fibres, pupil and two lights on the lit side."""

from typing import Final, NamedTuple

from services.providers.sketch.colour import IRISES, MISMATCHED_PARTNER, blend, luma
from services.providers.sketch.pen import dot, patch, polyline, radial_gradient, stroke
from services.providers.sketch.sitter import Sitter

_SPOKES: Final = (
    # cosine and sine of 24 directions, written out so that no platform's rounding enters
    (1.0, 0.0), (0.966, 0.259), (0.866, 0.5), (0.707, 0.707), (0.5, 0.866), (0.259, 0.966),
    (0.0, 1.0), (-0.259, 0.966), (-0.5, 0.866), (-0.707, 0.707), (-0.866, 0.5), (-0.966, 0.259),
    (-1.0, 0.0), (-0.966, -0.259), (-0.866, -0.5), (-0.707, -0.707), (-0.5, -0.866), (-0.259, -0.966),
    (0.0, -1.0), (0.259, -0.966), (0.5, -0.866), (0.707, -0.707), (0.866, -0.5), (0.966, -0.259),
)  # fmt: skip


class Gaze(NamedTuple):
    """Where the iris is, its radius in px and how much it shines, 0..1."""

    centre: complex
    radius: float
    sparkle: float


def _stars(centre: complex, radius: float) -> str:
    return dot(centre + radius * complex(-0.06, -0.62), radius * 0.12, "#ffffff", 0.9) + dot(
        centre + radius * complex(-0.55, 0.2), radius * 0.1, "#ffffff", 0.8
    )


def paint_iris(sitter: Sitter, name: str, side: int, gaze: Gaze) -> str:
    """Return the iris of colour `name`; with "mismatched" the viewer's right eye has the partner's colour."""
    rim, heart = IRISES[MISMATCHED_PARTNER if name == "mismatched" and side > 0 else name]
    centre, radius = gaze.centre, gaze.radius
    source = sitter.stream(f"iris {side}")
    bright = blend(heart, "#ffffff", 0.22 if luma(heart) > 0.25 else 0.14)
    tint = radial_gradient(
        f"iris{side}",
        centre + 1j * radius * 0.25,
        radius,
        [
            (0, bright, 1.0),
            (42, bright, 1.0),
            (66, heart, 1.0),
            (88, rim, 1.0),
            (100, blend(rim, "#000000", 0.4), 1.0),
        ],
    )
    pale: list[str] = []
    dark: list[str] = []
    for k, (x, y) in enumerate(_SPOKES):
        spoke = complex(x, y) * radius
        line = polyline(
            [centre + spoke * source.uniform(0.42, 0.5), centre + spoke * source.uniform(0.66, 0.92)]
        )
        (dark if k % 2 else pale).append(line)
    glow = 1.0 + 0.5 * gaze.sparkle
    return "".join(
        [
            tint,
            dot(centre, radius, f"url(#iris{side})"),
            stroke("".join(pale), blend(bright, "#ffffff", 0.3), 1.1, 0.55),
            stroke("".join(dark), rim, 1.1, 0.6),
            patch(
                centre + radius * 0.42j,
                radius * 0.72,
                radius * 0.42,
                blend(heart, "#ffffff", 0.55),
                0.5 * glow,
            ),
            dot(centre, radius * 0.42, "#0a0708", 0.97),
            dot(centre + radius * complex(-0.36, -0.36), radius * 0.21 * glow, "#ffffff", 0.96),
            dot(centre + radius * complex(0.34, 0.42), radius * 0.10 * glow, "#ffffff", 0.7),
            _stars(centre, radius) if gaze.sparkle > 0.9 else "",
        ]
    )
