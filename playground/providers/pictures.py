"""Paints the stand-ins' pictures: real ones, always the same for the same order, and plainly no vendor's work."""

import hashlib
import io
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFont

from playground.providers.bust import bust
from playground.providers.portrait import Colour, Person, person_of

FORMATS = {"jpeg": "JPEG", "jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
READABLE = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_PATCHES = 4
_STAGE_PX = 768
"""The shorter side as it is drawn, before it is brought to its size: nobody looks at a stand-in's pores."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be painted; sizes in px, `references` as the bytes of their files.

    `shows_seed` is False for a vendor that has none.
    """

    prompt: str
    seed: int
    references: tuple[bytes, ...]
    width: int
    height: int
    file_format: str
    label: str
    shows_seed: bool = True


def paint(picture: Picture) -> bytes:
    """Return the file. Size and format change neither the person nor the scene; all else changes the scene."""
    dice = Random(_number(picture))
    drawn = bust(sitter_of(picture, dice), dice, _stage_size(picture.width, picture.height))
    shown = drawn.resize((picture.width, picture.height), Image.Resampling.BICUBIC)
    seed = f" · seed {picture.seed}" if picture.shows_seed else ""
    _sign(shown, f"stand-in · {picture.label}{seed}")
    return _encoded(shown, picture.file_format)


def sitter_of(picture: Picture, dice: Random) -> Person:
    """Return who is painted: the person of the first reference, whatever the seed; without one whoever chance gives.

    What the prompt says of them counts before both.
    """
    chance = Random(_number_of(picture.references[0])) if picture.references else dice
    return person_of(picture.prompt, chance, [_tint(reference) for reference in picture.references])


def plain(picture: Picture, side_px: int) -> bytes:
    """Return the file of a square that costs next to nothing: patches of chance, other ones for each order."""
    patches = Random(_number(picture)).randbytes(3 * _PATCHES * _PATCHES)
    square = Image.frombytes("RGB", (_PATCHES, _PATCHES), patches).resize((side_px, side_px))
    return _encoded(square, picture.file_format)


def enlarged(data: bytes, width: int, height: int, file_format: str, label: str) -> bytes:
    """Return a picture in another size (px), with the stand-ins' band."""
    with Image.open(io.BytesIO(data), formats=READABLE) as image:
        larger = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    _sign(larger, f"stand-in · {label}")
    return _encoded(larger, file_format)


def _number(picture: Picture) -> int:
    """Return the number that decides everything that is left to chance."""
    parts = (picture.prompt, str(picture.seed), picture.label)
    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogatepass"))
    for reference in picture.references:
        digest.update(hashlib.sha256(reference).digest())
    return int.from_bytes(digest.digest())


def _number_of(reference: bytes) -> int:
    """Return the number that decides who is on a reference."""
    return int.from_bytes(hashlib.sha256(reference).digest())


def _tint(reference: bytes) -> Colour:
    """Return the average colour of a reference; a grey where it cannot be read."""
    try:
        with Image.open(io.BytesIO(reference), formats=READABLE) as image:
            image.draft("RGB", (64, 64))
            red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
            return red, green, blue
    except (OSError, ValueError, SyntaxError):
        return 128, 128, 128


def _stage_size(width: int, height: int) -> tuple[int, int]:
    """Return the size that is drawn, in px: the same shape, a little larger than asked for, `_STAGE_PX` at most.

    Small pictures are drawn small, so that hundreds of them cost little.
    """
    side = min(_STAGE_PX, max(min(width, height) * 3 // 2, 256))
    scale = min(side / min(width, height), 2 * _STAGE_PX / max(width, height))
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _sign(image: Image.Image, text: str) -> None:
    """Write a discreet band along the lower edge, readable at any size."""
    size = max(round(min(image.size) / 44), 10)
    font = ImageFont.load_default(size)
    tall = round(size * 1.9)
    band = image.crop((0, image.height - tall, image.width, image.height))
    band = Image.blend(band, Image.new("RGB", band.size, (16, 16, 20)), 0.62)
    draw = ImageDraw.Draw(band)
    draw.text((round(size * 0.8), tall / 2), text, font=font, fill=(236, 234, 230), anchor="lm")
    image.paste(band, (0, image.height - tall))


def _encoded(image: Image.Image, file_format: str) -> bytes:
    """Return the file; the settings are those that cost least at a good look."""
    out = io.BytesIO()
    options = {"JPEG": {"quality": 88}, "PNG": {"compress_level": 3}, "WEBP": {"quality": 86, "method": 2}}
    name = FORMATS[file_format]
    image.save(out, name, **options[name])
    return out.getvalue()
