import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ProviderBroken
from services.images.formats import ImageFacts, ImageFormat, sniff
from services.images.guard import MAX_PIXELS, MAX_SIDE_PX, MIN_SIDE_PX, inspect
from tests.services.images.pictures import FORMATS, animated, draw, encode, picture_bytes, png_chunk

BY_NAME = {"PNG": ImageFormat.PNG, "JPEG": ImageFormat.JPEG, "WEBP": ImageFormat.WEBP}
LOSSLESS = encode(draw(), "WEBP", lossless=True)
EXTENDED = encode(draw(mode="RGBA"), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0")
PROGRESSIVE = picture_bytes("JPEG", progressive=True, restart_marker_blocks=1)
WHOLE = {name: picture_bytes(name) for name in FORMATS} | {
    "lossless WebP": LOSSLESS, "extended WebP": EXTENDED, "progressive JPEG": PROGRESSIVE,
}  # fmt: skip


def reason(data: bytes) -> str:
    with pytest.raises(ProviderBroken) as caught:
        inspect(data)
    assert caught.value.code == "bad_image"
    return str(caught.value.fields["reason"])


def png_of(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", [(64, 64), (65, 127), (1024, 64), (333, 500)])
def test_tells_format_and_size(name: str, size: tuple[int, int]) -> None:
    assert inspect(picture_bytes(name, size)) == ImageFacts(BY_NAME[name], *size)


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_takes_every_flavour_that_encoders_write(data: bytes) -> None:
    assert inspect(data)[1:] == (96, 80)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_takes_every_colour_model(mode: str) -> None:
    name = "JPEG" if mode == "CMYK" else "PNG"
    assert inspect(encode(draw(mode=mode), name))[1:] == (96, 80)


def test_takes_a_tiny_lossless_picture_of_one_colour() -> None:
    plain = draw((64, 64)).point(lambda _: 0)
    assert inspect(encode(plain, "WEBP", lossless=True)) == ImageFacts(ImageFormat.WEBP, 64, 64)


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_ignores_what_lies_behind_the_end_of_the_picture(data: bytes) -> None:
    assert inspect(data + b"PK\x03\x04") == inspect(data)


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_refuses_a_picture_cut_at_any_byte(data: bytes) -> None:
    for length in (*range(12, 200), *range(200, len(data), 97), len(data) - 1):
        assert reason(data[:length]) in {"truncated", "corrupt"}, length


@given(st.sampled_from(sorted(WHOLE)), st.integers(0), st.binary(min_size=1, max_size=20))
def test_damaged_bytes_are_measured_or_refused_and_nothing_else(name: str, where: int, damage: bytes) -> None:
    data = bytearray(WHOLE[name])
    start = where % len(data)
    data[start : start + len(damage)] = damage
    try:
        inspect(bytes(data))
    except ProviderBroken as error:
        assert error.code == "bad_image"  # noqa: PT017 - either outcome is right


@given(st.binary(max_size=300))
def test_random_bytes_behind_each_signature_are_refused(tail: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x80\0\0\0WEBP"):
        reason(head + tail)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", "empty", id="no bytes"),
        pytest.param(b"\x89", "not_an_image", id="one byte"),
        pytest.param(b"<!doctype html><script>alert(1)</script>", "not_an_image", id="HTML"),
        pytest.param(b'{"error": "expired"}', "not_an_image", id="JSON"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image", id="SVG"),
        pytest.param(encode(draw(), "GIF"), "not_an_image", id="GIF"),
        pytest.param(encode(draw(), "TIFF"), "not_an_image", id="TIFF"),
        pytest.param(animated("PNG"), "animated", id="animated PNG"),
        pytest.param(animated("WEBP"), "animated", id="animated WebP"),
        pytest.param(picture_bytes("PNG", (63, 64)), "too_small", id="63 pixels wide"),
        pytest.param(picture_bytes("WEBP", (64, 63)), "too_small", id="63 pixels high"),
        pytest.param(png_of(0, 0), "too_small", id="no pixels"),
        pytest.param(png_of(MAX_SIDE_PX + 1, 64), "too_large", id="one pixel too wide"),
        pytest.param(png_of(30_000, 30_000), "too_large", id="bomb of 30000 x 30000"),
        pytest.param(png_of(6400, 6251), "too_large", id="just over 40 megapixels"),
        pytest.param(b"\xff\xd8\xff\xd9", "corrupt", id="JPEG of two markers"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x01", "corrupt", id="JPEG segment of length one"),
        pytest.param(b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "corrupt", id="JPEG without a frame"),
        pytest.param(b"RIFF\x04\0\0\0WEBP", "corrupt", id="WebP without chunks"),
    ],
)
def test_refuses_with_the_reason(data: bytes, expected: str) -> None:
    assert reason(data) == expected


def test_takes_the_largest_and_the_smallest_allowed() -> None:
    assert inspect(png_of(6400, 6250))[1:] == (6400, 6250)
    assert MAX_PIXELS == 6400 * 6250
    assert inspect(png_of(MAX_SIDE_PX, MIN_SIDE_PX))[1:] == (MAX_SIDE_PX, MIN_SIDE_PX)


def test_refuses_a_png_whose_check_sum_fails() -> None:
    data = bytearray(picture_bytes("PNG"))
    data[len(data) // 2] ^= 1
    assert reason(bytes(data)) == "corrupt"


def test_judges_by_content_and_names_the_media_type() -> None:
    assert [sniff(picture_bytes(name)).media_type for name in FORMATS] == [
        "image/png",
        "image/jpeg",
        "image/webp",
    ]
    assert [sniff(picture_bytes(name)).value for name in FORMATS] == ["png", "jpg", "webp"]
