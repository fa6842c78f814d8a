"""JPEGs that every reader takes for whole, small as files, and huge in memory or in work."""

import struct
from typing import Final

WIDTH_PX: Final = 8192
HEIGHT_PX: Final = 4880
"""Forty megapixels, the most that is let through to a decoder."""

_BLOCKS: Final = (WIDTH_PX // 8) * (HEIGHT_PX // 8)
_REFINEMENTS: Final = 13
"""How often a coefficient may get one more bit. *Source:* ITU-T T.81, G.1.1.1.1."""


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _table(which: int, symbol: int) -> bytes:
    """Return a Huffman table in which the bit 0 stands for the one symbol."""
    return _segment(0xC4, bytes([which, 1]) + bytes(15) + bytes([symbol]))


def _empty_scan() -> bytes:
    """Return the data of a scan in which no block has anything: runs of 32767 blocks, the bit 0 and 14 more each."""
    bits = ("0" + "1" * 14) * (_BLOCKS // 32767 + 1)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def huge_in_memory(components: int) -> bytes:
    """Return a grey picture of 40 megapixels whose coefficients take 80 MB a component; the file has 80 kB each."""
    frame = struct.pack(">BHHB", 8, HEIGHT_PX, WIDTH_PX, components)
    frame += b"".join(bytes((number, 0x11, 0)) for number in range(1, components + 1))
    named = b"".join(bytes((number, 0)) for number in range(1, components + 1))
    scan = _segment(0xDA, bytes([components]) + named + bytes(3)) + bytes(_BLOCKS * components // 8 + 1)
    quantisation = _segment(0xDB, bytes([0]) + bytes([1]) * 64)
    return b"\xff\xd8" + quantisation + _segment(0xC2, frame) + _table(0x00, 0) + scan + b"\xff\xd9"


def huge_in_work() -> bytes:
    """Return a grey picture of 40 megapixels in 883 scans, each a walk over all of it: 9 s of work in 140 kB."""
    parts, data = [huge_in_memory(1)[:-2], _table(0x10, 0xE0)], _empty_scan()
    for coefficient in range(1, 64):
        for low in range(_REFINEMENTS, -1, -1):
            high = 0 if low == _REFINEMENTS else low + 1
            parts += [_segment(0xDA, bytes([1, 1, 0, coefficient, coefficient, high << 4 | low])), data]
    return b"".join(parts) + b"\xff\xd9"
