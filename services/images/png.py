"""PNG: the chunks of a file, its size, and text chunks put in without touching the pixels.

*Source:* Portable Network Graphics (PNG) Specification, third edition: 5.3 (chunk layout), 11.2.1 (IHDR), 11.3.3.4
(iTXt), 11.3.6 (animation); Adobe XMP Specification Part 3, "PNG" (keyword XML:com.adobe.xmp).
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.images.formats import Edit, Flaw, ImageFacts, ImageFormat, MalformedImage, splice

XMP_KEYWORD: Final = b"XML:com.adobe.xmp"
STAMP_KEYWORD: Final = b"limner"

_SIGNATURE_BYTES: Final = 8
_LONGEST_TEXT_BYTES: Final = 2**20


class Chunk(NamedTuple):
    """One chunk: its type, and where it starts, where its body lies, and where its check sum ends."""

    kind: bytes
    start: int
    body_start: int
    body_end: int
    end: int


def read_chunks(data: bytes) -> tuple[Chunk, ...]:
    """Return the chunks from IHDR to IEND; what lies behind IEND is no part of the picture.

    Raises MalformedImage when a chunk is cut short, fails its check sum, or IHDR, IDAT or IEND is missing.
    """
    chunks = tuple(_walk(data))
    if chunks[0].kind != b"IHDR" or chunks[0].body_end - chunks[0].body_start != 13:
        raise MalformedImage(Flaw.CORRUPT, "the first PNG chunk is not a header")
    if not any(chunk.kind == b"IDAT" for chunk in chunks):
        raise MalformedImage(Flaw.CORRUPT, "a PNG without pixels")
    return chunks


def measure(data: bytes) -> ImageFacts:
    """Return the facts of a whole PNG. Raises MalformedImage, also for an animated one."""
    chunks = read_chunks(data)
    if any(chunk.kind == b"acTL" for chunk in chunks):
        raise MalformedImage(Flaw.ANIMATED, "an animated PNG")
    width, height = struct.unpack_from(">II", data, chunks[0].body_start)
    return ImageFacts(ImageFormat.PNG, width, height)


def read_text(data: bytes, keyword: bytes) -> bytes | None:
    """Return the UTF-8 text of the first iTXt chunk under `keyword`, None where there is none that can be read."""
    for chunk in read_chunks(data):
        if _keyword(data, chunk) == keyword:
            return _text(data[chunk.body_start : chunk.body_end])
    return None


def with_texts(data: bytes, texts: dict[bytes, bytes]) -> bytes:
    """Return `data` with each text as an iTXt chunk behind the header, in place of what stood under its keyword."""
    chunks = read_chunks(data)
    added = b"".join(_text_chunk(keyword, text) for keyword, text in texts.items())
    removed = (Edit(chunk.start, chunk.end, b"") for chunk in chunks if _keyword(data, chunk) in texts)
    return splice(data, (Edit(chunks[0].end, chunks[0].end, added), *removed))


def has_credentials(data: bytes) -> bool:
    """Tell whether the file holds a C2PA manifest. *Source:* C2PA Technical Specification, appendix A."""
    return any(chunk.kind == b"caBX" for chunk in read_chunks(data))


def _walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND."""
    position, kind = _SIGNATURE_BYTES, b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise MalformedImage(Flaw.TRUNCATED, "a PNG that ends before its end chunk")
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = Chunk(kind, position, position + 8, position + 8 + length, position + 12 + length)
        _check(data, chunk)
        yield chunk
        position = chunk.end


def _check(data: bytes, chunk: Chunk) -> None:
    """Refuse a chunk that is cut short or damaged."""
    if chunk.end > len(data):
        raise MalformedImage(Flaw.TRUNCATED, f"the PNG chunk {chunk.kind!r} is cut short")
    (expected,) = struct.unpack_from(">I", data, chunk.body_end)
    if zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.body_end]) != expected:
        raise MalformedImage(Flaw.CORRUPT, f"the PNG chunk {chunk.kind!r} fails its check sum")


def _keyword(data: bytes, chunk: Chunk) -> bytes | None:
    """Return an iTXt chunk's keyword (at most 79 bytes), None for any other chunk."""
    if chunk.kind != b"iTXt":
        return None
    return data[chunk.body_start : min(chunk.body_end, chunk.body_start + 80)].partition(b"\0")[0]


def _text(body: bytes) -> bytes | None:
    """Return the text of an iTXt body: keyword NUL flag method language NUL translated NUL text."""
    _, _, rest = body.partition(b"\0")
    flags, tail = rest[:2], rest[2:].split(b"\0", 2)
    if len(flags) != 2 or len(tail) != 3:
        return None
    return _inflated(tail[2]) if flags[0] else tail[2]


def _inflated(packed: bytes) -> bytes | None:
    """Return the inflated text, None where it is damaged or of a size that no honest text has."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _LONGEST_TEXT_BYTES)
    except zlib.error:
        return None
    return text if inflater.eof else None


def _text_chunk(keyword: bytes, text: bytes) -> bytes:
    """Return an uncompressed iTXt chunk with no language and no translated keyword."""
    body = b"iTXt" + keyword + b"\0\0\0\0\0" + text
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
