"""ModelsLab's own Python client, unmodified, is content with the stand-in."""

import asyncio
import base64
import warnings
from collections.abc import AsyncIterator

import pytest
from pydantic import PydanticDeprecatedSince20

from tests.playground.providers.modelslab_bench import Lab, face_png, open_lab, size_of
from tests.waiting import until

with warnings.catch_warnings():
    # It is written for pydantic 1.
    warnings.simplefilter("ignore", PydanticDeprecatedSince20)
    from modelslab_py.core.apis.image_editing import Image_editing
    from modelslab_py.core.client import Client
    from modelslab_py.schemas.image_editing import FluxHeadshotSchema

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecatedSince20")


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with open_lab() as opened:
        yield opened


def client_of(lab: Lab, key: str = "") -> Client:
    client = Client(key or lab.key)
    client.base_url = f"{lab.url}/api/"
    return client


def order(prompt: str = "a face") -> FluxHeadshotSchema:
    face = base64.b64encode(face_png()).decode()
    return FluxHeadshotSchema(prompt=prompt, face_image=face, base64=True, seed=11)


@pytest.mark.parametrize("is_enterprise", [False, True])
async def test_its_asynchronous_calls_give_a_picture(lab: Lab, is_enterprise: bool) -> None:
    async with client_of(lab) as client:
        door = Image_editing(client, enterprise=is_enterprise)
        answer = await door.async_flux_headshot(order())
        fetched = await door.async_fetch(str(answer["id"]))

    assert (answer["status"], answer["meta"]["seed"]) == ("success", 11)
    assert fetched["output"] == answer["output"]
    text = (await lab.get(fetched["output"][0]))[1].removeprefix(b"data:image/png;base64,")
    assert size_of(base64.b64decode(text)) == (512, 512)


@pytest.mark.parametrize("is_enterprise", [False, True])
async def test_its_blocking_calls_give_a_picture(lab: Lab, is_enterprise: bool) -> None:
    door = Image_editing(client_of(lab), enterprise=is_enterprise)
    answer = await asyncio.to_thread(door.flux_headshot, order())
    fetched = await asyncio.to_thread(door.fetch, str(answer["id"]))

    assert (fetched["status"], fetched["output"]) == ("success", answer["output"])


async def test_it_waits_while_the_answer_is_processing() -> None:
    async with open_lab(pace_s=3600) as lab, client_of(lab) as client:
        door = Image_editing(client)
        answer = await door.async_flux_headshot(order())
        # Ten looks, a minute apart, are what it does by itself.
        client.fetch_timeout, client.fetch_retry = 0.01, 10_000
        fetching = asyncio.create_task(door.async_fetch(str(answer["id"])))
        await until(lambda: len(lab.stand_ins.calls("modelslab")) > 3)
        lab.stand_ins.set_pace(0)
        fetched = await fetching

    assert (answer["status"], fetched["status"]) == ("processing", "success")


async def test_it_says_what_it_was_refused_for(lab: Lab) -> None:
    async with client_of(lab, "a wrong key") as client:
        with pytest.raises(Exception, match=r"401.*Invalid API key"):
            await Image_editing(client).async_flux_headshot(order())
    async with client_of(lab) as client:
        with pytest.raises(Exception, match=r"400.*No face detected"):
            await Image_editing(client).async_flux_headshot(order("[noface]"))
    assert lab.paid() == 0


async def test_it_reads_what_its_enterprise_server_says_of_itself(lab: Lab) -> None:
    async with client_of(lab) as client:
        details = await Image_editing(client, enterprise=True).async_system_details()

    assert details["queue_time"] == 0
