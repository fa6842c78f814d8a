"""`/headshot` through the local Discord and the stand-ins of the image services that keep a face."""

import base64
import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from PIL import Image, ImageDraw

from db.engine import Connection
from db.tables.schema import drafts, jobs, uploads
from playground.discord.local import LocalDiscord
from playground.providers.app import StandIns, open_stand_ins
from services.addresses import origins_of
from services.context import Context
from services.providers.price import Price
from services.providers.registry import ADAPTERS, Registry, Workshop
from services.settings import Settings
from tests.canary import canary_key
from tests.cogs.house import House, Json, button, connected, ids, said
from tests.services.brought import DAY_MS, make_older
from tests.services.finished import with_model
from tests.services.studio import Studio

MODELSLAB, PULID = "modelslab/flux-headshot", "fal/flux-pulid"
KEYS = {"modelslab": canary_key("modelslab"), "fal": canary_key("fal")}
PLACE = "Harbour Street 7"
"""Stands in the photo's EXIF: nobody else may ever read it."""


def photo() -> bytes:
    """Return a photo with a place in its EXIF, so small that the stand-in's book shows all of its copy."""
    picture = Image.new("RGB", (64, 64), (90, 120, 150))
    ImageDraw.Draw(picture).rectangle((16, 16, 47, 47), fill=(220, 180, 150))
    exif = Image.Exif()
    exif[0x010E] = PLACE
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, exif=exif)
    return file.getvalue()


PHOTO = photo()


@dataclass
class Atelier:
    """The house, the local Discord's files, and the stand-ins."""

    house: House
    stand_ins: StandIns

    async def headshot(self, *, user: str = "ada", wait: str = "done", **options: object) -> Json:
        """Type `/headshot` with the photo attached; small pictures are painted sooner."""
        given = {"prompt": "a chef in her kitchen", "agreed": True, "size": "256x256", **options}
        file = {"filename": "me.jpg", "base64": base64.b64encode(PHOTO).decode()}
        answer: Json = await self.house.act(
            f"slash?wait={wait}",
            user=user,
            channel="portraits",
            name="headshot",
            options=given,
            files={"face": file},
        )
        return answer

    def orders(self, provider: str) -> list[dict[str, Any]]:
        """Return the bodies of the orders that cost money."""
        return [call["body"] for call in self.stand_ins.calls(provider) if call["paid"]]

    @property
    def fetched(self) -> list[str]:
        """Return which of Discord's files were fetched."""
        return list(self.house.local.files.asked)

    async def counts(self) -> tuple[int, ...]:
        """Return how many photos, jobs, drafts and files there are."""
        rows = await self.house.studio.context.database.read(_counts)
        return (*rows, len(await self.house.studio.context.store.list_files("", 100)))


def _counts(conn: Connection) -> tuple[int, ...]:
    tables = (uploads, jobs, drafts)
    return tuple(conn.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in tables)


def with_stand_ins(context: Context, stand_ins: StandIns, keys: dict[str, str]) -> Context:
    """Return the context pointed at the stand-ins, with a price for ModelsLab and no time between looks."""
    for model_id in (MODELSLAB, PULID):
        found = context.catalog.find(model_id)
        price = found.price or Price(50_000, is_estimate=True)
        context = with_model(context, replace(found, price=price, expected_s=0.05))
    said_to_be = stand_ins.announcement
    settings = Settings(
        _env_file=None,
        modelslab_url=said_to_be["modelslab"]["url"],
        fal_queue_url=said_to_be["fal"]["queue"],
        fal_rest_url=said_to_be["fal"]["rest"],
    )
    for provider, key in keys.items():
        stand_ins.add_key(provider, key)
    workshop = Workshop(settings, context.catalog, context.pixels, context.session)
    return replace(context, registry=Registry(context.catalog, ADAPTERS, workshop, keys))


@pytest.fixture
def keys() -> dict[str, str]:
    """The operator's keys; a test may say that there are others."""
    return dict(KEYS)


@pytest.fixture
async def atelier(
    studio: Studio, local: LocalDiscord, _discord_address: None, keys: dict[str, str]
) -> AsyncIterator[Atelier]:
    async with open_stand_ins(pace_s=0) as stand_ins:
        servers = frozenset(int(guild_id) for guild_id in local.world.guilds)
        context = with_stand_ins(studio.context, stand_ins, keys)
        studio.context = replace(
            context,
            limits=replace(context.limits, key_servers=servers),
            discord_hosts=origins_of([local.announcement()["base"]]),
        )
        async with aiohttp.ClientSession() as session, connected(studio.context, local) as bot:
            yield Atelier(House(bot, studio, local, session), stand_ins)


def answer_of(answer: Json) -> Json:
    """Return the message that a command ended in."""
    message: Json = answer["messages"][-1] if answer["messages"] else answer["message"]
    return message


async def test_a_headshot_is_painted_for_its_owner_alone_from_a_clean_copy_of_the_photo(
    atelier: Atelier,
) -> None:
    answer = await atelier.headshot(seed=7)
    (sent,) = atelier.orders("modelslab")
    face = base64.b64decode(sent["face_image"])

    assert answer["ephemeral"]
    assert len(answer_of(answer)["attachments"]) == 1
    assert (sent["seed"], sent["width"], sent["height"]) == (7, 256, 256)
    assert sent["negative_prompt"].startswith("anime, cartoon, drawing, big nose, long nose")
    assert Image.open(io.BytesIO(face)).size == (64, 64)
    assert not Image.open(io.BytesIO(face)).getexif()
    assert PLACE.encode() in PHOTO
    assert PLACE.encode() not in face
    assert len(atelier.fetched) == 1


async def test_without_consent_nothing_is_fetched_kept_or_ordered(atelier: Atelier) -> None:
    answer = await atelier.headshot(agreed=False, wait="3")

    assert "agreed: True" in said(answer_of(answer))
    assert answer["ephemeral"]
    assert atelier.fetched == []
    assert await atelier.counts() == (0, 0, 0, 0)
    assert atelier.stand_ins.calls() == []


async def test_a_command_cannot_be_sent_without_saying_whether_one_agrees(atelier: Atelier) -> None:
    (command,) = [each for each in atelier.house.bot.tree.get_commands() if each.name == "headshot"]
    options = {each["name"]: each for each in command.to_dict(atelier.house.bot.tree)["options"]}

    assert options["agreed"]["required"]
    assert not options["face"]["required"]


async def test_only_private_false_makes_a_headshot_public(atelier: Atelier) -> None:
    answer = await atelier.headshot(private=False)

    assert not answer["ephemeral"]
    assert len(answer["message"]["attachments"]) == 1


async def test_pulid_gets_the_same_clean_copy_and_the_seed(atelier: Atelier) -> None:
    await atelier.headshot()
    await atelier.headshot(model=PULID, seed=8, negative_prompt="hats", size="512x512")
    (first,), (sent,) = atelier.orders("modelslab"), atelier.orders("fal")

    assert sent["reference_image_url"] == f"data:image/jpeg;base64,{first['face_image']}"
    assert (sent["seed"], sent["negative_prompt"]) == (8, "hats")
    assert sent["image_size"] == {"width": 512, "height": 512}
    assert len(atelier.fetched) == 2
    assert await atelier.counts() == (1, 2, 0, 3)


@pytest.mark.parametrize(("model", "provider"), [(MODELSLAB, "modelslab"), (PULID, "fal")])
async def test_a_photo_without_a_face_is_said_and_costs_nothing(
    atelier: Atelier, model: str, provider: str
) -> None:
    answer = await atelier.headshot(prompt="a chef [noface]", model=model)

    assert "found no face in the reference picture" in said(answer_of(answer))
    assert atelier.orders(provider) == []


@pytest.mark.parametrize("keys", [{}])
async def test_without_a_key_add_key_opens_the_form_and_nothing_is_fetched(atelier: Atelier) -> None:
    refused = answer_of(await atelier.headshot(wait="3"))
    (add,) = ids(refused)
    opened = await atelier.house.act(
        "click?wait=3", user="ada", message_id=refused["id"], custom_id=add
    )  # fmt: skip

    assert "send `/headshot` again" in said(refused)
    assert add == "v1:addkey:modelslab"
    assert opened["modal"]["custom_id"] == "v1:keyadd:modelslab:user"
    assert atelier.fetched == []
    assert await atelier.counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("keys", [{"fal": KEYS["fal"]}])
async def test_a_model_without_a_key_is_answered_with_one_that_can_paint(atelier: Atelier) -> None:
    refused = said(answer_of(await atelier.headshot(model=MODELSLAB, wait="3")))

    assert "FLUX Headshot needs a key for ModelsLab" in refused
    assert "These can paint your headshot now: fal/flux-pulid." in refused


async def test_the_sketch_painter_is_answered_with_the_models_that_keep_a_face(atelier: Atelier) -> None:
    refused = said(answer_of(await atelier.headshot(model="sketch", wait="3")))

    assert "Sketch painter cannot keep a face. These can: modelslab/flux-headshot, fal/flux-pulid" in refused


async def test_only_models_that_keep_a_face_are_suggested_and_their_options(atelier: Atelier) -> None:
    async def offered(option: str, value: str = "", **options: str) -> list[str]:
        body = {"user": "ada", "channel": "portraits", "name": "headshot", "option": option, "value": value}
        answer = await atelier.house.act("autocomplete", **body, options=options)
        return [choice["value"] for choice in answer["choices"]]

    assert set(await offered("model")) == {MODELSLAB, PULID, "modelslab/flux-headshot-enterprise"}
    assert 'negative_prompt="blurry, low quality"' in await offered("options", "neg")
    assert "true_cfg=1" in await offered("options", "true_cfg", model=PULID)
    assert await offered("options", "x", model="no such model") == []


async def test_its_owner_reads_until_when_the_photo_is_kept_and_others_only_that_there_was_one(
    atelier: Atelier,
) -> None:
    private = answer_of(await atelier.headshot())
    public = answer_of(await atelier.headshot(private=False))
    (until_ms,) = await atelier.house.studio.context.database.read(_ends)

    assert "The photo is kept encrypted until <t:" in said(private)
    assert f"until <t:{until_ms // 1000}:D>" not in said(public)
    assert "Resembles a face in a photo that whoever asked for this brought." in said(public)


def _ends(conn: Connection) -> list[int]:
    return list(conn.execute(sa.select(uploads.c.expires_at_ms)).scalars())


async def test_the_same_seed_sends_the_same_photo_and_seed_again_for_its_owner_alone(
    atelier: Atelier,
) -> None:
    first = answer_of(await atelier.headshot(seed=7))
    again = await atelier.house.click(first, button(first, "same"))
    before, after = atelier.orders("modelslab")

    assert again["ephemeral"]
    assert (after["seed"], after["face_image"]) == (7, before["face_image"])
    assert after["negative_prompt"] == before["negative_prompt"]
    assert "The photo is kept encrypted until" in said(answer_of(again))
    assert len(atelier.fetched) == 1


async def test_nobody_else_makes_it_again_not_even_where_it_is_public(atelier: Atelier) -> None:
    public = answer_of(await atelier.headshot(private=False))
    refused = await atelier.house.told(public, button(public, "new"), "is private", user="ben")

    assert "only its owner can make this again" in said(refused)
    assert len(atelier.orders("modelslab")) == 1


async def test_after_its_30_days_the_photo_is_gone_and_the_button_says_so(atelier: Atelier) -> None:
    first = answer_of(await atelier.headshot())
    await atelier.house.studio.context.database.write(make_older, 30 * DAY_MS)
    refused = await atelier.house.told(first, button(first, "same"), "I keep one for 30 days")

    assert "Bring it again with `/headshot`. Nothing was charged." in said(refused)
    assert len(atelier.orders("modelslab")) == 1


async def test_a_picture_shown_to_others_says_nothing_of_the_photos_days(atelier: Atelier) -> None:
    code = re.search(r"`([0-9a-z]{8})`", said(answer_of(await atelier.headshot(private=False))))
    assert code
    shown = answer_of(await atelier.house.slash("show", user="ben", code=code[1], private=True))

    assert code[1] in said(shown)
    assert "kept encrypted" not in said(shown)


async def test_a_private_headshot_is_shown_to_others_only_by_private_false(atelier: Atelier) -> None:
    code = re.search(r"`([0-9a-z]{8})`", said(answer_of(await atelier.headshot())))
    assert code

    assert (await atelier.house.slash("show", code=code[1]))["messages"][-1]["flags"] & 64
    assert not (await atelier.house.slash("show", code=code[1], private=False))["ephemeral"]


async def photos_command(atelier: Atelier, verb: str, **options: str) -> str:
    """Type `/photos VERB` and return what is said, to the person alone."""
    body = {"user": "ada", "channel": "portraits", "name": "photos", "subcommand": verb, "options": options}
    answer = await atelier.house.act("slash?wait=done", **body)
    assert answer["ephemeral"]
    return said(answer_of(answer))


async def test_a_photo_is_listed_and_forgotten_on_request_and_then_makes_nothing(atelier: Atelier) -> None:
    first = answer_of(await atelier.headshot())
    listed = await photos_command(atelier, "list")
    body = {"user": "ada", "channel": "portraits", "name": "photos", "subcommand": "forget", "options": {}}
    offered = await atelier.house.act("autocomplete", **body, option="photo", value="")
    every, (number, _) = offered["choices"][0], [each["value"] for each in offered["choices"][1:]] + [""]
    forgotten = await photos_command(atelier, "forget", photo=number)
    refused = await atelier.house.told(first, button(first, "same"), "was deleted")

    assert re.search(r"One photo.*\n- \*\*1\*\* · 64 x 64 · brought <t:\d+:D> · goes <t:\d+:D>", listed)
    assert every == {"name": "all (one photo)", "value": "all"}
    assert "One photo is forgotten: its key and its file are deleted." in forgotten
    assert "I keep no photo of a face of yours." in await photos_command(atelier, "list")
    assert "Nothing was charged." in said(refused)
    assert (await atelier.counts())[0] == 0


async def test_all_photos_are_forgotten_in_one_go_and_what_is_no_choice_forgets_none(
    atelier: Atelier,
) -> None:
    await atelier.headshot()
    assert "Nothing was deleted." in await photos_command(atelier, "forget", photo="the first one")
    assert "no such photo of yours" in await photos_command(atelier, "forget", photo="77")

    assert "One photo is forgotten" in await photos_command(atelier, "forget", photo="all")
    assert "I keep no photo" in await photos_command(atelier, "forget", photo="all")


async def test_the_face_lies_nowhere_unsealed_in_the_service_nor_in_its_log(
    atelier: Atelier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await atelier.headshot()
    (sent,) = atelier.orders("modelslab")
    face = base64.b64decode(sent["face_image"])
    folder = atelier.house.studio.folder
    # What was attached lies in the local Discord's folder, as it would at Discord.
    ours = [each for each in folder.rglob("*") if each.is_file() and folder / "discord" not in each.parents]
    forms = [form for data in (face, PHOTO) for form in (data[-200:], base64.b64encode(data)[-200:])]

    assert [each for each in ours if any(form in each.read_bytes() for form in forms)] == []
    assert any(each.parent.parent.parent.name == "images" for each in ours), "the sealed file is among them"
    assert sent["face_image"][200:400] not in caplog.text
