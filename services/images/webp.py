"""WebP: the chunks of a file, its size, and an XMP chunk put in without touching the pixels.

*Source:* WebP Container Specification (developers.google.com/speed/webp/docs/riff_container): "Simple File Format",
"Extended File Format"; RFC 6386, 9.1 (VP8 key frame header); WebP Lossless Bitstream, "RIFF Header".
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.images.formats import Edit, Flaw, ImageFacts, ImageFormat, MalformedImage, splice

_HEADER_BYTES: Final = 12
_XMP_FLAG, _ALPHA_FLAG, _ANIMATION_FLAG = 0x04, 0x10, 0x02
_BITSTREAMS: Final = frozenset({b"VP8 ", b"VP8L"})
# The specification's order: XMP follows the picture and EXIF, and comes before unknown chunks.
_BEFORE_XMP: Final = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L", b"EXIF"})


class Chunk(NamedTuple):
    """One chunk, and where it, its body and (padded to an even size) its end lie."""

    kind: bytes
    start: int
    body_start: int
    body_end: int
    end: int


def read_chunks(data: bytes) -> tuple[Chunk, ...]:
    """Return the chunks of the RIFF container; what lies behind it is no part of the picture.

    Raises MalformedImage when the file is shorter than it says, or holds no picture.
    """
    end = _HEADER_BYTES - 4 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise MalformedImage(Flaw.TRUNCATED, f"a WebP of {len(data)} bytes that should have {end}")
    chunks = tuple(_walk(data, end))
    if not any(chunk.kind in _BITSTREAMS | {b"ANMF"} for chunk in chunks):
        raise MalformedImage(Flaw.CORRUPT, "a WebP without pixels")
    return chunks


def measure(data: bytes) -> ImageFacts:
    """Return the facts of a whole WebP. Raises MalformedImage, also for an animated one."""
    chunks = read_chunks(data)
    if any(chunk.kind in {b"ANIM", b"ANMF"} for chunk in chunks):
        raise MalformedImage(Flaw.ANIMATED, "an animated WebP")
    width, height, _ = _bitstream(data, chunks)
    return ImageFacts(ImageFormat.WEBP, width, height)


def read_xmp(data: bytes) -> bytes | None:
    """Return the XMP packet, None where there is none."""
    for chunk in read_chunks(data):
        if chunk.kind == b"XMP ":
            return data[chunk.body_start : chunk.body_end]
    return None


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return `data` with `packet` behind the picture, in place of any other packet, and the flag that announces it.

    A file in the simple layout gets the extended layout's header (VP8X), which XMP needs.
    """
    chunks = read_chunks(data)
    position = max(chunk.end for chunk in chunks if chunk.kind in _BEFORE_XMP)
    # An odd chunk at the very end may lack its padding byte; whatever follows it needs one.
    added = b"\0" * (position % 2) + _chunk(b"XMP ", packet)
    edits = (
        *(Edit(chunk.start, chunk.end, b"") for chunk in chunks if chunk.kind == b"XMP "),
        _header_edit(data, chunks),
        Edit(position, position, added),
    )
    grown = sum(len(edit.replacement) - (edit.end - edit.start) for edit in edits)
    size = chunks[-1].end + grown - 8
    return splice(data, (Edit(4, 8, struct.pack("<I", size)), *edits))


def has_credentials(data: bytes) -> bool:
    """Tell whether the file holds a C2PA manifest. *Source:* C2PA Technical Specification, appendix A."""
    return any(chunk.kind == b"C2PA" for chunk in read_chunks(data))


def _walk(data: bytes, end: int) -> Iterator[Chunk]:
    """Yield the chunks of a container that ends at byte `end`."""
    position = _HEADER_BYTES
    while position < end:
        if position + 8 > end:
            raise MalformedImage(Flaw.TRUNCATED, "a WebP chunk header is cut short")
        kind, size = struct.unpack_from("<4sI", data, position)
        body_end = position + 8 + size
        if body_end > end:
            raise MalformedImage(Flaw.TRUNCATED, f"the WebP chunk {kind!r} is cut short")
        padded = min(body_end + size % 2, len(data))
        yield Chunk(kind, position, position + 8, body_end, padded)
        position = padded


def _header_edit(data: bytes, chunks: tuple[Chunk, ...]) -> Edit:
    """Return the edit that announces XMP: in the VP8X header there is, or in a new one."""
    first = chunks[0]
    if first.kind == b"VP8X":
        flags = data[first.body_start] | _XMP_FLAG
        return Edit(first.body_start, first.body_start + 1, bytes((flags,)))
    width, height, has_alpha = _bitstream(data, chunks)
    flags = _XMP_FLAG | (_ALPHA_FLAG if has_alpha else 0)
    # Flags, three reserved bytes, then width - 1 and height - 1 in 24 bits each.
    body = struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return Edit(_HEADER_BYTES, _HEADER_BYTES, _chunk(b"VP8X", body))


def _bitstream(data: bytes, chunks: tuple[Chunk, ...]) -> tuple[int, int, bool]:
    """Return width, height in pixels and whether there is transparency, as the first coded picture says."""
    chunk = next((chunk for chunk in chunks if chunk.kind in _BITSTREAMS), None)
    if chunk is None:
        raise MalformedImage(Flaw.CORRUPT, "a WebP without a picture")
    read = _lossy if chunk.kind == b"VP8 " else _lossless
    return read(data[chunk.body_start : min(chunk.body_end, chunk.body_start + 10)])


def _lossy(header: bytes) -> tuple[int, int, bool]:
    """Read a VP8 key frame header: three bytes of frame tag, the start code, two sizes of 14 bits."""
    if header[3:6] != b"\x9d\x01\x2a" or len(header) < 10:
        raise MalformedImage(Flaw.CORRUPT, "a WebP whose picture is no key frame")
    width, height = struct.unpack_from("<HH", header, 6)
    return width & 0x3FFF, height & 0x3FFF, False


def _lossless(header: bytes) -> tuple[int, int, bool]:
    """Read a VP8L header: a signature byte, two sizes less one of 14 bits, one bit of transparency."""
    if header[:1] != b"\x2f" or len(header) < 5:
        raise MalformedImage(Flaw.CORRUPT, "a lossless WebP without its signature")
    bits = int.from_bytes(header[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk, padded to an even size."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
