"""Puts a person on the stage, from the back to the front."""

import math
from random import Random

from PIL import Image, ImageFilter

from playground.providers.portrait import Colour, Person, Point, Stage, arc, mixed

X = 0.5
"""The middle of the face, across."""
Y = 0.42
"""The middle of the face, down."""
_WHITE: Colour = (250, 247, 242)
_NIGHT: Colour = (22, 18, 26)


def _dusk(skin: Colour) -> Colour:
    """Return what a skin is in the shade: darker and redder."""
    return round(skin[0] * 0.42), round(skin[1] * 0.22), round(skin[2] * 0.26)


def bust(person: Person, dice: Random, size: tuple[int, int]) -> Image.Image:
    """Return the portrait, width and height in px; in a wide or tall one the bust stands at the lower edge."""
    stage = Stage(size, person.ground)
    _scene(stage, person, dice)
    _hair_behind(stage, person, dice)
    _body(stage, person)
    _head(stage, person)
    _shades(stage, person, dice)
    for turn in (-1, 1):
        _eye(stage, person, turn)
    _nose(stage, person)
    _mouth(stage, person)
    _hair_in_front(stage, person, dice)
    # Pillow's shapes have hard edges: half a pixel of blur is the cheapest cure.
    return stage.image.filter(ImageFilter.GaussianBlur(stage.side / 900))


def _scene(stage: Stage, person: Person, dice: Random) -> None:
    """Draw a low sun behind the head and some drifting lights."""
    sun = mixed(person.ground[1], _WHITE, 0.45)
    stage.soft(X + dice.uniform(-0.1, 0.1), 0.4, (0.62, 0.62), sun, share=0.75)
    x, y, size = dice.uniform(0.2, 0.8), dice.uniform(0.2, 0.34), dice.uniform(0.2, 0.28)
    stage.oval(x, y, size, size, mixed(person.ground[1], sun, 0.55))
    for _ in range(7):
        size = dice.uniform(0.02, 0.09)
        stage.soft(dice.random(), dice.uniform(0, 0.8), (size, size), sun, share=dice.uniform(0.15, 0.4))


def _hair_behind(stage: Stage, person: Person, dice: Random) -> None:
    dark = mixed(person.hair, _NIGHT, 0.45)
    width, height = person.face_width, person.face_height
    if person.style in ("long", "bob"):
        low = Y + (0.52 if person.style == "long" else 0.25)
        sides = [(X + width * 1.42, low - 0.04), (X + width * 1.3, low), (X - width * 1.3, low)]
        crown = arc((X, Y - 0.03), (width * 1.28, height * 1.12), 180, 360)
        stage.shape([*crown, *sides, (X - width * 1.42, low - 0.04)], dark)
        for turn in (-1, 1):
            stage.soft(X + turn * width * 1.2, Y + 0.12, (0.04, 0.22), person.hair, share=0.7)
    if person.style == "bun":
        stage.oval(X, Y - height * 1.28, 0.085, 0.08, dark)
        stage.soft(X - 0.02, Y - height * 1.32, (0.06, 0.05), mixed(person.hair, _WHITE, 0.3), share=0.5)
    if person.style == "curls":
        for step in range(26):
            angle = math.radians(150 + step * 9.2)
            x, y = X + width * 1.3 * math.cos(angle), Y - 0.02 + height * 1.12 * math.sin(angle)
            size = dice.uniform(0.05, 0.075)
            stage.oval(x, y, size, size, mixed(dark, person.hair, dice.random() * 0.6))


def _body(stage: Stage, person: Person) -> None:
    shade = mixed(person.skin, _dusk(person.skin), 0.55)
    shadow = mixed(person.cloth, _NIGHT, 0.4)
    stage.shape([*arc((X, 1.06), (0.43, 0.36), 180, 360), (0.95, 1.1), (0.05, 1.1)], person.cloth)
    stage.soft(0.86, 1.0, (0.3, 0.3), shadow, share=0.8)
    stage.soft(0.28, 0.84, (0.2, 0.14), mixed(person.cloth, _WHITE, 0.4), share=0.5)
    neck = person.face_width * 0.52
    stage.oval(X, 0.755, neck * 1.7, 0.075, person.skin)
    stage.shape(
        [(X - neck, 0.5), (X + neck, 0.5), (X + neck * 1.2, 0.78), (X - neck * 1.2, 0.78)], person.skin
    )
    stage.soft(X, Y + person.face_height * 1.12, (neck * 1.2, 0.1), shade, share=0.9)
    stage.soft(X + neck * 0.6, 0.72, (neck * 0.6, 0.1), shade, share=0.5)


def _outline(person: Person) -> list[Point]:
    """Return the face: an ellipse that narrows below, more or less to a chin."""
    points = []
    for x, y in arc((0.0, 0.0), (1.0, 1.0), 0, 360, 72):
        below = max(y, 0.0)
        narrow = 1 - below**2 * (0.34 - person.jaw * 0.5)
        points.append((X + x * person.face_width * narrow, Y + y * person.face_height * (1 + below * 0.06)))
    return points


def _head(stage: Stage, person: Person) -> None:
    ear = mixed(person.skin, (140, 50, 44), 0.22)
    for turn in (-1, 1):
        stage.oval(X + turn * person.face_width * 1.02, Y + 0.03, 0.028, 0.05, ear)
    stage.shape(_outline(person), person.skin)


def _shades(stage: Stage, person: Person, dice: Random) -> None:
    """Model the face: light from the upper left, blush, sockets, a shadow under the hair."""
    width, height = person.face_width, person.face_height
    deep = mixed(person.skin, _dusk(person.skin), 0.45)
    light = mixed(person.skin, _WHITE, 0.4)
    blush = mixed(person.skin, (222, 92, 88), 0.42)
    stage.soft(X + width * 0.78, Y + 0.06, (width * 0.5, height * 0.85), deep, share=0.42)
    stage.soft(X, Y - height * 0.72, (width * 0.95, height * 0.3), deep, share=0.42)
    stage.soft(X - width * 0.32, Y - height * 0.36, (width * 0.5, height * 0.32), light, share=0.5)
    for turn in (-1, 1):
        stage.soft(X + turn * width * 0.56, Y + height * 0.3, (width * 0.36, height * 0.22), blush, share=0.5)
        stage.soft(X + turn * person.eye_gap, Y - height * 0.12, (0.058, 0.042), deep, share=0.4)
    stage.soft(X, Y + height * 0.97, (width * 0.42, height * 0.16), light, share=0.32)
    if person.has_freckles:
        for _ in range(34):
            x, y = X + dice.gauss(0, width * 0.42), Y + height * 0.2 + dice.gauss(0, height * 0.11)
            stage.soft(x, y, (0.005, 0.005), deep, share=0.9)


def _eye(stage: Stage, person: Person, turn: int) -> None:
    x, y = X + turn * person.eye_gap, Y - person.face_height * 0.1
    wide, high = 0.037 * person.eye_size, 0.019 * person.eye_size
    stage.shape(
        [*arc((x, y), (wide, high * 1.15), 180, 360), *arc((x, y), (wide, high * 0.8), 0, 180)], _WHITE
    )
    iris = high * 0.98
    stage.oval(x, y, iris, iris, mixed(person.eyes, _NIGHT, 0.5))
    stage.oval(x, y + iris * 0.06, iris * 0.84, iris * 0.84, person.eyes)
    stage.soft(x, y + iris * 0.4, (iris * 0.7, iris * 0.5), mixed(person.eyes, _WHITE, 0.6), share=0.8)
    stage.oval(x, y, iris * 0.42, iris * 0.42, _NIGHT)
    stage.oval(x - iris * 0.35, y - iris * 0.35, iris * 0.24, iris * 0.24, _WHITE)
    lash = mixed(person.hair, _NIGHT, 0.75)
    lid = mixed(person.skin, _dusk(person.skin), 0.4)
    stage.line(arc((x, y + high * 0.1), (wide * 1.04, high * 1.25), 185, 355), 0.006, lash)
    stage.line(arc((x, y - high * 0.45), (wide * 1.0, high * 1.2), 205, 335), 0.003, lid)
    stage.line(arc((x, y + high * 0.1), (wide * 0.9, high * 0.85), 30, 150), 0.002, lid)
    _brow(stage, person, turn, x, y)


def _brow(stage: Stage, person: Person, turn: int, x: float, y: float) -> None:
    top = y - 0.045
    inner, outer = x - turn * 0.038, x + turn * 0.052
    lift = -0.006 + person.brow * 0.006
    colour = mixed(person.hair, _NIGHT, 0.4)
    upper = [(inner, top + 0.002 + lift), (x + turn * 0.018, top - 0.013), (outer, top + 0.008)]
    lower = [(x + turn * 0.018, top + 0.001), (inner, top + 0.016 + lift)]
    stage.shape([*upper, *lower], colour)


def _nose(stage: Stage, person: Person) -> None:
    tip = Y + person.face_height * 0.33 * person.nose
    deep = mixed(person.skin, _dusk(person.skin), 0.5)
    stage.soft(X + 0.02, tip - 0.05, (0.02, 0.085), deep, share=0.4)
    stage.soft(X - 0.006, tip - 0.06, (0.014, 0.09), mixed(person.skin, _WHITE, 0.6), share=0.55)
    stage.soft(X, tip + 0.012, (0.042, 0.018), deep, share=0.6)
    stage.soft(X - 0.004, tip - 0.006, (0.018, 0.016), mixed(person.skin, _WHITE, 0.7), share=0.6)
    for turn in (-1, 1):
        stage.soft(X + turn * 0.016, tip + 0.008, (0.009, 0.006), mixed(deep, _NIGHT, 0.5), share=0.95)


def _mouth(stage: Stage, person: Person) -> None:
    y = Y + person.face_height * 0.64
    wide, lift, full = 0.058 + person.smile * 0.008, person.smile * 0.012, 0.014 * person.lips
    red = mixed(person.skin, (176, 44, 62), 0.58)
    left, right = (X - wide, y - lift), (X + wide, y - lift)
    bow = [(X - wide * 0.35, y - full), (X, y - full * 0.6), (X + wide * 0.35, y - full)]
    middle = [(X + wide * 0.4, y + lift * 0.45), (X, y + lift * 0.6), (X - wide * 0.4, y + lift * 0.45)]
    lower = [(X + wide * 0.5, y + full * 1.2 + lift * 0.3), (X, y + full * 1.7 + lift * 0.4)]
    lower.append((X - wide * 0.5, y + full * 1.2 + lift * 0.3))
    stage.shape([left, *bow, right, *middle], mixed(red, _NIGHT, 0.22))
    stage.shape([left, *middle[::-1], right, *lower], red)
    stage.line([left, *middle[::-1], right], 0.0035, mixed(red, _NIGHT, 0.6))
    stage.soft(X - 0.008, y + full * 1.0 + lift * 0.4, (wide * 0.4, full * 0.45), _WHITE, share=0.35)
    stage.soft(
        X, y + full * 2.6 + lift, (wide * 0.6, 0.014), mixed(person.skin, _dusk(person.skin), 0.5), share=0.4
    )


def _hair_in_front(stage: Stage, person: Person, dice: Random) -> None:
    """Draw the hair over the forehead, parted somewhere, with strands in lighter and darker tones."""
    width, height = person.face_width * (1.13 if person.style != "short" else 1.07), person.face_height * 1.14
    part = X + person.parting * person.face_width * 0.6
    line = Y - person.face_height * (0.5 if person.style != "bun" else 0.66)
    low = Y + (0.02 if person.style in ("long", "bob", "curls") else -0.03)
    crown = arc((X, Y - 0.02), (width, height), 180, 360, 36)
    sweep = [(X + width, low), (X + person.face_width * 0.9, line + 0.05), (part, line - 0.05)]
    sweep += [(X - person.face_width * 0.9, line + 0.05), (X - width, low)]
    stage.shape([*crown, *sweep], person.hair)
    for _ in range(26):
        _strand(stage, person, dice, part, line)
    stage.soft(
        X - 0.07, Y - person.face_height * 0.93, (0.13, 0.06), mixed(person.hair, _WHITE, 0.55), share=0.5
    )
    if person.style == "curls":
        for _ in range(16):
            angle, size = math.radians(dice.uniform(195, 345)), dice.uniform(0.03, 0.05)
            x, y = X + width * 0.93 * math.cos(angle), Y - 0.03 + height * 0.9 * math.sin(angle)
            stage.oval(x, y, size, size, mixed(person.hair, _NIGHT, dice.random() * 0.3))
            stage.soft(
                x - size * 0.3,
                y - size * 0.3,
                (size * 0.6, size * 0.6),
                mixed(person.hair, _WHITE, 0.4),
                share=0.5,
            )


def _strand(stage: Stage, person: Person, dice: Random, part: float, line: float) -> None:
    """Draw one strand from the parting to the side of the head."""
    turn = dice.choice((-1, 1))
    share = dice.random()
    end_x = X + turn * person.face_width * (0.86 + 0.2 * share)
    end_y = line + 0.05 - share * 0.02
    top_y = Y - person.face_height * (0.74 + 0.34 * share)
    start = (part, line - 0.05 - share * 0.06)
    bend = (part + (end_x - part) * 0.6, top_y)
    points = []
    for step in range(13):
        t = step / 12
        x = (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * bend[0] + t**2 * end_x
        y = (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * bend[1] + t**2 * end_y
        points.append((x, y))
    other = _WHITE if dice.random() < 0.5 else _NIGHT
    stage.line(points, 0.0025, mixed(person.hair, other, dice.uniform(0.1, 0.3)))
