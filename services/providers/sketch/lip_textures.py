"""Textures of lips: marks laid over the painted lips."""

from collections.abc import Callable, Mapping
from typing import Final

from services.providers.sketch.colour import blend
from services.providers.sketch.mouth import Mouth
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import between, blade, dot, fill, ink, patch, point_at
from services.providers.sketch.sitter import Sitter


def _middle(mouth: Mouth) -> complex:
    """Return the middle of the lower lip."""
    return (mouth.lower_edge[3] + mouth.bottom[3]) / 2


def _moist(_sitter: Sitter, mouth: Mouth) -> str:
    middle, low = _middle(mouth), mouth.form.lower
    shine = [middle + complex(-30, -2), middle + complex(-12, low * 0.16), middle + complex(12, low * 0.14)]
    glint = [mouth.top[2] + complex(-5, 5), mouth.top[2] + complex(8, 4)]
    wet = patch(middle - 10, 40, low * 0.45, "#ffffff", 0.45)
    return ink(shine, "#ffffff", low * 0.26, 0.9) + wet + ink(glint, "#ffffff", 3, 0.75)


def _satiny(_sitter: Sitter, mouth: Mouth) -> str:
    below = patch(
        _middle(mouth) + complex(-8, 1), mouth.form.half * 0.62, mouth.form.lower * 0.34, "#fff2f0", 0.62
    )
    return below + patch(mouth.top[2] + 5j, 22, 5, "#fff2f0", 0.4)


def _smooth(sitter: Sitter, mouth: Mouth) -> str:
    even = fill(between(mouth.lower_edge, mouth.bottom), blend(sitter.skin.lip, sitter.skin.light, 0.3), 0.45)
    return even + patch(_middle(mouth) - 6, mouth.form.half * 0.4, mouth.form.lower * 0.3, _pale(sitter), 0.5)


def _matte(sitter: Sitter, mouth: Mouth) -> str:
    flat = blend(sitter.skin.lip, sitter.skin.deep, 0.20)
    below = fill(between(mouth.lower_edge, mouth.bottom), flat, 0.88)
    return below + fill(between(mouth.top, mouth.upper_edge), flat, 0.6)


def _bitten(sitter: Sitter, mouth: Mouth) -> str:
    middle, low, half = _middle(mouth), mouth.form.lower, mouth.form.half
    flush = blend(sitter.skin.lip, "#a01020", 0.75)
    dent = [
        middle + complex(-9, -low * 0.3),
        middle + complex(0, -low * 0.16),
        middle + complex(10, -low * 0.3),
    ]
    below = patch(middle + complex(6, -low * 0.2), half * 0.5, low * 0.5, flush, 0.95)
    return below + patch(mouth.top[3] + 6j, half * 0.4, 9, flush, 0.7) + ink(dent, _dark(sitter), 3, 0.6)


def _dry(sitter: Sitter, mouth: Mouth) -> str:
    veil = fill(between(mouth.lower_edge, mouth.bottom), "#d8b4a8", 0.30)
    return veil + fill("".join(_lines(sitter, mouth, count=20, width=2.4)), _pale(sitter), 0.62)


def _cracked(sitter: Sitter, mouth: Mouth) -> str:
    lines = _lines(sitter, mouth, count=9, width=3.4, upper=False)
    return fill("".join(lines), _dark(sitter), 0.85) + fill("".join(lines[::2]), "#7c1218", 0.6)


def _finely_lined(sitter: Sitter, mouth: Mouth) -> str:
    return fill("".join(_lines(sitter, mouth, count=26, width=1.4)), _dark(sitter), 0.5)


def _lines(sitter: Sitter, mouth: Mouth, *, count: int, width: float, upper: bool = True) -> list[str]:
    source = sitter.stream("lip lines")
    marks = []
    for k in range(count):
        share = 0.8 + 4.4 * (k + source.random()) / count
        top, bottom = point_at(mouth.lower_edge, share), point_at(mouth.bottom, share)
        tall, lean = bottom - top, complex((share - 3) * 1.6 + source.uniform(-2, 2), 0)
        middle = (top + bottom) / 2 + source.uniform(-2.5, 2.5)
        marks.append(
            blade(top + tall * 0.08, middle, bottom - tall * source.uniform(0.05, 0.4) + lean, width)
        )
        if upper and k % 2:
            high, edge = point_at(mouth.top, share), point_at(mouth.upper_edge, share)
            marks.append(blade(high + (edge - high) * 0.3, (high + edge) / 2, edge, width * 0.8))
    return marks


def _pale(sitter: Sitter) -> str:
    return blend(sitter.skin.lip, "#fff4ea", 0.7)


def _dark(sitter: Sitter) -> str:
    return blend(sitter.skin.lip, sitter.skin.deep, 0.75)


def _freckles(sitter: Sitter, mouth: Mouth) -> str:
    source = sitter.stream("lip freckles")
    brown = blend(sitter.skin.deep, "#6e3a20", 0.4)
    spots = []
    for _ in range(17):
        x = source.uniform(-0.8, 0.8)
        share = 3 + x * 3
        top, bottom = point_at(mouth.top, share), point_at(mouth.bottom, share)
        place = top + (bottom - top) * source.uniform(0.12, 0.9)
        spots.append(
            dot(complex(CENTRE_X + x * mouth.form.half, place.imag), source.uniform(1.1, 2.2), brown, 0.75)
        )
    return "".join(spots)


_PAINTERS: Final[Mapping[str, Callable[[Sitter, Mouth], str]]] = {
    "dry": _dry,
    "moist": _moist,
    "smooth": _smooth,
    "matte": _matte,
    "cracked": _cracked,
    "finely lined": _finely_lined,
    "bitten": _bitten,
    "freckled": _freckles,
    "satiny": _satiny,
}


def paint_lip_texture(sitter: Sitter, mouth: Mouth) -> str:
    """Return the marks of the lips' texture value, "" for none."""
    painter = _PAINTERS.get(sitter.value("Texture & Features", "Lips"))
    return painter(sitter, mouth) if painter else ""
