"""The check that every provider's bytes pass before they are kept: a whole, still picture of a sane size.

Headers and structure only, nothing is decoded: a picture that would fill the memory is refused before it can.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.errors import ProviderBroken
from services.images import jpeg, png, webp
from services.images.formats import Flaw, ImageFacts, ImageFormat, MalformedImage, sniff

MIN_SIDE_PX: Final = 64
MAX_SIDE_PX: Final = 8192
MAX_PIXELS: Final = 40_000_000
"""A 40-megapixel picture takes 160 MB when decoded; the largest that a catalogue model makes has 16."""

_MEASURES: Final[Mapping[ImageFormat, Callable[[bytes], ImageFacts]]] = {
    ImageFormat.PNG: png.measure,
    ImageFormat.JPEG: jpeg.measure,
    ImageFormat.WEBP: webp.measure,
}


def measure(data: bytes) -> ImageFacts:
    """Return the facts of a whole PNG, JPEG or WebP of an allowed size. Raises MalformedImage with the flaw."""
    facts = _MEASURES[sniff(data)](data)
    size = f"{facts.width} x {facts.height} pixels"
    if min(facts.width, facts.height) < MIN_SIDE_PX:
        raise MalformedImage(Flaw.TOO_SMALL, size)
    if max(facts.width, facts.height) > MAX_SIDE_PX or facts.width * facts.height > MAX_PIXELS:
        raise MalformedImage(Flaw.TOO_LARGE, size)
    return facts


def inspect(data: bytes) -> ImageFacts:
    """Return the facts of a provider's picture. Raises ProviderBroken("bad_image") with the flaw as `reason`."""
    try:
        return measure(data)
    except MalformedImage as error:
        raise ProviderBroken("bad_image", f"{error.flaw}: {error}", reason=error.flaw.value) from error
