"""The colour of the cheeks: rosy, sallow, wind-chapped and so on."""

from collections.abc import Callable, Mapping
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import dot, hair_mark, patch, stroke, tick
from services.providers.sketch.sitter import Sitter

_APPLES: Final = ((-1, complex(CENTRE_X - 110, 512)), (1, complex(CENTRE_X + 110, 512)))


def _wash(
    sitter: Sitter, hue: str, *, alpha: float, rx: float = 66, ry: float = 50, keep: float = 0.35
) -> str:
    """Return a patch of colour on both cheeks; `keep` is how much of the skin's own colour stays in it."""
    colour = blend(hue, sitter.skin.base, keep)
    return "".join([patch(centre, rx, ry, colour, alpha, side * -12) for side, centre in _APPLES])


def _rosy(sitter: Sitter) -> str:
    return _wash(sitter, _red(sitter), alpha=0.58, rx=64, ry=46)


def _red(sitter: Sitter) -> str:
    return blend("#e8405a", "#a02c28", 1 - sitter.skin.luma)


def _pale(sitter: Sitter) -> str:
    return _wash(
        sitter,
        blend("#fbf1ea", sitter.skin.light, 0.35 + 0.6 * (1 - sitter.skin.luma)),
        alpha=0.85,
        rx=84,
        ry=72,
        keep=0.15,
    )


def _ruddy(sitter: Sitter) -> str:
    colour = blend("#cc3a28", sitter.skin.base, 0.40)
    return _wash(sitter, "#cc3a28", alpha=0.56, rx=92, ry=72, keep=0.40) + patch(
        complex(CENTRE_X, 520), 42, 40, colour, 0.36
    )


def _sun_kissed(sitter: Sitter) -> str:
    colour = blend("#b4622a", sitter.skin.base, 0.42)
    bridge = patch(complex(CENTRE_X, 488), 96, 34, colour, 0.5)
    source = sitter.stream("sun")
    spots = [
        dot(
            complex(CENTRE_X + source.uniform(-140, 140), 480 + source.uniform(-22, 32)),
            source.uniform(0.9, 1.8),
            blend(colour, sitter.skin.deep, 0.4),
            0.5,
        )
        for _ in range(26)
    ]
    return (
        _wash(sitter, "#b4622a", alpha=0.55, rx=86, ry=52, keep=0.42)
        + bridge
        + patch(complex(CENTRE_X - 20, 300), 110, 46, colour, 0.4)
        + "".join(spots)
    )


def _glowing(sitter: Sitter) -> str:
    gold = blend("#fff0d2", sitter.skin.light, 0.3 + 0.6 * (1 - sitter.skin.luma))
    spark = blend("#ffffff", gold, 1 - sitter.skin.luma)
    marks = [
        patch(complex(CENTRE_X + side * 118, 478), 64, 26, gold, 1.0, side * -18)
        + patch(complex(CENTRE_X + side * 126, 470), 34, 10, spark, 0.7, side * -20)
        for side in (-1, 1)
    ]
    return _wash(sitter, "#f08a70", alpha=0.45) + "".join(marks)


def _blotchy(sitter: Sitter) -> str:
    source, colour = sitter.stream("blotches"), blend(_red(sitter), sitter.skin.base, 0.25)
    marks = []
    for side, centre in _APPLES:
        for _ in range(11):
            place = centre + complex(source.uniform(-58, 56) * side, source.uniform(-50, 62))
            marks.append(
                patch(
                    place,
                    source.uniform(15, 32),
                    source.uniform(11, 22),
                    colour,
                    source.uniform(0.26, 0.46),
                    source.uniform(-40, 40),
                )
            )
    return "".join(marks)


def _wind_chapped(sitter: Sitter) -> str:
    source, colour = sitter.stream("wind"), blend("#d8402e", sitter.skin.base, 0.25)
    scratches = []
    for side, centre in _APPLES:
        for _ in range(34):
            start = centre + complex(source.uniform(-62, 60) * side, source.uniform(-40, 42))
            scratches.append(tick(start, source.uniform(6, 14) * side, source.uniform(-3, 4)))
    pale = stroke("".join(scratches[::2]), blend(sitter.skin.light, "#ffffff", 0.3), 1.6, 0.6)
    return (
        _wash(sitter, "#d8402e", alpha=0.62, rx=80, ry=40, keep=0.35)
        + pale
        + stroke("".join(scratches[1::2]), colour, 1.8, 0.7)
    )


def _sallow(sitter: Sitter) -> str:
    return _wash(sitter, "#b8a428", alpha=0.42, rx=100, ry=84, keep=0.45) + patch(
        complex(CENTRE_X, 600), 110, 70, blend("#b8a428", sitter.skin.base, 0.5), 0.35
    )


def _thread_veined(sitter: Sitter) -> str:
    source = sitter.stream("veins")
    marks = []
    for side, centre in _APPLES:
        for _ in range(14):
            here = centre + complex(source.uniform(-54, 44) * side, source.uniform(-36, 40))
            for _ in range(3):
                bend = here + complex(source.uniform(2, 8) * side, source.uniform(-6, 6))
                end = here + complex(source.uniform(6, 13) * side, source.uniform(-7, 8))
                marks.append(hair_mark(here, bend, end))
                here = end
    return _wash(sitter, _red(sitter), alpha=0.40, keep=0.3) + stroke(
        "".join(marks), blend("#a81c34", sitter.skin.deep, 0.35 * (1 - sitter.skin.luma)), 1.3, 0.55
    )


def _shadowed(sitter: Sitter) -> str:
    return "".join(
        [
            patch(complex(CENTRE_X + side * 134, 538), 50, 82, sitter.skin.deep, 0.36, side * 14)
            for side in (-1, 1)
        ]
    )


_PAINTERS: Final[Mapping[str, Callable[[Sitter], str]]] = {
    "rosy": _rosy,
    "pale": _pale,
    "ruddy": _ruddy,
    "sun-kissed": _sun_kissed,
    "glowing": _glowing,
    "blotchy": _blotchy,
    "wind-chapped": _wind_chapped,
    "sallow": _sallow,
    "thread-veined": _thread_veined,
    "shadowed": _shadowed,
}


def paint_complexion(sitter: Sitter) -> str:
    """Return the colour on the cheeks, "" when the face names none."""
    painter = _PAINTERS.get(sitter.value("Texture & Features", "Cheek"))
    return painter(sitter) if painter else ""
