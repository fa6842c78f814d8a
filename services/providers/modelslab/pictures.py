"""What an `output` is: a picture's address, the address of a text file, or the picture itself as base64.

An order with `base64: true` is answered with addresses that end in ".base64" and hold the picture as text, with or
without "data:image/png;base64," before it (seen in programs that people published, documented nowhere); whoever fetches
them reads both. Whether the text may also stand in the answer itself is unverified, so it is read as well.
"""

from collections.abc import Iterable

from services.errors import ProviderBroken
from services.images.formats import MalformedImage, sniff
from services.images.pixels import PixelWork
from services.images.whole import unwrapped
from services.providers.base import Picture
from services.providers.modelslab.wire import Reply


async def picture_of(reply: Reply, guesses: Iterable[str], pixels: PixelWork) -> Picture:
    """Return the first picture of a finished answer; `guesses` are addresses where it may lie besides.

    Raises ProviderBroken("bad_image") where `output` is neither an address nor a picture.
    """
    output = reply.output[0]
    if is_link(output):
        others = dict.fromkeys((*reply.proxy_links[:1], *guesses))
        return Picture(url=output, other_urls=tuple(url for url in others if url != output and is_link(url)))
    try:
        return Picture(data=await pixels.run(_read, output.encode()))
    except MalformedImage as error:
        raise ProviderBroken("bad_image", str(error), reason=error.flaw.value) from None


def is_link(output: str) -> bool:
    """Tell whether an output is an address."""
    return output[:8].lower().startswith(("https://", "http://"))


def _read(content: bytes) -> bytes:
    """Return the picture in `content`. Blocks for as long as megabytes take. Raises MalformedImage for none."""
    data = unwrapped(content)
    sniff(data)
    return data
