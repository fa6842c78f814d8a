"""Reads the reference pictures of an order: data URIs, base64 and addresses, decoded before they count."""

import asyncio
import base64
import binascii
import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from playground.providers.desk import LARGEST_REFERENCE, Desk

KNOWN_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


class BadReferenceError(Exception):
    """A reference that cannot be used: `reason` is "download", "large" or "broken"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference picture as it came; the format is Pillow's name ("JPEG"), the size in px."""

    data: bytes
    image_format: str
    width: int
    height: int


async def read_reference(desk: Desk, text: str) -> Reference:
    """Return the picture behind a data URI, an address or base64. Raises `BadReferenceError`."""
    if text.startswith(("http://", "https://")):
        data = await desk.fetch(text)
        if data is None:
            raise BadReferenceError("download")
    else:
        data = await asyncio.to_thread(_decoded, text)
    if len(data) > LARGEST_REFERENCE:
        raise BadReferenceError("large")
    return await asyncio.to_thread(looked_at, data)


def _decoded(text: str) -> bytes:
    """Return the bytes of base64 with or without `data:...;base64,` in front. Raises `BadReferenceError`."""
    head, comma, rest = text.partition(",")
    if comma and not head.endswith(";base64"):
        raise BadReferenceError("broken")
    try:
        return base64.b64decode(rest if comma else text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadReferenceError("broken") from error


def looked_at(data: bytes) -> Reference:
    """Return a picture after decoding it completely. Raises `BadReferenceError` ("broken")."""
    try:
        with Image.open(io.BytesIO(data), formats=list(KNOWN_FORMATS)) as image:
            image.load()
            return Reference(data, image.format or "", image.width, image.height)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadReferenceError("broken") from error
