"""The last check of a picture that came over the wire: every pixel of it can be decoded.

`guard.inspect` reads headers and structure; a file whose middle is missing passes that. Decoding takes some 10 ms a
megapixel, in a process that can be killed, while a thread for pixel work waits for it.
"""

import base64
import binascii
from collections.abc import Callable

from services.errors import ProviderBroken
from services.images.decoders import DECODERS, Decoded, DecoderEnded
from services.images.formats import Flaw, ImageFacts, MalformedImage, sniff
from services.images.guard import inspect


def judge(data: bytes) -> ImageFacts:
    """Return the facts of a picture that a provider sent, once all of it was decoded. Blocks until then.

    Raises ProviderBroken("bad_image") with the flaw as `reason`, StorageError("decoder_failed") where nothing can be
    decoded now.
    """
    facts = inspect(data)
    try:
        check_pixels(data, facts)
    except MalformedImage as error:
        raise ProviderBroken("bad_image", str(error), reason=error.flaw.value) from error
    return facts


def check_pixels(data: bytes, facts: ImageFacts) -> None:
    """Decode all of a picture that `guard.measure` has measured. Blocks until then.

    Raises MalformedImage with the flaw, StorageError("decoder_failed") where nothing can be decoded now.
    """
    compare(found_by(DECODERS.decode, data), facts)


def found_by(look: Callable[[bytes], Decoded], data: bytes) -> Decoded:
    """Return what a decoder found. Raises MalformedImage where it died of the picture or cannot read its pixels."""
    try:
        found = look(data)
    except DecoderEnded as error:
        raise MalformedImage(Flaw.TOO_HEAVY, f"the decoder died of it: {error}") from error
    if found.problem:
        raise MalformedImage(Flaw.CORRUPT, f"cannot be decoded: {found.problem}")
    return found


def compare(found: Decoded, facts: ImageFacts) -> None:
    """Raise MalformedImage where a decoder has found another picture than the header says, or several."""
    if found.frames != 1:
        raise MalformedImage(Flaw.ANIMATED, f"{found.frames} pictures in one")
    if (found.width, found.height) != (facts.width, facts.height):
        # Two readers that see two pictures: whoever reads it next might see a third.
        text = f"{found.width} x {found.height} pixels to one reader, {facts} to another"
        raise MalformedImage(Flaw.CORRUPT, text)


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


def _from_base64(text: bytes) -> bytes:
    head, comma, tail = text.partition(b",")
    encoded = tail if comma and head.lstrip()[:5].lower() == b"data:" else text
    packed = b"".join(encoded.split())
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
