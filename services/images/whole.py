"""The last check of a picture that came over the wire: every pixel of it can be decoded.

`guard.inspect` reads headers and structure; a file whose middle is missing passes that. Decoding takes some 10 ms a
megapixel, in a process that can be killed, while a thread for pixel work waits for it.
"""

import base64
import binascii

from services.errors import ProviderBroken
from services.images.decoders import DECODERS, DecoderEnded
from services.images.formats import Flaw, ImageFacts, MalformedImage, sniff
from services.images.guard import inspect


def judge(data: bytes) -> ImageFacts:
    """Return the facts of a picture that a provider sent, once all of it was decoded. Blocks until then.

    Raises ProviderBroken("bad_image") with the flaw as `reason`, StorageError("decoder_failed") where nothing can be
    decoded now.
    """
    facts = inspect(data)
    try:
        found = DECODERS.decode(data)
    except DecoderEnded as error:
        raise _bad(Flaw.TOO_HEAVY, f"the decoder died of it: {error}") from error
    if found.problem:
        raise _bad(Flaw.CORRUPT, f"cannot be decoded: {found.problem}")
    if found.frames != 1:
        raise _bad(Flaw.ANIMATED, f"{found.frames} pictures in one")
    if (found.width, found.height) != (facts.width, facts.height):
        # Two readers that see two pictures: whoever reads it next might see a third.
        raise _bad(Flaw.CORRUPT, f"{found.width} x {found.height} pixels to one reader, {facts} to another")
    return facts


def is_picture(content: bytes) -> bool:
    """Return whether bytes begin as a picture does."""
    try:
        sniff(content)
    except MalformedImage:
        return False
    return True


def unwrapped(content: bytes) -> bytes:
    """Return the picture in `content`: the bytes themselves, or those that their base64 text stands for.

    What is neither comes back as it is.
    """
    return content if is_picture(content) else _from_base64(content) or content


def _bad(flaw: Flaw, text: str) -> ProviderBroken:
    return ProviderBroken("bad_image", text, reason=flaw.value)


def _from_base64(text: bytes) -> bytes:
    head, comma, tail = text.partition(b",")
    encoded = tail if comma and head.lstrip()[:5].lower() == b"data:" else text
    packed = b"".join(encoded.split())
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
