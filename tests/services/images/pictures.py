"""Real pictures for the tests, made by Pillow: noise on a gradient, so that no encoder can cheat."""

import io
import random
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
# Noise takes an eighth of the time so, and the file is one twelfth larger.
_CHEAPLY = {"PNG": {"compress_level": 1}}


def draw(size: tuple[int, int] = (96, 80), mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Return a picture of `size` (width, height) with noise of `seed`."""
    noise = Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))
    gradient = Image.linear_gradient("L").resize(size)
    if mode == "L":
        return Image.blend(noise, gradient, 0.7)
    bands = [gradient, noise, gradient.transpose(Image.Transpose.ROTATE_180), noise]
    return Image.merge(mode, bands[: len(mode)])


def encode(picture: Image.Image, name: str, **options: object) -> bytes:
    """Return `picture` as PNG, JPEG or WEBP."""
    written = io.BytesIO()
    picture.save(written, name, **(_CHEAPLY.get(name, {}) | options))
    return written.getvalue()


def picture_bytes(name: str = "PNG", size: tuple[int, int] = (96, 80), **options: object) -> bytes:
    """Return the bytes of a picture."""
    return encode(draw(size), name, **options)


def decode(data: bytes) -> Image.Image:
    """Return the decoded picture; raises when it is damaged."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    """Return mode, size and pixels."""
    picture = decode(data)
    return picture.mode, picture.size, picture.tobytes()


def animated(name: str, frames: Sequence[int] = (1, 2)) -> bytes:
    """Return a moving picture."""
    first, *others = (draw(seed=seed) for seed in frames)
    return encode(first, name, save_all=True, append_images=others, duration=100)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return one PNG chunk with the right check sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
