"""Colours as "#rrggbb" text, and the palettes of skin, hair, iris and cloth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SKIN_TONES: Final[Mapping[str, str]] = {
    "very fair": "#fbe6da",
    "fair": "#f6d8c4",
    "light": "#efc8ac",
    "beige": "#e5b894",
    "medium": "#d6a47c",
    "olive": "#c49a6c",
    "tan": "#b98458",
    "bronze": "#a26d45",
    "brown": "#855438",
    "deep brown": "#633d2a",
    "very deep": "#452a20",
}
UNDERTONES: Final[Mapping[str, tuple[int, int, int]]] = {
    # what is added to red, green and blue of a light skin; dark skin takes about half
    "warm": (5, 0, -12),
    "cool": (-7, -5, 9),
    "neutral": (-2, -2, 0),
    "golden": (5, 2, -22),
    "peach": (11, -3, -2),
    "pink": (7, -13, 2),
    "olive": (-12, 0, -15),
    "red": (6, -16, -12),
    "copper": (1, -9, -25),
    "blue": (-17, -8, 8),
}
HAIR_COLOURS: Final[Mapping[str, tuple[str, str, str]]] = {
    # shadow, body, light
    "black": ("#0f0d10", "#231f22", "#5b5660"),
    "dark brown": ("#1e120d", "#3c271c", "#79543c"),
    "chestnut": ("#32170d", "#5f3220", "#a5633f"),
    "light brown": ("#46301f", "#7d5a3c", "#bd946a"),
    "auburn": ("#3f120b", "#77291a", "#bb5d3c"),
    "red": ("#6b2209", "#b04a18", "#e98a48"),
    "strawberry blond": ("#8a5028", "#c98850", "#f0c08e"),
    "golden blond": ("#85622a", "#c79c50", "#f0d492"),
    "platinum blond": ("#a08e6c", "#dccdaa", "#fbf4df"),
    "gray": ("#50535a", "#898c93", "#c4c7cc"),
    "white": ("#8f949c", "#d3d6da", "#fcfcfd"),
    "salt-and-pepper": ("#2a2a2e", "#57575c", "#dcdde0"),
}
IRISES: Final[Mapping[str, tuple[str, str]]] = {
    # rim, heart
    "brown": ("#3b1f10", "#8a5228"),
    "near-black": ("#120b09", "#35221a"),
    "amber": ("#7a3f08", "#e09a28"),
    "hazel": ("#4a4a1e", "#a9773a"),
    "green": ("#23482a", "#6c9f58"),
    "teal": ("#0c4a52", "#35a8a4"),
    "blue": ("#173a74", "#4f8fd6"),
    "ice-blue": ("#4d86ac", "#bfe4f6"),
    "steel-gray": ("#3a444e", "#93a1ad"),
    "violet": ("#3c2470", "#8f6bd0"),
    "mismatched": ("#173a74", "#4f8fd6"),
}
MISMATCHED_PARTNER: Final = "brown"
CLOTHS: Final = (
    "#5d7285",
    "#7d8a6a",
    "#8d5f5a",
    "#6a6680",
    "#4d5b66",
    "#a08a6c",
    "#54706c",
    "#93707c",
    "#3f4a5c",
)


@dataclass(frozen=True, slots=True)
class SkinPalette:
    """Colours of skin: `light` on lit planes, `shade` in form shadow, `deep` for creases and ink; `luma` is 0..1."""

    base: str
    light: str
    shade: str
    deep: str
    blush: str
    lip: str
    luma: float


@dataclass(frozen=True, slots=True)
class HairPalette:
    """Colours of hair from dark to light; `ink` draws the gaps between strands."""

    ink: str
    body: str
    light: str


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _shifted(colour: str, amounts: tuple[int, int, int], share: float) -> str:
    return _hex(
        [channel + amount * share for channel, amount in zip(_channels(colour), amounts, strict=True)]
    )


def _hex(channels: list[float]) -> str:
    red, green, blue = (min(255, max(0, round(channel))) for channel in channels)
    return f"#{red:02x}{green:02x}{blue:02x}"


def blend(a: str, b: str, share: float) -> str:
    """Return the colour `share` of the way from a to b, channel by channel."""
    return _hex([x + (y - x) * share for x, y in zip(_channels(a), _channels(b), strict=True)])


def luma(colour: str) -> float:
    """Return how light a colour is, 0..1. *Source:* ITU-R BT.601 weights."""
    red, green, blue = _channels(colour)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def scale(colour: str, factor: float) -> str:
    """Return the colour with every channel multiplied."""
    return _hex([channel * factor for channel in _channels(colour)])


def skin_palette(tone: str, undertone: str, pallor: float) -> SkinPalette:
    """Return the palette of a tone of `SKIN_TONES`; `pallor` 0..1 greys it as age does."""
    tone_colour = SKIN_TONES[tone]
    darkness = 1 - luma(tone_colour)
    tinted = _shifted(tone_colour, UNDERTONES.get(undertone, (0, 0, 0)), 1.1 - 0.65 * darkness)
    base = blend(tinted, "#a8a39c", pallor * (0.5 - 0.25 * darkness))
    warm_dark = blend("#9a4a34", "#1c0c0a", darkness**0.75)
    shade = blend(scale(base, 0.78), warm_dark, 0.30)
    deep = blend(scale(base, 0.42), blend("#5c241c", "#0d0505", darkness), 0.5)
    return SkinPalette(
        base=base,
        light=blend(base, blend("#fffaf0", "#e8b48c", darkness * 0.75), 0.46 - 0.10 * darkness),
        shade=shade,
        deep=deep,
        blush=blend(base, blend("#e2504c", "#8a2418", darkness), 0.55),
        lip=blend(base, blend("#c2474e", "#6e2630", darkness), 0.56 - 0.08 * darkness),
        luma=luma(base),
    )


def hair_palette(name: str) -> HairPalette:
    """Return the palette of a colour of `HAIR_COLOURS`."""
    return HairPalette(*HAIR_COLOURS[name])
