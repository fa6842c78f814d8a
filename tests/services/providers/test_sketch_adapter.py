"""What the sketch painter makes of an order, beyond the contract."""

import io
from pathlib import Path

import pytest
from PIL import Image

from services.features import draw_face, load_feature_file
from services.images.pixels import PixelWork
from services.models import DrawnFeature, Face
from services.providers.base import Finished, PaintOrder
from services.providers.catalog import ASPECTS, load_catalog
from services.providers.sketch.adapter import SketchProvider
from services.sayings import said

FACE = draw_face(load_feature_file(Path(__file__).parents[3] / "face_features.json"), 11)
MODEL = load_catalog().find("sketch")


async def paint(face: Face = FACE, *, seed: int | None = 42, aspect: str = "1:1", **options: str) -> Finished:
    order = PaintOrder("sketch", "sketch", "", seed, MODEL.fit(options, aspect).parameters, features=face)
    result = await SketchProvider(PixelWork()).submit(order)
    assert isinstance(result, Finished)
    return result


def open_picture(result: Finished) -> Image.Image:
    assert result.picture.data is not None
    return Image.open(io.BytesIO(result.picture.data))


@pytest.mark.parametrize("aspect", ASPECTS)
async def test_paints_the_size_of_the_aspect(aspect: str) -> None:
    assert open_picture(await paint(aspect=aspect)).size == MODEL.size_px(MODEL.aspects[aspect])


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
async def test_paints_the_format_that_was_asked_for(image_format: str) -> None:
    assert open_picture(await paint(format=image_format)).format == image_format.upper()


async def test_paints_a_jpeg_for_nothing_when_nothing_is_asked() -> None:
    result = await paint()

    assert open_picture(result).format == "JPEG"
    assert (result.seed, result.cost_micro_usd, result.notes) == (42, 0, ())


async def test_another_seed_gives_another_drawing() -> None:
    first, second = await paint(seed=1), await paint(seed=2)

    assert first.picture.data != second.picture.data


async def test_names_what_it_could_not_draw() -> None:
    odd = tuple(
        DrawnFeature(*drawn.key, "cyberpunk") if drawn.key == ("Shape", "Nose") else drawn for drawn in FACE
    )

    assert [said("en", note) for note in (await paint(odd)).notes] == ["not drawn: Nose: cyberpunk"]


async def test_paints_somebody_without_features_and_without_a_seed() -> None:
    assert open_picture(await paint((), seed=None)).size == (1024, 1024)
