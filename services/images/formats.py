"""What the readers of PNG, JPEG and WebP share: the formats, why bytes are refused, and how they are spliced."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple


class ImageFormat(StrEnum):
    """The formats that Limner keeps. The value is the file name's ending."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        """Return the Content-Type, "image/png"."""
        return _MEDIA_TYPES[self]


class Flaw(StrEnum):
    """Why bytes are not a picture that we keep."""

    EMPTY = "empty"
    FOREIGN = "not_an_image"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    ANIMATED = "animated"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_HEAVY = "too_heavy"
    """Its decoder was killed: it took too long or too much, or crashed."""


class MalformedImage(Exception):
    """Bytes are not a whole, still picture in a format that we keep; `flaw` says what is wrong."""

    def __init__(self, flaw: Flaw, message: str) -> None:
        super().__init__(message)
        self.flaw = flaw


class ImageFacts(NamedTuple):
    """What the header says: the format, and the stored (not yet rotated) size in pixels."""

    format: ImageFormat
    width: int
    height: int


class Edit(NamedTuple):
    """Puts `replacement` in the place of bytes start..end; an insertion where both are the same."""

    start: int
    end: int
    replacement: bytes


_MEDIA_TYPES: Final = {
    ImageFormat.PNG: "image/png",
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.WEBP: "image/webp",
}


def sniff(data: bytes) -> ImageFormat:
    """Return the format by content, never by name. Raises MalformedImage (EMPTY, FOREIGN) for anything else.

    *Source:* PNG (third edition), 5.2; ITU-T T.81, B.1.1.3; WebP Container Specification, "WebP File Header".
    """
    if not data:
        raise MalformedImage(Flaw.EMPTY, "no bytes")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    raise MalformedImage(Flaw.FOREIGN, f"neither PNG, JPEG nor WebP: begins {data[:12]!r}")


def splice(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return `data` with `edits` (not overlapping, in any order) made; everything between them is kept as it is."""
    view, parts, kept_to = memoryview(data), list[bytes | memoryview](), 0
    for start, end, replacement in sorted(edits):
        parts += (view[kept_to:start], replacement)
        kept_to = end
    return b"".join((*parts, view[kept_to:]))
