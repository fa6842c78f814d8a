"""The picture file: format, size, and the portrait in its middle."""

import io
from typing import Literal

import pytest
from PIL import Image

from services.providers.sketch.raster import encode
from services.providers.sketch.svg import draw_sketch
from tests.services.providers.sketch.faces import face_with

SVG = draw_sketch(face_with({}), 1).svg


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_encodes_the_format_that_was_asked_for(image_format: Literal["jpeg", "png", "webp"]) -> None:
    with Image.open(io.BytesIO(encode(SVG, image_format=image_format))) as image:
        assert (image.format, image.size, image.mode) == (image_format.upper(), (1024, 1024), "RGB")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (512, 512), (640, 641)])
def test_centres_the_portrait_on_white_when_the_picture_is_not_square(width: int, height: int) -> None:
    with Image.open(io.BytesIO(encode(SVG, image_format="png", width=width, height=height))) as image:
        assert image.size == (width, height)
        assert image.getpixel((2, 2)) == (255, 255, 255)
        middle = image.getpixel((width // 2, height // 2))
    assert middle != (255, 255, 255)
