"""Pictures that came over the wire: decoded to the last line, out of base64 where they came as such."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from services.errors import ProviderBroken
from services.images.formats import ImageFormat
from services.images.whole import judge, unwrapped

SIZE = (160, 120)


def picture(image_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(SIZE, 80).convert("RGB").save(file, image_format, **options)
    return file.getvalue()


FORMATS = {
    "jpeg": picture("JPEG", quality=90),
    "progressive jpeg": picture("JPEG", quality=90, progressive=True),
    "png": picture("PNG"),
    "webp": picture("WEBP", quality=90),
    "lossless webp": picture("WEBP", lossless=True),
}
every_format = pytest.mark.parametrize("data", FORMATS.values(), ids=FORMATS)


def flaw_of(data: bytes) -> object:
    with pytest.raises(ProviderBroken) as caught:
        judge(unwrapped(data))
    assert caught.value.code == "bad_image"
    return caught.value.fields["reason"]


@every_format
def test_a_whole_picture_comes_back_as_it_was(data: bytes) -> None:
    facts = judge(data)

    assert unwrapped(data) == data
    assert (facts.width, facts.height) == SIZE


@every_format
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_picture_is_refused(data: bytes, share: float) -> None:
    assert flaw_of(data[: int(len(data) * share)]) in {"truncated", "corrupt"}


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg"])
def test_a_jpeg_whose_middle_is_missing_is_refused_although_its_end_is_there(name: str) -> None:
    data = FORMATS[name]

    assert flaw_of(data[: len(data) // 2] + b"\xff\xd9") == "corrupt"


def test_a_png_with_whole_chunks_and_too_few_lines_is_refused() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0))
    half = chunk(b"IDAT", zlib.compress(b"\0" * (50 * 301)))
    data = b"\x89PNG\r\n\x1a\n" + header + half + chunk(b"IEND", b"")

    assert flaw_of(data) == "corrupt"


def test_bytes_behind_the_end_of_a_jpeg_are_no_damage() -> None:
    facts = judge(FORMATS["jpeg"] + b"and a comment")

    assert facts.format is ImageFormat.JPEG


@every_format
@pytest.mark.parametrize("head", [b"", b"data:image/png;base64,"])
def test_base64_is_unwrapped_with_and_without_its_head(data: bytes, head: bytes) -> None:
    text = head + base64.b64encode(data)

    assert unwrapped(text) == data
    assert unwrapped(text.rstrip(b"=")) == data
    assert unwrapped(b"\n".join([text[:100], text[100:], b""])) == data


@pytest.mark.parametrize("data", [b"", b"<html>gone</html>", b"bm90IGEgcGljdHVyZQ==", b"data:,"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert flaw_of(data) in {"empty", "not_an_image"}
    assert isinstance(unwrapped(data), bytes)
