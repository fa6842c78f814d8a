"""What a hairline does to the hair itself: a cowlick that stands up, thin hair that lets the scalp through."""

from services.providers.sketch.colour import blend
from services.providers.sketch.hairline import hairline
from services.providers.sketch.outline import CENTRE_X
from services.providers.sketch.pen import blade, fill
from services.providers.sketch.sitter import Sitter


def _nothing(_sitter: Sitter) -> str:
    return ""


def _cowlick(sitter: Sitter) -> str:
    source, hair, line = sitter.stream("cowlick"), sitter.hair, hairline(sitter)
    dark: list[str] = []
    pale: list[str] = []
    for k in range(26):
        x = CENTRE_X - 74 + 52 * k / 25
        root = complex(x, line.height(x) + source.uniform(-3, 5))
        fan = (k - 8) * 2.6 + source.uniform(-6, 6)
        reach = source.uniform(38, 70)
        tip = root + complex(fan + 16, -reach)
        bow = (root + tip) / 2 - complex(15 - abs(fan) * 0.2, 0)
        (pale if k % 3 == 0 else dark).append(blade(root, bow, tip, source.uniform(5, 10)))
    return fill("".join(dark), blend(hair.body, hair.ink, 0.4), 0.92) + fill(
        "".join(pale), blend(hair.body, hair.light, 0.45), 0.85
    )


def _thinning(sitter: Sitter) -> str:
    source, line = sitter.stream("thinning"), hairline(sitter)
    gaps = []
    for k in range(64):
        x = CENTRE_X - 128 + 256 * (k + source.random()) / 64
        root = complex(x, line.height(x) + 5)
        away = complex((x - CENTRE_X) * 0.22 + source.uniform(-7, 7), -source.uniform(20, 84))
        bow = root + away * 0.5 + source.uniform(-4, 4)
        gaps.append(blade(root, bow, root + away, source.uniform(2.5, 5.5)))
    return fill("".join(gaps), blend(sitter.skin.base, sitter.skin.shade, 0.35), 0.42)


def paint_hairline(sitter: Sitter) -> str:
    """Return the marks of a cowlicked or thinning hairline, to be laid over the hair; "" for the others."""
    value = sitter.value("Shape", "Hairline")
    if sitter.value("Hair", "Hair Length") in {"bald", "buzzed"}:
        return ""
    return {"cowlicked": _cowlick, "thinning": _thinning}.get(value, _nothing)(sitter)
