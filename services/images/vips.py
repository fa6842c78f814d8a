"""libvips, imported on first use, for pictures that we made or checked ourselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.errors import StorageError
from services.images import guard
from services.images.formats import MalformedImage

Vips = Any
"""The `pyvips` module."""

Picture = Any
"""A `pyvips.Image`: height x width x bands, 8-bit sRGB once it comes from here. pyvips ships no types."""


def vips() -> Vips:
    """Return the pyvips module.

    Its operation cache is switched off: our pictures differ every time, and the cache would keep 100 MB of them.
    """
    import pyvips  # noqa: PLC0415 - 30 MB of library that a gateway's process can do without

    pyvips.cache_set_max(0)
    return pyvips


@contextmanager
def decoding(*pictures: bytes) -> Iterator[Vips]:
    """Give the pyvips module once every one of `pictures` is known to be whole and of an allowed size.

    Raises StorageError("bad_image") for one that is not, and for what libvips cannot decode inside the block.
    """
    module = vips()
    try:
        for data in pictures:
            guard.measure(data)
        yield module
    except (MalformedImage, module.Error) as error:
        raise StorageError("bad_image", f"cannot decode: {error}", reason="undecodable") from error


def within(module: Vips, data: bytes, width_px: int, height_px: int) -> Picture:
    """Return the picture, upright, in sRGB on white, as large as fits into the box; damaged data is an error."""
    picture = module.Image.thumbnail_buffer(
        data, width_px, height=height_px, output_profile="srgb", fail_on="error"
    )
    return opaque(picture)


def opaque(picture: Picture) -> Picture:
    """Return `picture` as three 8-bit bands, transparency laid on white."""
    flat = picture.flatten(background=255) if picture.hasalpha() else picture
    return flat.colourspace("srgb").cast("uchar")
