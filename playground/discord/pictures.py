"""Reads the size of a picture from its first bytes (PNG, JPEG, GIF, WebP)."""

import struct

Size = tuple[int, int]


def picture_size(head: bytes) -> Size | None:
    """Return (width, height) in pixels, or None for anything that is not such a picture."""
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", head[16:24])
            return int(width), int(height)
        if head.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack("<HH", head[6:10])
            return int(width), int(height)
        if head.startswith(b"\xff\xd8"):
            return _jpeg_size(head)
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp_size(head)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg_size(head: bytes) -> Size | None:
    """Walk the segments to the frame header (SOF0-SOF15 but for DHT, JPG, DAC)."""
    position = 2
    while position + 9 < len(head):
        marker = head[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[position + 5 : position + 9])
            return int(width), int(height)
        position += 2 + int(struct.unpack(">H", head[position + 2 : position + 4])[0])
    return None


def _webp_size(head: bytes) -> Size | None:
    """Read the canvas of VP8X, VP8L or VP8. *Source:* RFC 9649."""
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return int(width) & 0x3FFF, int(height) & 0x3FFF
    return None
