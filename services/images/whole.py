"""The last check of a picture that came over the wire: every pixel of it can be decoded.

`guard.inspect` reads headers and structure; a file whose middle is missing passes that. Decoding takes some 10 ms a
megapixel and runs in the threads for pixel work.
"""

import base64
import binascii
from typing import Final

from services.errors import ProviderBroken
from services.images.formats import Flaw, ImageFacts, ImageFormat, MalformedImage, sniff
from services.images.guard import inspect
from services.images.vips import vips

_CUT_JPEG: Final = "premature end"
"""In libvips' words for a JPEG whose data ends early though its end marker is there; it calls that a warning."""


def read_whole(content: bytes) -> tuple[bytes, ImageFacts]:
    """Return the picture that a provider sent, out of its base64 where it came as such, and its facts.

    All of it is decoded. Raises ProviderBroken("bad_image") with the flaw as `reason`.
    """
    data = unwrapped(content)
    facts = inspect(data)
    problem = _undecodable(data, "warning")
    # Other warnings are about what does not matter: an unknown profile, bytes behind the end.
    if problem and (_CUT_JPEG in problem or _undecodable(data, "error")):
        raise ProviderBroken("bad_image", f"cannot be decoded: {problem}", reason=Flaw.CORRUPT.value)
    return data, facts


def unwrapped(content: bytes) -> bytes:
    """Return the picture in `content`: the bytes themselves, or those that their base64 text stands for.

    What is neither comes back as it is.
    """
    try:
        sniff(content)
    except MalformedImage:
        return _from_base64(content) or content
    return content


def _undecodable(data: bytes, fail_on: str) -> str:
    """Return why the pixels cannot be decoded, "" where they can; a line at a time, so that memory stays small.

    Of a JPEG every bit of the coded data is read, which is what can go wrong; only an eighth of the size is painted.
    """
    module = vips()
    options = {"access": "sequential", "fail_on": fail_on}
    try:
        if sniff(data) is ImageFormat.JPEG:
            module.Image.jpegload_buffer(data, shrink=8, **options).avg()
        else:
            module.Image.new_from_buffer(data, "", **options).avg()
    except module.Error as error:
        return str(error).replace("\n", " ").strip() or "undecodable"
    return ""


def _from_base64(text: bytes) -> bytes:
    head, comma, tail = text.partition(b",")
    encoded = tail if comma and head.lstrip()[:5].lower() == b"data:" else text
    packed = b"".join(encoded.split())
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
