"""The guard of pictures that people bring: judged by their headers, decoded apart, made new with nothing but pixels.

What a picture had beside its pixels (place, camera, thumbnails, comments, profiles, a program behind its end) is gone
from the copy, because the copy is written from the pixels alone. Whoever looks at it next sees what the decoder saw.
"""

from dataclasses import dataclass, field
from typing import Final

from services.images.decode_process import CLEAN_SIDE_PX
from services.images.decoders import CLEANERS
from services.images.formats import Flaw, ImageFacts, MalformedImage
from services.images.guard import MIN_SIDE_PX, measure
from services.images.whole import check_pixels, compare, found_by

MAX_UPLOAD_BYTES: Final = 20 * 1024 * 1024
"""What a brought picture may have; larger photos of cameras are some 12 MiB."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture made new: upright, 8-bit sRGB, JPEG or (where something shines through) PNG, at most 2048 px a side."""

    data: bytes = field(repr=False)
    facts: ImageFacts


def clean(data: bytes) -> CleanPicture:
    """Return a copy of a brought PNG, JPEG or WebP; the same bytes for the same picture. Blocks: for `PixelWork`.

    Raises MalformedImage with the flaw, StorageError("decoder_failed") where nothing can be decoded now.
    """
    if len(data) > MAX_UPLOAD_BYTES:
        raise MalformedImage(Flaw.TOO_LARGE, f"{len(data)} bytes")
    facts = measure(data)
    _check_shape(facts)
    found = found_by(CLEANERS.clean, data)
    compare(found, facts)
    # The process has seen a stranger's bytes: what it gives back is no more to be trusted than they are.
    made = measure(found.copy)
    check_pixels(found.copy, made)
    if max(made.width, made.height) > CLEAN_SIDE_PX:
        raise MalformedImage(Flaw.CORRUPT, f"the decoder gave {made}")
    return CleanPicture(found.copy, made)


def _check_shape(facts: ImageFacts) -> None:
    """Raise MalformedImage for a strip that would be less than 64 px high once it is 2048 px long."""
    longer, shorter = max(facts.width, facts.height), min(facts.width, facts.height)
    if shorter * CLEAN_SIDE_PX < MIN_SIDE_PX * longer:
        raise MalformedImage(Flaw.TOO_SMALL, f"{facts.width} x {facts.height} pixels, too narrow a strip")
