"""JPEG: the segments of a file, its size, and an XMP segment put in without touching the pixels.

*Source:* ITU-T T.81 (JPEG): B.1.1 (markers), B.2.2 (frame header); JFIF 1.02; Adobe XMP Specification Part 3, "JPEG"
(APP1 signature, one segment, at most 65,502 bytes of packet).
"""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.images.formats import Edit, Flaw, ImageFacts, ImageFormat, MalformedImage, splice

XMP_LIMIT_BYTES: Final = 65_502
"""The longest XMP packet that fits one segment (65,535 less the length field and the signature)."""

_XMP_SIGNATURE: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF_SIGNATURE: Final = b"Exif\0"
_APP0, _APP1, _APP11, _SOS, _EOI = 0xE0, 0xE1, 0xEB, 0xDA, 0xD9
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those three are DHT, JPG and DAC
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and restart markers have no length
# In coded data a marker is 0xFF and neither a stuffed zero, a restart nor a fill byte.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class Segment(NamedTuple):
    """One marker segment, and where it, its body and its end lie."""

    marker: int
    start: int
    body_start: int
    end: int


def read_segments(data: bytes) -> tuple[Segment, ...]:
    """Return every segment up to the end of the image; what lies behind is no part of the picture.

    Raises MalformedImage when a segment is cut short, there is no scan, or the end marker never comes.
    """
    segments = tuple(_walk(data))
    if not any(segment.marker == _SOS for segment in segments):
        raise MalformedImage(Flaw.CORRUPT, "a JPEG without pixels")
    return segments


def measure(data: bytes) -> ImageFacts:
    """Return the facts of a whole JPEG. Raises MalformedImage."""
    for segment in read_segments(data):
        if segment.marker in _FRAME_HEADERS and segment.end - segment.body_start >= 6:
            height, width = struct.unpack_from(">HH", data, segment.body_start + 1)
            return ImageFacts(ImageFormat.JPEG, width, height)
    raise MalformedImage(Flaw.CORRUPT, "a JPEG without a frame header")


def read_xmp(data: bytes) -> bytes | None:
    """Return the XMP packet, None where there is none."""
    for segment in read_segments(data):
        if _is_app1(data, segment, _XMP_SIGNATURE):
            return data[segment.body_start + len(_XMP_SIGNATURE) : segment.end]
    return None


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return `data` with `packet` (at most `XMP_LIMIT_BYTES`) behind JFIF and EXIF, in place of any other packet."""
    segments = read_segments(data)
    body = _XMP_SIGNATURE + packet
    added = struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
    position = _behind_leading(data, segments)
    removed = (Edit(s.start, s.end, b"") for s in segments if _is_app1(data, s, _XMP_SIGNATURE))
    return splice(data, (Edit(position, position, added), *removed))


def has_credentials(data: bytes) -> bool:
    """Tell whether the file holds a C2PA manifest. *Source:* C2PA Technical Specification, appendix A."""
    return any(
        segment.marker == _APP11 and b"c2pa" in data[segment.body_start : segment.end]
        for segment in read_segments(data)
    )


def _behind_leading(data: bytes, segments: tuple[Segment, ...]) -> int:
    """Return where the leading JFIF and EXIF segments end: both want to come first."""
    position = 2
    for segment in segments:
        if segment.marker != _APP0 and not _is_app1(data, segment, _EXIF_SIGNATURE):
            break
        position = segment.end
    return position


def _is_app1(data: bytes, segment: Segment, signature: bytes) -> bool:
    """Tell whether this is the APP1 segment of that signature."""
    return segment.marker == _APP1 and data.startswith(signature, segment.body_start)


def _walk(data: bytes) -> Iterator[Segment]:
    """Yield the segments from behind SOI to EOI, coded data skipped."""
    position, marker = 2, 0
    while marker != _EOI:
        start, position = position, _skip_fill(data, position)
        marker = data[position - 1]
        end = position if marker == _EOI or marker in _BARE else position + _length(data, position)
        yield Segment(marker, start, min(position + 2, end), end)
        position = _next_marker(data, end) if marker == _SOS else end


def _skip_fill(data: bytes, position: int) -> int:
    """Return where the body of the marker at `position` begins: 0xFF, any number of fill bytes 0xFF, the marker."""
    if data[position : position + 1] not in {b"\xff", b""}:
        raise MalformedImage(Flaw.CORRUPT, f"no JPEG marker at byte {position}")
    while data[position : position + 1] == b"\xff":
        position += 1
    if position >= len(data):
        raise MalformedImage(Flaw.TRUNCATED, "a JPEG that ends before its end marker")
    return position + 1


def _length(data: bytes, position: int) -> int:
    """Return a segment's length, which counts its own two bytes."""
    length = int.from_bytes(data[position : position + 2], "big")
    if position + max(length, 2) > len(data):
        raise MalformedImage(Flaw.TRUNCATED, "a JPEG segment is cut short")
    if length < 2:
        raise MalformedImage(Flaw.CORRUPT, "a JPEG segment shorter than its own length field")
    return length


def _next_marker(data: bytes, position: int) -> int:
    """Return where the coded data that begins at `position` ends."""
    match = _NEXT_MARKER.search(data, position)
    if match is None:
        raise MalformedImage(Flaw.TRUNCATED, "JPEG data that ends before its end marker")
    return match.start()
