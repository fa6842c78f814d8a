import io
import zlib

import pytest
from PIL import Image

from services.errors import StorageError
from services.images.thumbnails import THUMBNAIL_SIDE_PX, thumbnail
from tests.services.images.pictures import FORMATS, decode, draw, encode, picture_bytes, png_chunk


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 1024), (512, 512)),
        ((1536, 1024), (512, 341)),
        ((300, 1200), (128, 512)),
        ((200, 100), (200, 100)),
    ],
)
def test_is_a_webp_of_the_right_size(name: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    small = decode(thumbnail(picture_bytes(name, size)))
    assert small.format == "WEBP"
    assert small.size == expected
    assert max(small.size) <= THUMBNAIL_SIDE_PX


@pytest.mark.parametrize("name", FORMATS)
def test_shows_the_same_picture(name: str) -> None:
    gradient = Image.linear_gradient("L").resize((800, 800)).convert("RGB")
    small = decode(thumbnail(encode(gradient, name), side_px=100)).convert("L")
    expected = gradient.resize((100, 100)).convert("L")
    assert max(abs(a - b) for a, b in zip(small.tobytes(), expected.tobytes(), strict=True)) < 12


@pytest.mark.parametrize("mode", ["L", "P", "LA", "I;16", "1", "CMYK"])
def test_takes_every_colour_model(mode: str) -> None:
    picture = Image.new("I;16", (96, 80), 500) if mode == "I;16" else draw().convert(mode)
    data = encode(picture, "JPEG" if mode == "CMYK" else "PNG")
    assert decode(thumbnail(data)).size == (96, 80)


def test_keeps_transparency_and_the_colour_profile() -> None:
    data = encode(draw(mode="RGBA"), "PNG", icc_profile=b"\0" * 36 + b"acsp" + b"\0" * 100)
    small = decode(thumbnail(data))
    assert small.mode == "RGBA"
    assert small.info["icc_profile"][36:40] == b"acsp"


def test_turns_a_picture_upright_and_drops_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "somewhere private"
    small = thumbnail(picture_bytes("JPEG", (200, 100), exif=exif))
    assert decode(small).size == (100, 200)
    assert b"private" not in small
    assert not decode(small).getexif()


def without_pixels() -> bytes:
    """Return a PNG of sound structure whose pixel data is empty: only decoding can tell."""
    whole = picture_bytes("PNG")
    return whole[:33] + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")


def damaged_png() -> bytes:
    data = bytearray(picture_bytes("PNG"))
    data[100] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", picture_bytes("PNG")[:500], damaged_png(), without_pixels(), encode(draw(), "GIF")],
    ids=["empty", "text", "cut", "damaged", "no pixels", "GIF"],
)
def test_says_that_damaged_bytes_cannot_be_shown(data: bytes) -> None:
    with pytest.raises(StorageError) as caught:
        thumbnail(data)
    assert caught.value.code == "bad_image"


def test_refuses_a_bomb_before_decoding_it() -> None:
    written = io.BytesIO()
    Image.new("1", (9000, 9000)).save(written, "PNG")
    with pytest.raises(StorageError, match="9000 x 9000"):
        thumbnail(written.getvalue())
