"""Reference pictures for orders: small ones of one colour, and large ones."""

import io
import random

from PIL import Image

from services.providers.base import Reference


def picture(colour: str = "red", file_format: str = "png", *, side: int = 64) -> Reference:
    """Return a small square of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(file, file_format)
    return Reference(file.getvalue(), f"image/{file_format}", side, side)


def noise(seed: int = 1) -> Reference:
    """Return a picture that no compression makes small: some three megabytes."""
    file = io.BytesIO()
    Image.frombytes("RGB", (1024, 1024), random.Random(seed).randbytes(3 * 1024 * 1024)).save(file, "PNG")
    return Reference(file.getvalue(), "image/png", 1024, 1024)
