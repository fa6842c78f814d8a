"""Draws a stylised bust out of gradients and shapes: which one follows from a random stream and from a few words.

Coordinates are parts of the stage's side, 0 to 1, origin at the upper left.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

HAIR: Mapping[str, Colour] = {
    "black": (34, 29, 32),
    "brown": (88, 56, 40),
    "auburn": (126, 52, 34),
    "red": (168, 62, 30),
    "blond": (214, 172, 104),
    "grey": (156, 156, 160),
    "gray": (156, 156, 160),
    "white": (224, 221, 216),
    "blue": (58, 92, 158),
    "green": (58, 122, 92),
    "pink": (206, 104, 142),
}
EYES: Mapping[str, Colour] = {
    "brown": (92, 58, 34),
    "blue": (62, 118, 176),
    "green": (70, 128, 86),
    "hazel": (128, 98, 52),
    "grey": (112, 126, 138),
    "gray": (112, 126, 138),
    "amber": (176, 112, 36),
}
SKIN: Mapping[str, Colour] = {
    "fair": (244, 212, 192),
    "pale": (246, 220, 204),
    "light": (236, 198, 172),
    "medium": (212, 160, 124),
    "olive": (196, 156, 112),
    "tan": (194, 138, 98),
    "brown": (142, 92, 62),
    "dark": (104, 66, 48),
    "deep": (84, 54, 42),
}
GROUNDS: Sequence[tuple[Colour, Colour]] = (
    ((28, 52, 92), (238, 178, 132)),
    ((18, 72, 78), (222, 206, 166)),
    ((72, 40, 84), (240, 160, 150)),
    ((36, 66, 54), (226, 204, 150)),
    ((88, 46, 44), (240, 200, 160)),
    ((44, 50, 70), (172, 196, 214)),
    ((110, 74, 34), (244, 218, 166)),
    ((30, 42, 58), (206, 148, 172)),
)
STYLES = ("short", "long", "bob", "bun", "curls")


@dataclass(frozen=True, slots=True)
class Person:
    """What the bust looks like; lengths are parts of the stage's side."""

    skin: Colour
    hair: Colour
    eyes: Colour
    cloth: Colour
    ground: tuple[Colour, Colour]
    style: str
    face_width: float
    face_height: float
    jaw: float
    smile: float
    brow: float
    eye_size: float
    eye_gap: float
    nose: float
    lips: float
    parting: float
    has_freckles: bool


def _named(prompt: str, thing: str, colours: Mapping[str, Colour], dice: Random) -> Colour:
    """Return the colour that a prompt names beside a thing ("red curly hair"), else one by chance."""
    chance = colours[dice.choice(sorted(colours)[: len(colours)])]
    for name, colour in colours.items():
        near = rf"\b{name}\w*\b[\w\s-]{{0,24}}\b{thing}|\b{thing}\w*\W+(?:\w+\W+){{0,2}}?{name}"
        if re.search(near, prompt):
            return colour
    return chance


def person_of(prompt: str, dice: Random, tints: Sequence[Colour]) -> Person:
    """Return who is painted; `tints` are the references' colours and take over ground and clothes."""
    words = prompt.lower()
    natural = {name: HAIR[name] for name in ("black", "brown", "auburn", "red", "blond", "grey")}
    hair = _named(words, "hair", natural, dice)
    odd = [colour for name, colour in HAIR.items() if re.search(rf"\b{name}\w*\s+(?:\w+\s+)?hair", words)]
    ground = dice.choice(GROUNDS)
    cloth = mixed(ground[0], (dice.randrange(256), dice.randrange(256), dice.randrange(256)), 0.45)
    if tints:
        ground = (mixed(tints[0], (10, 12, 20), 0.35), mixed(tints[-1], (255, 250, 240), 0.25))
        cloth = tints[0]
    return Person(
        skin=_named(words, "skin", SKIN, dice),
        hair=odd[0] if odd else hair,
        eyes=_named(words, "eye", EYES, dice),
        cloth=cloth,
        ground=ground,
        style=_style(words, dice),
        face_width=dice.uniform(0.165, 0.195),
        face_height=dice.uniform(0.225, 0.255),
        jaw=dice.uniform(0.02, 0.3),
        smile=dice.uniform(-0.2, 1.0) if "smil" not in words else 1.1,
        brow=dice.uniform(-0.6, 0.8),
        eye_size=dice.uniform(0.9, 1.15),
        eye_gap=dice.uniform(0.078, 0.09),
        nose=dice.uniform(0.85, 1.2),
        lips=dice.uniform(0.75, 1.3),
        parting=dice.uniform(-0.6, 0.6),
        has_freckles="freckle" in words or dice.random() < 0.15,
    )


def _style(words: str, dice: Random) -> str:
    chosen = dice.choice(STYLES)
    named = {"curl": "curls", "long hair": "long", "short hair": "short", "bun": "bun", "bob": "bob"}
    return next((style for word, style in named.items() if word in words), chosen)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; `share` is how much of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@cache
def _glow() -> Image.Image:
    """Return a mask that is full in the middle and fades to nothing at the rim."""
    faded: Image.Image = ImageChops.invert(Image.radial_gradient("L"))
    return faded.point([max(0, (value - 74) * 255 // 181) for value in range(256)])


class Stage:
    """A picture to draw on. Lengths are parts of `side` (px), a square in the middle of its lower edge."""

    def __init__(self, size: tuple[int, int], ground: tuple[Colour, Colour]) -> None:
        self.side = min(size)
        self._left, self._top = (size[0] - self.side) // 2, size[1] - self.side
        fall = Image.linear_gradient("L").resize(size)
        self.image = Image.composite(
            Image.new("RGB", size, ground[1]), Image.new("RGB", size, ground[0]), fall
        )
        self._draw = ImageDraw.Draw(self.image)

    def _place(self, x: float, y: float) -> Point:
        return self._left + x * self.side, self._top + y * self.side

    def _box(self, x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
        across, down = self._place(x - width, y - height)
        left, top = round(across), round(down)
        return (
            left,
            top,
            left + max(round(2 * width * self.side), 1),
            top + max(round(2 * height * self.side), 1),
        )

    def oval(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill an ellipse by its centre and half axes."""
        self._draw.ellipse(self._box(x, y, width, height), fill=colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._place(x, y) for x, y in points], fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round joints."""
        self._draw.line(
            [self._place(x, y) for x, y in points],
            fill=colour,
            width=max(round(width * self.side), 1),
            joint="curve",
        )

    def soft(self, x: float, y: float, half: tuple[float, float], colour: Colour, *, share: float) -> None:
        """Lay a soft patch over what is there; `half` are its half axes, `share` its strength in the middle."""
        box = self._box(x, y, *half)
        size = (box[2] - box[0], box[3] - box[1])
        mask = _glow().point([round(value * share) for value in range(256)]).resize(size)
        self.image.paste(colour, box, mask)


def arc(centre: Point, half: Point, start: float, end: float, steps: int = 24) -> list[Point]:
    """Return points on an ellipse; angles in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [
        (centre[0] + half[0] * math.cos(angle), centre[1] + half[1] * math.sin(angle)) for angle in angles
    ]
