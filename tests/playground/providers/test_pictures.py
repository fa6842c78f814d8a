"""The stand-ins' painter: real pictures, the same for the same order, another for anything else."""

import io
from dataclasses import replace
from random import Random

import pytest
from PIL import Image, ImageChops

from playground.providers.pictures import Picture, enlarged, paint, sitter_of
from tests.playground.providers.fal_bench import picture

PORTRAIT = Picture("a woman with red hair", 7, (), 256, 256, "png", "fal-ai/flux/dev")


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]).convert("RGB")


def average(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, ...]:
    return tuple(image.crop(box).resize((1, 1), Image.Resampling.BOX).tobytes())


@pytest.mark.parametrize("file_format", ["jpeg", "png", "webp"])
def test_the_same_order_gives_the_same_bytes(file_format: str) -> None:
    order = replace(PORTRAIT, file_format=file_format)
    assert paint(order) == paint(order)
    with Image.open(io.BytesIO(paint(order)), formats=[file_format.upper()]) as image:
        image.load()
        assert image.size == (256, 256)


@pytest.mark.parametrize(
    "other",
    [
        replace(PORTRAIT, seed=8),
        replace(PORTRAIT, prompt="a man with red hair"),
        replace(PORTRAIT, references=(picture(),)),
        replace(PORTRAIT, references=(picture((200, 30, 30)),)),
        replace(PORTRAIT, label="fal-ai/flux/schnell"),
    ],
    ids=["seed", "prompt", "reference", "another reference", "model"],
)
def test_anything_else_gives_another_picture(other: Picture) -> None:
    one, two = opened(paint(PORTRAIT)), opened(paint(other))
    upper = (0, 0, 256, 220)  # without the band, which says the seed
    assert ImageChops.difference(one.crop(upper), two.crop(upper)).getbbox() is not None


def test_whoever_is_on_a_reference_is_on_every_picture_that_looks_at_it() -> None:
    mira = replace(PORTRAIT, prompt="asleep in a boat", references=(picture(),))
    others = [
        replace(mira, prompt="on a bench"), replace(mira, seed=8), replace(mira, label="flux-2-pro"),
        replace(mira, references=(picture(), picture((200, 30, 30)))),
    ]  # fmt: skip
    faces = [replace(sitter_of(each, Random(9)), cloth=(0, 0, 0), ground=((0, 0, 0),) * 2) for each in others]
    assert len({str(face) for face in faces}) == 1
    assert sitter_of(replace(mira, references=(picture((200, 30, 30)),)), Random(9)) != sitter_of(
        mira, Random(9)
    )


def test_what_the_words_say_of_somebody_counts_before_a_reference() -> None:
    looking = replace(PORTRAIT, references=(picture(),))
    faces = [
        sitter_of(replace(looking, prompt=f"{colour} hair"), Random(9)).hair for colour in ("blue", "white")
    ]
    assert faces[0] != faces[1]


def test_a_reference_colours_the_picture() -> None:
    green, red = (
        average(opened(paint(replace(PORTRAIT, references=(picture(colour),)))), (0, 0, 40, 40))
        for colour in ((20, 160, 40), (190, 30, 30))
    )
    assert green[1] > green[0]
    assert red[0] > red[1]


def test_words_of_the_prompt_are_seen() -> None:
    hair = (118, 20, 138, 40)
    red, black = (
        average(opened(paint(replace(PORTRAIT, prompt=f"short {word} hair"))), hair)
        for word in ("red", "black")
    )
    assert red[0] - red[2] > black[0] - black[2] + 30
    assert sum(red) > sum(black)


@pytest.mark.parametrize("size", [(512, 224), (224, 512), (64, 64), (2048, 2048)])
def test_every_shape_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    assert opened(paint(replace(PORTRAIT, width=size[0], height=size[1]))).size == size


def test_the_band_says_what_it_is() -> None:
    band = (0, 240, 256, 256)
    one, two = opened(paint(PORTRAIT)), opened(paint(replace(PORTRAIT, label="another model")))
    assert max(average(one, band)) < 120
    assert ImageChops.difference(one.crop(band), two.crop(band)).getbbox() is not None


def test_an_enlarged_picture_is_the_same_one_larger() -> None:
    small = opened(picture((30, 140, 60), (64, 48), "JPEG"))
    large = opened(enlarged(picture((30, 140, 60), (64, 48), "JPEG"), 256, 192, "png", "fal-ai/codeformer"))
    assert large.size == (256, 192)
    assert average(large, (0, 0, 256, 100)) == average(small, (0, 0, 64, 25))
