"""Thumbnails: small WebP copies for lists, galleries and choosers."""

import io
from typing import Final

from services.errors import StorageError
from services.images import guard
from services.images.formats import MalformedImage

THUMBNAIL_SIDE_PX: Final = 512
_QUALITY: Final = 80
_FORMATS: Final = ("PNG", "JPEG", "WEBP")  # Pillow tries 43 formats when not told which


def thumbnail(data: bytes, *, side_px: int = THUMBNAIL_SIDE_PX) -> bytes:
    """Return a WebP of `data` whose longer side is at most `side_px`, upright, its colour profile kept.

    Decodes: run it in `PixelWork`. Raises StorageError("bad_image") when `data` cannot be decoded.
    """
    # Imported on first use: 20 MB and 60 ms that the gateway's process can do without.
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        guard.measure(data)
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            # JPEG decodes straight to 1/2, 1/4 or 1/8 of its size; twice the target keeps the scaling smooth.
            picture.draft("RGB", (2 * side_px, 2 * side_px))
            upright = ImageOps.exif_transpose(picture)
            small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            small.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
            written = io.BytesIO()
            small.save(
                written,
                "WEBP",
                quality=_QUALITY,
                icc_profile=picture.info.get("icc_profile", b""),
                exif=b"",
                xmp=b"",
            )
    except (MalformedImage, OSError, SyntaxError, ValueError) as error:  # Pillow's own ways to say "damaged"
        raise StorageError("bad_image", f"no thumbnail: {error}", reason="undecodable") from error
    return written.getvalue()
