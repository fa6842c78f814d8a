"""The brief's red-haired girl with the umbrella: the same in five scenes on three image services, and in a story."""

import base64
import hashlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.play import Json, Play, answer_of, gallery, is_finished, text_of
from tests.e2e.service import Limner, play, running
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

GIRL: Final = "A young girl with short red hair, wearing a purple dress and white shoes, holding a teddy bear"
SCENES: Final = (
    ("fal/flux-2-pro-edit", "she is standing in a field of flowers, holding a basket"),
    ("bfl/flux-kontext-pro", "she is standing next to a tree with a bird on her shoulder"),
    ("openai/gpt-image-1.5", "now she is holding an umbrella and standing in the rain"),
    ("fal/flux-2-pro-edit", "the umbrella is folded, and the sun is out"),
    ("bfl/flux-kontext-pro", "she is asleep under the umbrella"),
)
LONGEST_TEXT: Final = 2_000
"""Longer ones stand in the books by their beginning and their length (`playground/providers/calls.py`)."""


async def control(limner: Limner, method: str, path: str, body: Json | None = None) -> Json:
    said = json.loads((limner.folder / "providers.json").read_text("utf-8"))
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{said['control']}/{path}", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        told: Json = await answer.json()
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Limner, Play]]:
    """The bot, the local Discord and the stand-ins, and Mira with three pictures."""
    folder = tmp_path_factory.mktemp("characters")
    settings = {
        "LIMNER_PLAYGROUND": "providers",
        "LIMNER_PORT": str(free_port()),
        "LIMNER_DAILY_CAP_USD": "100",
        "LIMNER_USER_DAILY_CAP_USD": "100",
    }
    async with running(folder, **settings) as (limner, hands):
        await control(limner, "POST", "pace", {"seconds": 0})
        codes = [
            code_in(answer_of(await hands.slash("ada", "portrait", model="sketch", seed=n))) for n in range(3)
        ]
        made = await type_command(hands, "create", name="Mira", description=GIRL, references=" ".join(codes))
        assert "**Mira** is kept as" in text_of(answer_of(made))
        yield limner, hands


async def paid_calls(limner: Limner) -> list[Json]:
    return [call for call in (await control(limner, "GET", "calls"))["calls"] if call["paid"]]


async def type_command(hands: Play, verb: str, **options: object) -> Json:
    body = {"user": "ada", "channel": "portraits", "name": "character", "subcommand": verb, "wait": "done"}
    return await hands.call("POST", "slash", body | {"options": options})


def code_in(message: Json) -> str:
    return text_of(message).split("`")[1]


def bytes_of(limner: Limner, digest: str) -> bytes:
    (file,) = [each for each in (limner.folder / "images").rglob("*") if digest in each.name]
    return file.read_bytes()


def references_in(limner: Limner, code: str) -> list[str]:
    """Return the digests of what a picture's recipe looked at, in their order."""
    address = f"file:{limner.folder / 'limner.db'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        body = connection.execute("SELECT body FROM recipes WHERE code = ?", (code,)).fetchone()[0]
    return list(json.loads(body)["references"])


def as_listed(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:80]}... ({len(text)} characters)"


def shown_to(call: Json, pictures: Sequence[bytes]) -> tuple[list[str], list[str]]:
    """Return what an order's books say of its references, and what they would say of these pictures in this order."""
    body, coded = call["body"], [base64.b64encode(data).decode() for data in pictures]
    if call["provider"] == "openai":
        files = [part["sha256"] for part in body if part["name"] == "image[]"]
        return files, [hashlib.sha256(data).hexdigest() for data in pictures]
    if call["provider"] == "bfl":
        fields = [body[name] for name in ("input_image", "input_image_2", "input_image_3") if name in body]
        return fields, list(map(as_listed, coded))
    return body["image_urls"], [as_listed(f"data:image/jpeg;base64,{text}") for text in coded]


async def test_the_girl_is_the_same_in_five_scenes_on_three_image_services(
    stage: tuple[Limner, Play],
) -> None:
    limner, hands = stage
    codes: list[str] = []
    numbers: list[int] = []
    before = len(await paid_calls(limner))
    for model, scene in SCENES:
        options = {"character": "Mira", "scene": scene, "model": model, "reference": "2,0"}
        message = answer_of(await type_command(hands, "scene", **options))
        assert len(gallery(message)) == 1, text_of(message)
        numbers += map(int, re.findall(r"Mira, version 1, picture (\d+)", text_of(message)))
        codes.append(code_in(message))
    assert numbers == list(range(numbers[0], numbers[0] + len(SCENES)))

    wanted = references_in(limner, codes[0])
    assert len(wanted) == 2
    assert all(references_in(limner, code) == wanted for code in codes)
    pictures = [bytes_of(limner, digest) for digest in wanted]
    calls = (await paid_calls(limner))[before:]
    assert [call["provider"] for call in calls] == [model.partition("/")[0] for model, _ in SCENES]
    for call, (_, scene) in zip(calls, SCENES, strict=True):
        found, expected = shown_to(call, pictures)
        assert found == expected
        prompt = (
            next(part["text"] for part in call["body"] if part["name"] == "prompt")
            if (isinstance(call["body"], list))
            else call["body"]["prompt"]
        )
        assert prompt.startswith(f"The same character as in the reference pictures: {GIRL}. ")
        assert scene[1:] in prompt


async def test_a_model_that_looks_at_no_pictures_says_described_not_shown(stage: tuple[Limner, Play]) -> None:
    options = {"character": "Mira", "scene": "on a boat", "model": "fal/flux-dev"}
    message = answer_of(await type_command(stage[1], "scene", **options))
    assert len(gallery(message)) == 1
    assert "described, not shown" in text_of(message)


async def test_a_story_outlives_a_bot_that_is_killed_in_its_middle(stage: tuple[Limner, Play]) -> None:
    limner, hands = stage
    await control(limner, "POST", "pace", {"seconds": 0, "hold": 0})
    before = len(await paid_calls(limner))
    scenes = "asleep in a boat | in a field of flowers | holding an umbrella in the rain | at home"
    options = {"character": "Mira", "scenes": scenes, "model": "fal/flux-2-pro-edit"}
    body = {
        "user": "ada",
        "channel": "portraits",
        "name": "character",
        "subcommand": "story",
        "options": options,
    }
    await hands.call("POST", "slash", body)
    # fal takes two orders of this key at once: two are there, and two stand in our line.
    await until(lambda: limner.count("SELECT count(*) FROM jobs WHERE state = 'waiting'") == 2)
    await limner.kill()
    await control(limner, "POST", "pace", {"seconds": 0, "hold": None})
    await limner.start()
    async with play(limner) as again:
        told = await again.until_message(
            "ada", lambda one: "A story in 4 scenes" in text_of(one) and is_finished(one)
        )

    numbers = [int(each) for each in re.findall(r"Mira, version 1, picture (\d+)", text_of(told))]
    assert numbers == list(range(numbers[0], numbers[0] + 4)), "in the order of the scenes"
    assert len(gallery(told)) == 1
    assert len(await paid_calls(limner)) == before + 4, "nothing was ordered twice"
