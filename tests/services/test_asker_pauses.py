"""A paused person and a paused server: nothing is painted for them, and they read why; nobody else notices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from services import pausing
from services.asker_pauses import PausedAsker, asker_of
from services.asks import Brought, EditAsk, RerunAsk, SceneAsk, SeedChoice
from services.character_export import import_character
from services.character_keeping import NewCharacter, plan_character
from services.character_scenes import create_scene, plan_scene
from services.character_sources import PictureSource, save_as_character
from services.errors import NotAllowedError
from services.headshots import HeadshotAsk, plan_headshot
from services.models import UploadKind
from services.reruns import edit, rerun
from services.uploads import bring
from tests.services.finished import painted
from tests.services.kept import OWNER, kept
from tests.services.studio import ADA, BEN, GUILD, OPERATOR, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)

ADA_PAUSED = PausedAsker("person", ADA).name
SERVER_PAUSED = PausedAsker("server", GUILD).name
ELSEWHERE = 11


@pytest.fixture(autouse=True)
def _every_server_may_spend(studio: Studio) -> None:
    studio.context = replace(studio.context, limits=replace(studio.context.limits, is_play_money=True))


@pytest.mark.parametrize("guild_id", [GUILD, ELSEWHERE, None])
async def test_nothing_is_accepted_of_a_paused_person_wherever_they_ask(
    studio: Studio, guild_id: int | None
) -> None:
    await pausing.pause(studio.context, OPERATOR, ADA_PAUSED, "Write to mod@example.com.")
    for ask in (studio.order, studio.portrait):
        with pytest.raises(NotAllowedError) as caught:
            await ask(caller(ADA, guild_id=guild_id))
        assert caught.value.code == "person_paused"
        assert caught.value.fields["sentence"] == "Write to mod@example.com."

    assert (await studio.portrait(caller(BEN, guild_id=guild_id))).is_new


async def test_nothing_is_accepted_in_a_paused_server_and_everything_elsewhere(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, SERVER_PAUSED, "Until Monday.")
    for who in (ADA, BEN):
        with pytest.raises(NotAllowedError) as caught:
            await studio.portrait(caller(who))
        assert caught.value.code == "server_paused"

    assert (await studio.portrait(caller(ADA, guild_id=ELSEWHERE))).is_new
    assert (await studio.portrait(caller(ADA, guild_id=None))).is_new


@pytest.mark.parametrize(("name", "code"), [(ADA_PAUSED, "person_paused"), (SERVER_PAUSED, "server_paused")])
async def test_what_stands_in_line_ends_and_what_was_sent_still_comes(
    studio: Studio, name: str, code: str
) -> None:
    studio.server.polls_until_done = 10_000
    theirs = await studio.order(count=3)
    async with studio.engine():
        await studio.until_states(theirs, "waiting", "waiting", "queued")
        others = await studio.order(caller(BEN, guild_id=ELSEWHERE))
        paused = await pausing.pause(studio.context, OPERATOR, name, "Until Monday.")
        assert await studio.states(theirs) == ["waiting", "waiting", "failed"]
        assert await studio.states(others) == ["queued"]
        studio.server.polls_until_done = 0
        await studio.until_delivered(2)

    assert paused.ended == 1
    result = next(result for _, result in studio.mailbox.delivered if result.failures)
    assert (len(result.pictures), [failure.code for failure in result.failures]) == (2, [code])
    assert result.failures[0].fields["sentence"] == "Until Monday."
    assert await studio.states(others) == ["stored"]


@pytest.mark.parametrize(("name", "code"), [(ADA_PAUSED, "person_paused"), (SERVER_PAUSED, "server_paused")])
async def test_a_job_that_slipped_into_the_line_beside_the_pause_is_not_sent(
    studio: Studio, name: str, code: str
) -> None:
    await pausing.pause(studio.context, OPERATOR, name, "Until Monday.")
    pauses, studio.context.standing.pauses = studio.context.standing.pauses, {}
    await studio.order()
    studio.context.standing.pauses = pauses
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert [failure.code for failure in result.failures] == [code]


async def test_a_paused_person_brings_no_pictures(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, ADA_PAUSED, "Until Monday.")
    nowhere = Brought("https://nobody.invalid/a.png", is_attachment=False)
    with pytest.raises(NotAllowedError) as caught:
        await bring(studio.context, ADA, nowhere, UploadKind.PICTURE)

    assert caught.value.code == "person_paused"


@pytest.mark.parametrize("name", [ADA_PAUSED, SERVER_PAUSED])
async def test_whoever_is_resumed_is_painted_for_again(studio: Studio, name: str) -> None:
    await pausing.pause(studio.context, OPERATOR, name, "Until Monday.")
    assert await pausing.resume(studio.context, OPERATOR, name) == name

    assert (await studio.order()).is_new


async def test_a_number_with_zeros_before_it_is_the_same_person(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, f"person/00{ADA}", "Until Monday.")
    with pytest.raises(NotAllowedError):
        await studio.portrait()


async def test_who_is_paused_is_told_to_operators_alone(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, ADA_PAUSED, "Until Monday.")
    assert pausing.suggest_paused(studio.context, BEN, "") == []
    assert pausing.suggest_paused(studio.context, OPERATOR, "") == [
        (f"{ADA_PAUSED}: Until Monday.", ADA_PAUSED)
    ]


@pytest.mark.parametrize("name", [ADA_PAUSED, SERVER_PAUSED])
async def test_whoever_is_paused_gets_nothing_in_any_other_way(studio: Studio, name: str) -> None:
    picture = await painted(studio)
    mira = await kept(studio, references=picture.code)
    await pausing.pause(studio.context, OPERATOR, name, "Until Monday.")
    ada, context = caller(), studio.context
    file = Brought("https://nobody.invalid/mira.zip", is_attachment=False)
    vera = plan_character(context, NewCharacter("Vera", "A sailor"))
    ways: list[Callable[[], Awaitable[object]]] = [
        lambda: rerun(context, RerunAsk(ada, picture.job_id, SeedChoice.NEW)),
        lambda: edit(context, EditAsk(ada, picture.job_id, features="eye color=green")),
        lambda: create_scene(context, plan_scene(context, SceneAsk(ada, mira.name, "asleep"))),
        lambda: import_character(context, OWNER, file, "Vera", is_agreed=True),
        lambda: save_as_character(context, OWNER, vera, PictureSource(picture.job_id), is_agreed=True),
        lambda: asyncio.to_thread(plan_headshot, context, HeadshotAsk(ada, "a chef", (file,), agreed=True)),
    ]
    for way in ways:
        with pytest.raises(NotAllowedError) as caught:
            await way()
        assert caught.value.code in {"person_paused", "server_paused"}


@pytest.mark.parametrize(
    "name",
    [
        "scripted",
        "person/",
        "person/1a",
        "person/-1",
        "user/1",
        "server/²",
        f"server/{2**63}",
        "person/" + 50 * "1",
        "",
    ],
)
async def test_only_a_name_of_a_person_or_a_server_is_one(studio: Studio, name: str) -> None:
    assert asker_of(name) is None


async def test_no_provider_is_called_like_a_person_or_a_server(studio: Studio) -> None:
    assert not {"person", "server"} & set(studio.context.catalog.providers)
