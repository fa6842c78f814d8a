"""ModelsLab's adapter finds the picture in every form of an answer, and loses none on the way."""

import base64
import json

import pytest

from services.errors import ProviderBusy
from services.providers.base import Finished, Handle, Running
from tests.playground.providers.modelslab_bench import face_png
from tests.services.providers.modelslab.bench import (
    ORDINARY,
    Studio,
    order,
    submit_waiting,
)


def success(*output: str, **more: object) -> dict[str, object]:
    return {"status": "success", "id": 7, "output": list(output), **more}


async def test_an_address_of_a_picture_is_handed_on_with_the_other_places(studio: Studio) -> None:
    studio.answer(
        success(
            "https://pub-1.r2.dev/a-0.png",
            proxy_links=["https://cdn2.stablediffusionapi.com/a-0.png", "https://cdn2.example/other.png"],
            future_links=["https://pub-1.r2.dev/a-0.png", "no address"],
            meta={"seed": 99},
        )
    )
    finished = await studio.provider.submit(order())

    assert isinstance(finished, Finished)
    assert finished.picture.url == "https://pub-1.r2.dev/a-0.png"
    assert finished.picture.other_urls == ("https://cdn2.stablediffusionapi.com/a-0.png",)
    assert finished.seed == 99


async def test_a_picture_that_came_at_once_can_be_asked_after_when_its_address_is_gone(
    studio: Studio,
) -> None:
    submitted = await studio.provider.submit(order(image_seed=7))

    assert isinstance(submitted, Finished)
    assert submitted.handle is not None
    asked_again = await studio.provider.poll(Handle.from_json(submitted.handle.to_json()))
    assert isinstance(asked_again, Finished)
    assert asked_again.seed == 7
    assert await studio.bytes_of(asked_again) == await studio.bytes_of(submitted)


async def test_a_picture_of_no_id_cannot_be_asked_after(studio: Studio) -> None:
    studio.answer(success("https://pub-1.r2.dev/a-0.png", id=None))
    submitted = await studio.provider.submit(order())

    assert isinstance(submitted, Finished)
    assert submitted.handle is None


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("is_list", [True, False])
async def test_base64_in_the_answer_is_the_picture(studio: Studio, prefix: str, is_list: bool) -> None:
    text = prefix + base64.b64encode(face_png()).decode()
    studio.answer({"status": "success", "id": 7, "output": [text] if is_list else text})
    submitted = await studio.provider.submit(order())
    studio.answer({"status": "success", "id": 7, "output": [text] if is_list else text})
    polled = await studio.provider.poll(Handle("7", {}, ORDINARY, {"seed": "3"}))

    assert isinstance(submitted, Finished)
    assert isinstance(polled, Finished)
    assert submitted.picture.data == polled.picture.data == face_png()
    assert (submitted.seed, polled.seed) == (42, 3)


async def test_an_answer_of_megabytes_is_read(studio: Studio) -> None:
    big = face_png(size=(1200, 1200)) + bytes(1_000_000)
    studio.answer(success(base64.b64encode(big).decode()))
    finished = await studio.provider.submit(order())

    assert isinstance(finished, Finished)
    assert finished.picture.data == big


async def test_places_guessed_by_the_first_answer_come_after_the_told_one(slow: Studio) -> None:
    slow.answer(
        {
            "status": "processing",
            "id": 7,
            "proxy_links": ["https://cdn2.example/a-0.png"],
            "future_links": ["https://pub-1.r2.dev/a-0.png"],
        }
    )
    handle = await submit_waiting(slow)
    slow.answer(success("https://pub-1.r2.dev/a-0.png"), success("https://b.example/b.png"), path="fetch")
    same, moved = await slow.provider.poll(handle), await slow.provider.poll(handle)

    assert isinstance(same, Finished)
    assert isinstance(moved, Finished)
    assert same.picture.other_urls == ("https://cdn2.example/a-0.png",)
    assert moved.picture.url == "https://b.example/b.png"
    assert moved.picture.other_urls == ("https://cdn2.example/a-0.png", "https://pub-1.r2.dev/a-0.png")


async def test_guesses_are_nobodys_before_the_order_is_done(slow: Studio) -> None:
    handle = await submit_waiting(slow)

    assert handle.addresses
    assert isinstance(await slow.provider.poll(handle), Running)


@pytest.mark.parametrize("output", ["not base64 at all", "aGVsbG8=", "data:,"])
async def test_an_output_that_is_no_picture_leaves_the_order_waiting(slow: Studio, output: str) -> None:
    handle = await submit_waiting(slow)
    slow.answer(success(output), path="fetch")
    with pytest.raises(ProviderBusy):
        await slow.provider.poll(handle)


async def test_no_key_goes_to_where_pictures_lie(studio: Studio) -> None:
    await studio.bytes_of(await studio.finish())
    fetches = [call for call in studio.calls() if call["method"] == "GET"]

    assert fetches
    assert studio.key not in json.dumps(fetches)
