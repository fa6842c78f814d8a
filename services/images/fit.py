"""Copies that fit an upload limit."""

from collections.abc import Iterator
from typing import Final

from services.errors import StorageError
from services.images.vips import Picture, Vips, decoding

_SMALLEST_SIDE_PX: Final = 64
_QUALITIES: Final = (90, 80)
_SHRINK: Final = 0.75
_EFFORT: Final = 2  # of 0..6: two thirds of the time of the default for a twentieth more bytes


def fit_for_upload(data: bytes, limit_bytes: int) -> bytes:
    """Return `data` itself where it has at most `limit_bytes` bytes, otherwise a WebP copy that has.

    The copy keeps the size in pixels as long as it can, then shrinks by quarters. It carries no metadata: stamp it
    afterwards, and pass a limit that leaves room for that (`metadata.STAMP_ROOM_BYTES`). Decodes: run it in
    `PixelWork`. Raises StorageError: "bad_image" when `data` cannot be decoded, "image_too_large" when even 64 pixels
    do not fit.
    """
    if len(data) <= limit_bytes:
        return data
    with decoding(data) as module:
        for copy in _copies(module, data):
            if len(copy) <= limit_bytes:
                return copy
    raise StorageError("image_too_large", f"no copy fits into {limit_bytes} bytes", limit_bytes=limit_bytes)


def _copies(module: Vips, data: bytes) -> Iterator[bytes]:
    """Yield ever smaller WebP copies of the picture."""
    whole = module.Image.new_from_buffer(data, "", fail_on="error")
    width, height = whole.width, whole.height
    for quality in _QUALITIES:
        yield _webp(whole.autorot(), quality)
    while min(width, height) * _SHRINK >= _SMALLEST_SIDE_PX:
        width, height = round(width * _SHRINK), round(height * _SHRINK)
        side = max(width, height)
        yield _webp(module.Image.thumbnail_buffer(data, side, height=side, fail_on="error"), _QUALITIES[-1])


def _webp(picture: Picture, quality: int) -> bytes:
    """Return `picture` as WebP with its colour profile and nothing else beside the pixels."""
    written: bytes = picture.webpsave_buffer(Q=quality, effort=_EFFORT, keep="icc")
    return written
