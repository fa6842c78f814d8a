"""Hair by length and texture: what falls behind the neck, and what lies over the head."""

from services.providers.sketch.colour import blend
from services.providers.sketch.crops import paint_buzz, paint_crop, paint_short
from services.providers.sketch.drape import END_Y, Drape, drapes, part_x
from services.providers.sketch.hairline import hairline
from services.providers.sketch.pen import fill, ink, linear_gradient, patch, smooth, soft_edge, stroke
from services.providers.sketch.ropes import paint_hanging, paint_ropes
from services.providers.sketch.sitter import Sitter
from services.providers.sketch.spirals import coil_volume, paint_coils, paint_curls
from services.providers.sketch.strands import MANNERS, Manner, paint_strands, softened

_ROPES = ("braided", "cornrowed", "locs", "twists")
_CLOSE = {"buzzed": paint_buzz, "close-cropped": paint_crop, "short": paint_short}


def _manner(texture: str, end_y: float) -> Manner:
    return softened(MANNERS.get(texture, MANNERS["wavy"]), end_y)


def _fall(sitter: Sitter) -> tuple[Drape, Drape]:
    texture = sitter.value("Hair", "Hair Texture")
    end_y = END_Y[sitter.value("Hair", "Hair Length")]
    manner = _manner(texture, end_y)
    if texture in {"curly", "coily"}:
        volume = coil_volume(texture, end_y)
        return drapes(
            sitter,
            volume=volume,
            end_y=end_y,
            wave=manner.wave,
            flare=volume * (0.35 if texture == "curly" else 0.12),
        )
    return drapes(sitter, volume=manner.volume, end_y=end_y, wave=manner.wave, flare=manner.flare)


def _side(sitter: Sitter, drape: Drape, texture: str) -> str:
    if texture == "curly":
        return paint_curls(sitter, drape)
    if texture == "coily":
        return paint_coils(sitter, drape)
    return paint_strands(sitter, drape, _manner(texture, drape.end_y))


def _behind(sitter: Sitter, left: Drape, right: Drape) -> str:
    hair = sitter.hair
    edge_left, edge_right = left.curve(0.72, 0.58), right.curve(0.72, 0.58)
    tips = [
        edge_left[-1] + (edge_right[-1] - edge_left[-1]) * k / 8 + 1j * (7 if k % 2 else -6)
        for k in range(1, 8)
    ]
    path = smooth([*edge_left[6:], *tips, *edge_right[:5:-1]]) + "Z"
    wash = linear_gradient(
        "behind",
        complex(512, 480),
        complex(512, min(left.end_y, 1000)),
        [
            (0, hair.ink, 1.0),
            (60, blend(hair.ink, hair.body, 0.35), 1.0),
            (100, blend(hair.ink, hair.body, 0.75), 1.0),
        ],
    )
    strands = []
    for k in range(22):
        share = (k + 0.5) / 22
        a, b = edge_left, edge_right
        strands.append(smooth([a[j] + (b[j] - a[j]) * share for j in (8, 11, 14, 16)]))
    return wash + fill(path, "url(#behind)") + stroke("".join(strands), hair.body, 2.0, 0.45)


def _cast_shadow(sitter: Sitter, drape: Drape) -> str:
    edge = [p + complex(-drape.side * 7, 6) for p in drape.curve(0.0) if p.imag < 470]
    return soft_edge(smooth(edge), sitter.skin.shade, (34, 22, 12), 0.15)


def _parting(sitter: Sitter) -> str:
    x = part_x(sitter)
    y = hairline(sitter).height(x)
    line = [complex(x, y + 2), complex(x + 1, y - 26), complex(x, y - 64)]
    return ink(line, sitter.skin.shade, 4.5, 0.75) + ink([p + 2.5 for p in line], sitter.hair.ink, 3, 0.5)


def _crown_light(sitter: Sitter) -> str:
    return patch(complex(424, 196), 92, 46, sitter.hair.light, 0.24, -30) + patch(
        complex(330, 420), 30, 120, sitter.hair.light, 0.12, 4
    )


def _scalp(sitter: Sitter) -> str:
    return (
        patch(complex(446, 208), 84, 46, sitter.skin.light, 0.75, -18)
        + patch(complex(440, 200), 34, 16, "#ffffff", 0.40, -22)
        + patch(complex(600, 196), 46, 20, sitter.skin.light, 0.25, 24)
    )


def covers_ears(sitter: Sitter) -> bool:
    """Return whether the hair hangs over the ears."""
    length, texture = sitter.value("Hair", "Hair Length"), sitter.value("Hair", "Hair Texture")
    return length in END_Y and length not in _CLOSE and texture not in {"braided", "cornrowed"}


def paint_back_hair(sitter: Sitter) -> str:
    """Return what hangs behind neck and shoulders; nothing for short hair."""
    length, texture = sitter.value("Hair", "Hair Length"), sitter.value("Hair", "Hair Texture")
    if length not in END_Y or END_Y[length] < 500:
        return ""
    if texture in _ROPES:
        return "" if END_Y[length] < 600 else paint_hanging(sitter, texture, END_Y[length])
    return _behind(sitter, *_fall(sitter))


def paint_front_hair(sitter: Sitter) -> str:
    """Return the hair over the head with the shadow that it casts on the face."""
    length, texture = sitter.value("Hair", "Hair Length"), sitter.value("Hair", "Hair Texture")
    if length == "bald":
        return _scalp(sitter)
    if length in _CLOSE:
        return _CLOSE[length](sitter, texture)
    if texture in _ROPES:
        return paint_ropes(sitter, texture, END_Y[length])
    left, right = _fall(sitter)
    cast = _cast_shadow(sitter, left) + _cast_shadow(sitter, right)
    locks = _side(sitter, right, texture) + _side(sitter, left, texture)
    if texture in {"curly", "coily"}:
        return cast + locks
    return cast + locks + _parting(sitter) + _crown_light(sitter)
