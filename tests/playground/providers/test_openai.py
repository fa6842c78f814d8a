"""OpenAI's stand-in over its wire: what it paints and what it uses."""

import asyncio
from collections.abc import Sequence

import aiohttp
import pytest

from playground.providers.app import StandIns
from tests.playground.providers.openai_bench import FLARE, QUICK, Client, data_url, form_of, picture, read
from tests.playground.providers.openai_schemas import check_answer
from tests.waiting import until

OLD = "gpt-image-1.5"


@pytest.fixture
def client(providers: StandIns, session: aiohttp.ClientSession) -> Client:
    return Client(providers, session)


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp"])
async def test_a_picture_has_the_size_and_format_that_were_asked_for(
    client: Client, file_format: str
) -> None:
    answer = await client.generate(size="1024x1536", output_format=file_format)

    image = read(answer["data"][0]["b64_json"])
    assert (image.format or "").lower() == file_format
    assert image.size == (1024, 1536)
    assert answer["size"] == "1024x1536"
    assert client.paid == [True]


async def test_several_pictures_differ_and_cost_more(client: Client) -> None:
    one, three = await client.generate(), await client.generate(n=3)

    assert len({each["b64_json"] for each in three["data"]}) == 3
    assert three["usage"]["output_tokens"] == 3 * one["usage"]["output_tokens"]


async def test_the_same_words_give_another_picture(client: Client) -> None:
    first, second = await client.generate(), await client.generate()

    assert first["data"] != second["data"]


async def test_usage_grows_with_words_size_quality_and_references(client: Client) -> None:
    plain = (await client.generate())["usage"]
    wordy = (await client.generate(prompt="a face " * 50))["usage"]
    large = (await client.generate(size="1536x1024"))["usage"]
    fine = (await client.generate(quality="high"))["usage"]
    edited = (await client.edit(form_of(("image", picture(512, 512)))))["usage"]

    assert wordy["input_tokens"] > plain["input_tokens"]
    assert fine["output_tokens"] > large["output_tokens"] > plain["output_tokens"]
    assert edited["input_tokens_details"]["image_tokens"] > 0 == plain["input_tokens_details"]["image_tokens"]
    assert plain["total_tokens"] == plain["input_tokens"] + plain["output_tokens"]


async def test_auto_is_settled_in_the_answer(client: Client) -> None:
    answer = await client.generate(size="auto", quality="auto", background="auto")

    assert (answer["size"], answer["quality"], answer["background"]) == ("1024x1024", "medium", "opaque")


async def test_an_edit_of_its_own_accord_keeps_the_shape_of_its_first_picture(client: Client) -> None:
    tall = await client.edit(form_of(("image[]", picture(64, 96)), ("image[]", picture(96, 64))))
    wide = await client.edit(form_of(("image[]", picture(96, 64)), ("image[]", picture(64, 96))))

    assert (tall["size"], wide["size"]) == ("1024x1536", "1536x1024")


async def test_compression_makes_files_smaller(client: Client) -> None:
    much = await client.generate(output_compression=100)
    little = await client.generate(output_compression=5)

    assert len(little["data"][0]["b64_json"]) < len(much["data"][0]["b64_json"]) / 2


@pytest.mark.parametrize("file_format", ["png", "webp"])
async def test_a_transparent_background_is_transparent(client: Client, file_format: str) -> None:
    answer = await client.generate(background="transparent", output_format=file_format)

    image = read(answer["data"][0]["b64_json"])
    assert answer["background"] == "transparent"
    assert image.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize(
    "names", [("image",), ("image[]",), ("image[]", "image[]"), ("image[]",) * 16], ids=str
)
async def test_an_edit_takes_one_picture_or_up_to_sixteen(client: Client, names: Sequence[str]) -> None:
    answer = await client.edit(form_of(*((name, picture()) for name in names)))

    assert len(answer["data"]) == 1


async def test_an_edit_takes_pictures_by_address_in_json(client: Client) -> None:
    images = [{"image_url": data_url(picture())}, {"image_url": data_url(picture(32, 32))}]

    assert (await client.edit({**QUICK, "images": images}))["size"] == "1024x1536"


async def test_a_mask_or_a_markup_of_the_same_size_is_taken(client: Client) -> None:
    first, overlay = ("image", picture()), picture(colour="#00000000")

    assert (await client.edit(form_of(first, ("mask", overlay))))["data"]
    assert (await client.edit(form_of(first, ("markup", overlay))))["data"]


async def test_null_is_like_nothing(client: Client) -> None:
    given = {**QUICK, "size": None, "n": None, "stream": None, "user": None}
    status, body = await client.call("POST", "/images/generations", given)

    assert status == 200
    check_answer("pictures", body)


async def test_a_further_key_is_taken(client: Client) -> None:
    client.stand_ins.add_key("openai", "sk-further")

    assert (await client.call("GET", "/models", key="sk-further"))[0] == 200


async def test_high_fidelity_is_taken_where_the_model_has_it(client: Client) -> None:
    form = form_of(("image", picture()), fields={"model": OLD, "input_fidelity": "high"})

    assert (await client.edit(form))["data"]


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_stream_shows_partial_pictures_and_then_the_whole_one(client: Client, count: int) -> None:
    events = await client.stream("/images/generations", partial_images=count)

    assert [event["type"] for event in events] == [
        *["image_generation.partial_image"] * count,
        "image_generation.completed",
    ]
    assert [event["partial_image_index"] for event in events[:-1]] == list(range(count))
    assert {read(event["b64_json"]).size for event in events} == {(1024, 1024)}
    assert len({event["b64_json"] for event in events}) == count + 1


async def test_partial_pictures_are_paid_for(client: Client) -> None:
    plain = await client.stream("/images/generations")
    partly = await client.stream("/images/generations", partial_images=2)

    assert partly[-1]["usage"]["output_tokens"] == plain[-1]["usage"]["output_tokens"] + 200


async def test_an_edit_streams_under_its_own_names(client: Client) -> None:
    images = [{"image_url": data_url(picture())}]
    events = await client.stream("/images/edits", images=images, partial_images=1)

    assert [event["type"] for event in events] == ["image_edit.partial_image", "image_edit.completed"]


async def test_whoever_leaves_has_paid_all_the_same(client: Client) -> None:
    client.stand_ins.hold(0.5, "openai")
    leaving = asyncio.create_task(client.generate())
    await until(lambda: client.paid == [True])
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    client.stand_ins.hold(None, "openai")

    assert client.paid == [True]


async def test_a_slow_picture_comes_when_its_time_is_over(client: Client) -> None:
    client.stand_ins.hold(0.5, "openai")
    waiting = asyncio.create_task(client.generate())
    await until(lambda: client.paid == [True])
    assert not waiting.done()
    client.stand_ins.hold(None, "openai")

    assert (await waiting)["data"]


async def test_models_are_listed_and_shown(client: Client) -> None:
    status, listed = await client.call("GET", "/models")
    check_answer("models", listed)
    _, one = await client.call("GET", f"/models/{FLARE}")
    check_answer("model", one)
    missing = await client.refusal("GET", "/models/dall-e-3")

    assert status == 200
    assert one in listed["data"]
    assert (missing[0], missing[1]["code"]) == (404, "model_not_found")
    assert not any(client.paid)


async def test_who_asked_is_repeated(client: Client) -> None:
    both = await client.generate(safety_identifier="hash", user="old")

    assert both["safety_identifier"] == "hash"
    assert (await client.generate(user="old"))["safety_identifier"] == "old"
