"""`LIMNER_PLAYGROUND=providers`: every model, offline, as a newcomer tries it; and what is said when one cannot."""

import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from services.images.metadata import Stamp, read_stamp
from services.providers.catalog import Model, load_catalog
from tests.e2e.play import Json, Play, answer_of, custom_ids, gallery, parts, text_of
from tests.e2e.service import Limner, running
from tests.ports import free_port
from tests.waiting import HANGS_AFTER_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODELS: Final = [model for model in load_catalog().models if model.provider != "sketch"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Limner, Play]]:
    """The bot, the local Discord and the stand-ins, which take no time and call back where the vendor does."""
    folder = tmp_path_factory.mktemp("providers")
    port = str(free_port())
    async with running(folder, LIMNER_PLAYGROUND="providers", LIMNER_PORT=port) as started:
        control = json.loads((folder / "providers.json").read_text("utf-8"))["control"]
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{control}/pace", json={"seconds": 0}) as answer,
        ):
            assert answer.status < 300
        yield started


@pytest.fixture
def hands(stand_ins: tuple[Limner, Play]) -> Play:
    return stand_ins[1]


async def stamp_of(hands: Play, message: Json) -> Stamp:
    stamp = read_stamp(await hands.picture(message))
    assert stamp is not None
    return stamp


async def sketch_code(hands: Play) -> str:
    return (await stamp_of(hands, answer_of(await hands.slash("ada", "portrait", model="sketch")))).code


def labels(message: Json) -> list[str]:
    return [part.get("label", "") for part in parts(message) if part["type"] == 2]


def id_with(message: Json, ending: str) -> str:
    [found] = [each for each in custom_ids(message) if each.endswith(ending)]
    return found


async def press(hands: Play, message: Json, custom_id: str, *, wait: object = "done", **more: object) -> Json:
    body = {"user": "ada", "message_id": message["id"], "custom_id": custom_id, "wait": wait, **more}
    return await hands.call("POST", "click", body)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
async def test_every_model_paints_offline_and_says_who_paid(hands: Play, model: Model) -> None:
    needed = model.capabilities.references_needed
    references = {"references": " ".join([await sketch_code(hands)] * needed)} if needed else {}
    asked = {"prompt": "a lighthouse keeper", "model": model.id, **references}
    message = answer_of(await hands.slash("ada", "imagine", **asked))

    assert len(gallery(message)) == 1, text_of(message)
    assert "this bot's account" in text_of(message)
    assert "$" in text_of(message)
    stamp = await stamp_of(hands, message)
    assert stamp.recipe is not None
    assert stamp.recipe.model == model.id


@pytest.mark.parametrize("model", ["fal/flux-pro-kontext", "openai/gpt-image-2", "bfl/flux-2-pro"])
async def test_a_picture_of_ones_own_goes_to_the_model_without_what_it_tells(
    hands: Play, stand_ins: tuple[Limner, Play], model: str
) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "ARTIST-ADA"
    Image.effect_noise((300, 200), 90).convert("RGB").save(file, "JPEG", exif=exif.tobytes())
    given = {"reference_file": {"filename": "me.jpg", "base64": base64.b64encode(file.getvalue()).decode()}}
    options = {"prompt": "the same in the rain", "model": model, "agreed": True}
    body = {"user": "ada", "channel": "portraits", "name": "imagine", "options": options, "files": given}
    message = answer_of(await hands.call("POST", "slash", {**body, "wait": "done"}))

    assert len(gallery(message)) == 1, text_of(message)
    stored = (stand_ins[0].folder / "images").glob("??/??/*")
    assert not any(b"ARTIST-ADA" in path.read_bytes() for path in stored)


async def test_the_start_says_that_it_is_play_money(stand_ins: tuple[Limner, Play]) -> None:
    assert "stand-ins: every model of /models paints, for play money" in stand_ins[0].log


async def test_the_same_seed_gives_the_same_picture_and_another_seed_another(hands: Play) -> None:
    asked = {"prompt": "a lighthouse keeper", "model": "fal/flux-dev"}
    pictures = [
        await hands.picture(answer_of(await hands.slash("ada", "imagine", **asked, seed=seed)))
        for seed in (7, 7, 8)
    ]
    digests = [pixels(picture) for picture in pictures]

    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def pixels(data: bytes) -> bytes:
    """Return the pixels of a picture: its file carries a recipe with a code of its own."""
    return Image.open(io.BytesIO(data)).tobytes()


async def test_a_seed_on_a_model_without_one_is_answered_before_anything_is_charged(hands: Play) -> None:
    refused = answer_of(
        await hands.slash("ada", "imagine", prompt="a baker", model="openai/gpt-image-2.5-flare", seed=7)
    )
    assert "has no seed" in text_of(refused)
    offered = [each for each in custom_ids(refused) if each.startswith("v1:draft:on:")]
    assert offered[0].endswith(":openai/gpt-image-2.5-flare")
    painted = answer_of(await press(hands, refused, next(each for each in offered if ":fal/" in each)))

    assert "image seed `7`" in text_of(painted)


async def test_a_model_that_is_gone_offers_others_with_their_prices(hands: Play) -> None:
    failed = answer_of(await hands.slash("ada", "imagine", prompt="a baker [gone]", model="fal/flux-realism"))

    assert "FLUX.1 [dev] · $0.025" in labels(failed)
    assert "Sketch painter · free" in labels(failed)
    painted = answer_of(await press(hands, failed, id_with(failed, ":sketch")))
    assert len(gallery(painted)) == 1


async def test_knobs_are_turned_one_by_one_and_the_price_is_on_the_button(hands: Play) -> None:
    first = answer_of(await hands.slash("ada", "imagine", prompt="a baker", model="fal/flux-dev"))
    more = answer_of(await hands.press("ada", first, "more"))
    panel = answer_of(await hands.press("ada", more, "knobs"))
    values = answer_of(await press(hands, panel, id_of_draft(panel), values=["output_format"], wait=3))
    pressed = await press(hands, values, id_with(values, ":output_format"), values=["png"], wait=3)
    about = {"interaction_id": pressed["interaction_id"], "until": {"text": "`output_format` = **png**"}}
    chosen = await hands.call("POST", "wait", about | {"timeout_s": HANGS_AFTER_S})

    assert "Paint · $0.025" in labels(chosen)
    [paint] = [each for each in custom_ids(chosen) if ":paint:" in each]
    painted = answer_of(await press(hands, chosen, paint))
    assert painted["attachments"][0]["filename"].endswith(".png")


def id_of_draft(panel: Json) -> str:
    [knob] = [each for each in custom_ids(panel) if ":knob:" in each]
    return knob


async def test_a_typed_knob_out_of_range_is_answered_with_the_range(hands: Play) -> None:
    first = answer_of(await hands.slash("ada", "imagine", prompt="a baker", model="fal/flux-dev"))
    more = answer_of(await hands.press("ada", first, "more"))
    panel = answer_of(await hands.press("ada", more, "knobs"))
    opened = await press(hands, panel, id_of_draft(panel), values=["num_inference_steps"], wait=3)
    body = {"user": "ada", "interaction_id": opened["interaction_id"], "fields": {"value": "900"}, "wait": 3}
    refused = await hands.call("POST", "submit", body)

    assert "1..50" in json.dumps(refused)


async def test_a_result_says_the_providers_task_to_its_owner(hands: Play) -> None:
    first = answer_of(await hands.slash("ada", "imagine", prompt="a baker", model="fal/flux-schnell"))

    assert "for `/result`" in text_of(answer_of(await hands.press("ada", first, "more")))


async def test_the_vendors_own_words_are_for_the_owner_of_the_key(hands: Play) -> None:
    failed = answer_of(await hands.slash("ada", "imagine", prompt="a baker [gone]", model="fal/flux-schnell"))

    assert "Details" not in labels(failed), "ada does not run this bot"


@pytest.mark.parametrize(
    ("model", "by"),
    [
        ("fal/flux-dev", "fal/flux-dev-image-to-image"),
        ("bfl/flux-2-pro", "bfl/flux-2-pro"),
        ("openai/gpt-image-1.5", "openai/gpt-image-1.5"),
    ],
)
async def test_a_picture_is_varied_in_the_way_of_its_model(hands: Play, model: str, by: str) -> None:
    first = answer_of(await hands.slash("ada", "imagine", prompt="a baker", model=model))
    more = answer_of(await hands.press("ada", first, "more"))
    assert any(label.startswith("Vary slightly · ") and "$" in label for label in labels(more))
    again = answer_of(await hands.press("ada", more, "varysubtle"))
    stamp = await stamp_of(hands, again)

    assert stamp.recipe is not None, text_of(again)
    assert (stamp.recipe.model, stamp.recipe.parent) == (by, (await stamp_of(hands, first)).code)
    assert len(stamp.recipe.references) == 1


async def test_a_picture_is_made_larger_at_a_price_that_is_said_before(hands: Play) -> None:
    first = answer_of(await hands.slash("ada", "portrait", model="sketch"))
    more = answer_of(await hands.press("ada", first, "more"))
    assert "Enlarge: Clarity upscaler · $0.12" in labels(more), labels(more)
    larger = answer_of(await press(hands, more, id_with(more, ":fal/clarity-upscaler")))
    stamp = await stamp_of(hands, larger)

    assert stamp.recipe is not None, text_of(larger)
    assert stamp.recipe.parent == (await stamp_of(hands, first)).code
    assert larger["attachments"][0]["width"] == 2048


async def test_a_recipe_is_painted_by_another_model_with_one_press(hands: Play) -> None:
    first = answer_of(await hands.slash("ada", "portrait", model="sketch", seed=7))
    more = answer_of(await hands.press("ben", first, "more"))
    [select] = [part for part in parts(more) if part["type"] == 3]
    assert {"fal/flux-dev", "bfl/flux-pro-1.1"} <= {option["value"] for option in select["options"]}
    [dev] = [option for option in select["options"] if option["value"] == "fal/flux-dev"]
    assert dev["description"] == "fal · $0.025"
    body = {"user": "ben", "message_id": more["id"], "custom_id": select["custom_id"], "wait": "done"}
    moved = answer_of(await hands.call("POST", "click", body | {"values": ["fal/flux-dev"]}))
    stamp = await stamp_of(hands, moved)

    assert stamp.recipe is not None, text_of(moved)
    assert (stamp.recipe.model, stamp.recipe.image_seed) == ("fal/flux-dev", 7)
    assert stamp.recipe.parent == (await stamp_of(hands, first)).code


@pytest.mark.parametrize("model", ["modelslab/flux-headshot", "fal/flux-pulid"])
async def test_a_headshot_is_painted_offline_for_its_owner_alone(hands: Play, model: str) -> None:
    photo = await hands.picture(answer_of(await hands.slash("ada", "portrait", model="sketch")))
    asked = {"prompt": "a chef in her kitchen", "agreed": True, "model": model, "size": "512x512", "seed": 7}
    file = {"filename": "me.png", "base64": base64.b64encode(photo).decode()}
    body = {"user": "ada", "channel": "portraits", "name": "headshot", "options": asked, "wait": "done"}
    painted = await hands.call("POST", "slash", body | {"files": {"face": file}})

    assert painted["ephemeral"]
    assert len(gallery(answer_of(painted))) == 1, text_of(answer_of(painted))
    assert "The photo is kept encrypted until" in text_of(answer_of(painted))
    assert "image seed `7`" in text_of(answer_of(painted))
