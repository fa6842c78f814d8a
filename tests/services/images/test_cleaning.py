"""Pictures that people bring, made new: what is left are the pixels, upright and in sRGB, whatever came."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageStat, JpegImagePlugin

from services.images import cleaning
from services.images.cleaning import MAX_UPLOAD_BYTES, clean
from services.images.decoders import CLEANERS, DecodeLimits, Decoders
from services.images.formats import Flaw, ImageFormat, MalformedImage
from services.images.vips import vips
from tests.services.images.bad_files import colours, polyglots
from tests.services.images.bombs import huge_in_memory, huge_in_work
from tests.services.images.pictures import decode, draw, encode, picture_bytes, png_chunk
from tests.waiting import HANGS_AFTER_S

MIB = 1024 * 1024


@pytest.fixture
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Decoders]:
    """Cleaners with the limits that a test asks for."""
    opened = Decoders(request.param)
    monkeypatch.setattr(cleaning, "CLEANERS", opened)
    yield opened
    opened.close()


def with_limits(limits: DecodeLimits) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pool", [limits], indirect=True)


def flaw_of(data: bytes) -> Flaw:
    with pytest.raises(MalformedImage) as caught:
        clean(data)
    return caught.value.flaw


def far_apart(one: Image.Image, other: Image.Image) -> float:
    """Return by how much two pictures differ, from 0 to 255."""
    assert one.size == other.size
    pairs = zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (one.width * one.height * 3)


FULL, HALF = 0, 2
"""How a JPEG stores its colours: 4:4:4, and 4:2:0. *Source:* Pillow, JpegImagePlugin.get_sampling."""


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        (encode(draw((128, 96)), "PNG"), FULL),
        (encode(draw((128, 96)), "JPEG", subsampling=FULL), FULL),
        (encode(draw((128, 96)), "JPEG", subsampling=HALF), HALF),
        (encode(draw((128, 96)), "WEBP", lossless=True), FULL),
        (encode(draw((128, 96)), "WEBP", quality=90), HALF),
        (encode(draw((4096, 128)), "JPEG", subsampling=HALF), FULL),
    ],
    ids=["PNG", "whole JPEG", "half JPEG", "lossless WebP", "WebP", "made smaller"],
)
def test_colours_keep_the_resolution_that_they_have(data: bytes, stored: int) -> None:
    copy = decode(clean(data).data)
    assert isinstance(copy, JpegImagePlugin.JpegImageFile)

    assert JpegImagePlugin.get_sampling(copy) == stored


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_a_picture_keeps_its_looks_and_the_same_one_gives_the_same_bytes(name: str) -> None:
    smooth = Image.radial_gradient("L").resize((300, 200)).convert("RGB")
    data = encode(smooth, name, quality=95)
    made = clean(data)

    assert made == clean(data)
    assert (made.facts.format, made.facts.width, made.facts.height) == (ImageFormat.JPEG, 300, 200)
    assert far_apart(decode(made.data), smooth) < 3


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((2048, 700), (2048, 700)),
        ((2049, 700), (2048, 700)),
        ((2100, 4200), (1024, 2048)),
        ((64, 64), (64, 64)),
    ],
)
def test_no_side_is_longer_than_2048_px_and_nothing_is_enlarged(
    size: tuple[int, int], made: tuple[int, int]
) -> None:
    assert clean(encode(Image.new("RGB", size, (9, 99, 199)), "PNG")).facts[1:] == made


def test_a_strip_that_would_be_too_narrow_is_refused_and_a_wider_one_is_not() -> None:
    assert clean(encode(Image.new("L", (4096, 128)), "PNG")).facts[1:] == (2048, 64)
    assert flaw_of(encode(Image.new("L", (4096, 127)), "PNG")) is Flaw.TOO_SMALL


@pytest.mark.parametrize(("data", "tail"), [(data, name) for name, data in polyglots().items()])
def test_bi_70_of_a_file_that_is_two_things_the_picture_is_left(data: bytes, tail: str) -> None:
    made = clean(data).data

    assert decode(made).size == (96, 80), tail
    assert not any(word in made for word in (b"PK\x03\x04", b"evil.js", b"<?php", b"<script", b"Comment"))


def test_bi_72_a_file_counts_as_what_its_bytes_are() -> None:
    assert clean(picture_bytes("WEBP")).facts.format is ImageFormat.JPEG


SECRETS = (b"GPS-51.5007", b"SERIAL-0815", b"<script>alert", b"photoshop", b"ICC-OF-ADA", b"ARTIST-ADA")


def telling(name: str) -> bytes:
    """Return a picture that tells where, with what and by whom it was taken: BI-73."""
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif[0x013B] = "ARTIST-ADA"
    exif[0xA431] = "SERIAL-0815"
    exif.get_ifd(0x8825)[0x1D] = "GPS-51.5007"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><photoshop>SERIAL-0815</photoshop></x:xmpmeta>'
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, object] = {"exif": exif.tobytes(), "icc_profile": profile + b"ICC-OF-ADA" * 100}
    if name == "WEBP":
        options["xmp"] = xmp
    data = encode(draw((120, 90)), name, **options)
    if name == "PNG":
        data = data[:33] + png_chunk(b"tEXt", b"Author\0ARTIST-ADA") + data[33:]
    if name == "JPEG":
        segment = b"http://ns.adobe.com/xap/1.0/\0" + xmp
        data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]
    return data


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_bi_73_nothing_of_what_a_file_tells_beside_its_picture_is_left(name: str) -> None:
    data = telling(name)
    assert any(word in data for word in SECRETS)
    made = clean(data).data
    opened = decode(made)

    assert not any(word in made for word in SECRETS)
    assert opened.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert not opened.getexif()


def test_bi_73_a_profile_of_five_megabytes_is_gone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = clean(encode(draw(), "PNG", icc_profile=profile + bytes(5 * MIB)))

    assert len(made.data) < MIB


def test_the_resolution_of_a_file_says_nothing_either() -> None:
    plain, telling_one = (encode(draw(), "JPEG", dpi=dpi) for dpi in ((72, 72), (431, 267)))

    assert clean(plain).data == clean(telling_one).data


def corner(picture: Image.Image) -> str:
    """Return in which corner of a dark picture the light square is."""
    width, height = picture.size
    boxes = {
        "top left": (0, 0), "top right": (width - 30, 0),
        "bottom left": (0, height - 30), "bottom right": (width - 30, height - 30),
    }  # fmt: skip
    light = {
        name: ImageStat.Stat(picture.convert("L").crop((x, y, x + 30, y + 30))).mean[0]
        for name, (x, y) in boxes.items()
    }
    return max(light, key=light.__getitem__)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "where"),
    [
        (1, (200, 120), "top left"), (2, (200, 120), "top right"), (3, (200, 120), "bottom right"),
        (4, (200, 120), "bottom left"), (5, (120, 200), "top left"), (6, (120, 200), "top right"),
        (7, (120, 200), "bottom right"), (8, (120, 200), "bottom left"),
    ],
)  # fmt: skip
def test_bi_73_every_orientation_is_applied(
    name: str, orientation: int, size: tuple[int, int], where: str
) -> None:
    picture = Image.new("RGB", (200, 120))
    picture.paste((255, 255, 255), (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = decode(clean(encode(picture, name, exif=exif.tobytes())).data)

    assert (made.size, corner(made)) == (size, where)


@pytest.mark.parametrize("name", colours())
def test_bi_75_every_colour_model_becomes_srgb_of_8_bits(name: str) -> None:
    data, is_clear = colours()[name]
    made = clean(data)
    opened = decode(made.data)

    assert made.facts.format is (ImageFormat.PNG if is_clear else ImageFormat.JPEG)
    assert opened.mode in ({"RGBA"} if is_clear else {"RGB", "L"})
    # There are many ways to print a colour: without a profile each library takes its own.
    assert far_apart(opened, expected(data)) < (40 if name == "CMYK" else 12)


def expected(data: bytes) -> Image.Image:
    """Return how a picture looks, as far as another library knows."""
    picture = decode(data)
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGBA").convert("RGB")


def test_bi_75_the_colours_of_a_wide_profile_are_kept_and_not_its_numbers() -> None:
    flat = encode(Image.new("RGB", (96, 80), (200, 100, 100)), "PNG")
    data = vips().Image.new_from_buffer(flat, "").pngsave_buffer(profile="p3")
    red, green, _ = ImageStat.Stat(decode(clean(data).data)).mean

    assert ImageStat.Stat(decode(data)).mean == [200, 100, 100]
    assert (red > 205, green < 98) == (True, True)


@pytest.mark.parametrize("profile", [b"", b"no profile at all", bytes(128), b"acsp" * 100])
def test_a_profile_that_is_none_does_no_harm(profile: bytes) -> None:
    picture = Image.new("RGB", (96, 80), (10, 200, 90))
    made = clean(encode(picture, "JPEG", quality=95, icc_profile=profile))

    assert far_apart(decode(made.data), picture) < 4


def test_bi_58_what_is_larger_than_an_upload_may_be_is_not_even_looked_at() -> None:
    assert flaw_of(picture_bytes("PNG") + bytes(MAX_UPLOAD_BYTES)) is Flaw.TOO_LARGE


@with_limits(DecodeLimits(within_s=HANGS_AFTER_S, cpu_s=1, resident_bytes=CLEANERS.limits.resident_bytes))
def test_bi_76_a_picture_that_works_on_and_on_is_refused_and_the_next_one_is_not(pool: Decoders) -> None:
    assert flaw_of(huge_in_work()) is Flaw.TOO_HEAVY
    assert pool.spare_pids == ()
    assert clean(picture_bytes("JPEG")).facts[1:] == (96, 80)


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="how much memory a process has is told by Linux"
)
@pytest.mark.parametrize("components", [3, 4])
def test_bi_76_a_picture_that_takes_too_much_memory_ends_its_process_and_no_other(
    components: int, caplog: pytest.LogCaptureFixture
) -> None:
    clean(picture_bytes("JPEG"))
    assert flaw_of(huge_in_memory(components)) is Flaw.TOO_HEAVY
    assert caplog.text.count("is gone") == 1  # what it is certain of, no second process has to die of
    assert clean(picture_bytes("JPEG")).facts[1:] == (96, 80)
