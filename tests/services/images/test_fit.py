import pytest
from PIL import Image

from services.errors import StorageError
from services.images.fit import fit_for_upload
from tests.services.images.pictures import FORMATS, decode, draw, encode, picture_bytes


@pytest.mark.parametrize("name", FORMATS)
def test_leaves_alone_what_fits_to_the_byte(name: str) -> None:
    data = picture_bytes(name)
    assert fit_for_upload(data, len(data)) is data


def test_makes_a_copy_of_the_same_size_where_that_is_enough() -> None:
    data = picture_bytes("PNG", (512, 384))
    copy = fit_for_upload(data, len(data) - 1)
    assert len(copy) < len(data)
    assert decode(copy).size == (512, 384)
    assert decode(copy).format == "WEBP"


@pytest.mark.parametrize("limit", [100_000, 30_000, 10_000])
def test_shrinks_the_copy_until_it_fits(limit: int) -> None:
    copy = fit_for_upload(picture_bytes("PNG", (900, 600)), limit)
    width, height = decode(copy).size
    assert len(copy) <= limit
    assert width < 900
    assert width / height == pytest.approx(1.5, rel=0.02)


def test_keeps_transparency_and_turns_the_copy_upright() -> None:
    transparent = encode(draw((256, 256), "RGBA"), "PNG")
    assert decode(fit_for_upload(transparent, len(transparent) - 1)).mode == "RGBA"
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture_bytes("JPEG", (300, 200), exif=exif, quality=100)
    assert decode(fit_for_upload(turned, len(turned) - 1)).size == (200, 300)
    shrunk = decode(fit_for_upload(turned, 8_000)).size
    assert shrunk[0] < shrunk[1] < 300


def test_says_when_nothing_fits() -> None:
    with pytest.raises(StorageError) as caught:
        fit_for_upload(picture_bytes("PNG", (400, 400)), 100)
    assert caught.value.code == "image_too_large"
    assert caught.value.fields["limit_bytes"] == 100


@pytest.mark.parametrize("data", [b"no picture", picture_bytes("PNG")[:3000], picture_bytes("JPEG")[:3000]])
def test_says_that_damaged_bytes_cannot_be_shown(data: bytes) -> None:
    with pytest.raises(StorageError) as caught:
        fit_for_upload(data, 5)
    assert caught.value.code == "bad_image"
