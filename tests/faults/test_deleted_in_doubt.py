"""A picture whose owner deletes it while nobody knows whether it has come: nothing shows it afterwards."""

import asyncio
from typing import Any

import discord
import pytest
import sqlalchemy as sa

from cogs import _channel_history
from cogs._courier import DiscordCourier
from cogs._removal import clear_places
from db.engine import Connection
from db.tables.schema import deliveries, jobs, message_removals, rungs
from playground.discord import limits
from services import history
from services.asks import Viewer
from services.images.folder_store import FolderStore
from services.jobs import clearing, delivering, progress
from services.models import DeliveryState
from tests.cogs.house import House, button, ids, said
from tests.faults.hurry import Hurry
from tests.faults.ladder_scene import Ladder
from tests.faults.passing_time import make_orders_due
from tests.waiting import HANGS_AFTER_S, STEP_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LONG_S = 590.0
"""What lies further ahead is taken for the word of a clock that was put back (`db/upkeep/clock_steps.py`)."""
MOST = 5
MAY_STAND = "may still show a picture that was deleted"
MANY = 1_000
"""More answers than the library has tries, each of which takes one away."""


@pytest.fixture
def ladder(house: House, monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """A request whose result, once in doubt, waits until a test says so; no progress uses up Discord's rate limit."""
    monkeypatch.setattr(progress, "TICK_S", 800.0)
    monkeypatch.setattr(discord.webhook.async_, "asyncio", Hurry())
    for name in ("AGAIN_AFTER_S", "AGAIN_AT_MOST_S"):
        monkeypatch.setattr(delivering, name, LONG_S)
    return Ladder(house)


async def test_d2_an_answer_that_may_show_a_deleted_picture_is_taken_away(ladder: Ladder) -> None:
    asked = await ladder.ask()
    await ladder.house.act("chaos", kind="accept_then_500", count=MANY, route="PATCH /webhooks/")
    ladder.studio.server.polls_until_done = 0
    async with asyncio.timeout(HANGS_AFTER_S):
        while await ladder.rungs() != [("original", "uncertain")]:
            await make_orders_due(ladder.studio)
            await asyncio.sleep(STEP_S)
    await ladder.house.act("chaos", kind="reset")
    [message] = await ladder.pictures()
    assert message["id"] == asked["message"]["id"]
    ada, job_id = (
        int(ladder.house.local.world.user("ada").id),
        int(button(message, "more").rpartition(":")[2]),
    )
    await history.delete_picture(ladder.studio.context, ada, job_id)
    await ladder.finish()

    assert await ladder.house.messages() == []
    assert await ladder.rungs() == [("original", "uncertain"), ("original", "sent")]


@pytest.fixture
def posting(ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """The same in a channel where much may be said, and of which the bot reads little."""
    monkeypatch.setattr(discord.http, "asyncio", Hurry())
    monkeypatch.setattr(limits, "BUCKETS", {**limits.BUCKETS, "create_message": (1_000, 1.0)})
    monkeypatch.setattr(_channel_history, "MOST_FROM_EACH_END", MOST)
    return ladder


async def post_in_doubt(
    ladder: Ladder,
    rung: str = "channel",
    kind: str = "accept_then_500",
    *,
    said_before: int = 0,
    count: int = 1,
) -> int:
    """Let ada's result be posted to answers of 500, and return its first job."""
    await ladder.ask(private=rung == "direct", count=count)
    await ladder.until_in_doubt(rung, kind, said_before=said_before)
    # The result's own way is over as well, so that nothing but the deletion may touch the message.
    async with asyncio.timeout(HANGS_AFTER_S):
        while not await ladder.studio.context.database.write(_give_up):
            await asyncio.sleep(STEP_S)
    return await ladder.studio.context.database.read(_job_of, ada_of(ladder))


def _give_up(conn: Connection) -> int:
    """Give up the result that waits for its next try, and let ten minutes pass since the one before."""
    conn.execute(sa.update(rungs).values(tried_at_ms=rungs.c.tried_at_ms - 600_000))
    waits = deliveries.c.state == DeliveryState.PENDING
    return conn.execute(sa.update(deliveries).where(waits).values(state=DeliveryState.PARKED)).rowcount


def _job_of(conn: Connection, user_id: int) -> int:
    return int(conn.execute(sa.select(sa.func.min(jobs.c.id)).where(jobs.c.user_id == user_id)).scalar_one())


def ada_of(ladder: Ladder) -> int:
    return int(ladder.house.local.world.user("ada").id)


async def look(ladder: Ladder) -> list[str | None]:
    """Let the engine's look be due and made; return where nobody can look, of each note that is left."""

    def be_due(conn: Connection) -> None:
        conn.execute(sa.update(message_removals).values(due_at_ms=0))

    def left(conn: Connection) -> list[str | None]:
        return list(conn.execute(sa.select(message_removals.c.unseen_in)).scalars())

    context = ladder.studio.context
    await context.database.write(be_due)
    await clearing.clear_due(context, DiscordCourier(ladder.house.bot, context))
    return await context.database.read(left)


async def remove_by_hand(ladder: Ladder, channel_id: str, message_id: str) -> None:
    await ladder.house.bot.http.delete_message(int(channel_id), int(message_id))


@pytest.mark.parametrize("rung", ["channel", "direct"])
@pytest.mark.parametrize("fate", ["stands", "never came", "removed by hand"])
async def test_d2_a_post_that_may_show_a_deleted_picture_is_looked_for_and_goes(
    posting: Ladder, rung: str, fate: str
) -> None:
    bystander = await posting.house.slash("imagine", user="ben", prompt="a miller", model="sketch")
    job_id = await post_in_doubt(posting, rung, "500" if fate == "never came" else "accept_then_500")
    posted = [each for each in await posting.pictures() if each["id"] != bystander["message"]["id"]]
    assert len(posted) == (0 if fate == "never came" else 1)
    if fate == "removed by hand":
        await remove_by_hand(posting, posted[0]["channel_id"], posted[0]["id"])
    await history.delete_picture(posting.studio.context, ada_of(posting), job_id)

    assert await look(posting) == []
    assert [message["id"] for message in await posting.pictures()] == [bystander["message"]["id"]]


async def test_d2_where_a_deleted_picture_cannot_be_looked_for_its_owner_is_told_and_can_take_it_away(
    posting: Ladder,
) -> None:
    house = posting.house
    await post_in_doubt(posting)
    [message] = await posting.pictures()
    closed = {"channel": "portraits", "target": "limner", "deny": ["READ_MESSAGE_HISTORY"]}
    await house.act("world", permissions=[closed])
    more = (await house.click(message, button(message, "more")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    await house.told(question, button(question, "confirmdelete"), MAY_STAND)
    assert [each["id"] for each in await posting.pictures()] == [message["id"]]
    others = await house.click(message, button(message, "more"), user="ben")
    assert "I know no such picture" in said(others["message"])
    answer = await house.click(message, button(message, "more"))

    assert "I have taken it out of this message" in said(answer["message"])
    assert await posting.pictures() == []


async def test_d2_what_nobody_said_at_the_deletion_is_told_at_the_next_command(posting: Ladder) -> None:
    job_id = await post_in_doubt(posting, said_before=MOST)
    await posting.say(MOST)
    await history.delete_picture(posting.studio.context, ada_of(posting), job_id)
    assert await look(posting) == ["channel"]
    assert len(await posting.pictures()) == 1
    await posting.house.slash("portrait", channel="gallery", model="sketch")

    await posting.house.until_anything_said(MAY_STAND, channel="gallery")


async def test_d2_of_several_pictures_in_doubt_any_can_be_taken_away_and_the_others_stay(
    posting: Ladder,
) -> None:
    house = posting.house
    first = await post_in_doubt(posting, count=2)
    [message] = await posting.pictures()
    closed = {"channel": "portraits", "target": "limner", "deny": ["READ_MESSAGE_HISTORY"]}
    await house.act("world", permissions=[closed])
    which = (await house.click(message, button(message, "more")))["message"]
    more = (await house.click(which, ids(which)[0], values=[str(first + 1)]))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    await house.told(question, button(question, "confirmdelete"), MAY_STAND)
    [message] = await posting.pictures()
    assert len(message["attachments"]) == 2
    answer = await house.click(message, button(message, "more"))
    assert "I have taken it out of this message" in said(answer["message"])
    [message] = await posting.pictures()
    assert len(message["attachments"]) == 1

    # What is left has its buttons as ever.
    assert button((await house.click(message, button(message, "more")))["message"], "delete")


async def test_a_deleted_picture_that_was_shown_again_is_not_replaced_by_its_others(ladder: Ladder) -> None:
    house, database = ladder.house, ladder.studio.context.database
    result = (await house.slash("imagine", prompt="a baker", model="sketch", count=2))["message"]
    first, _ = await house.until_remembered(result, 2)
    shown = (await house.slash("show", channel="gallery", code=first.code))["message"]
    await house.until_remembered(shown)

    def forget(conn: Connection) -> None:
        conn.execute(sa.delete(deliveries).where(deliveries.c.message_id == int(shown["id"])))

    # As if the process had died before it was written down.
    await database.write(forget)
    await history.delete_picture(ladder.studio.context, ada_of(ladder), first.job_id)
    await house.click(shown, button(shown, "more"))

    assert await ladder.pictures("gallery") == []


async def test_a_message_that_is_written_down_while_its_picture_is_deleted_goes(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, database = ladder.house, ladder.studio.context.database
    message = (await house.slash("imagine", prompt="a baker", model="sketch"))["message"]
    await house.until_remembered(message)

    def write_down(conn: Connection, message_id: int | None) -> None:
        conn.execute(sa.update(deliveries).values(message_id=message_id))

    remove = FolderStore.delete

    async def remove_late(store: FolderStore, digest: str) -> None:
        await database.write(write_down, int(message["id"]))
        await remove(store, digest)

    monkeypatch.setattr(FolderStore, "delete", remove_late)
    more = (await house.click(message, button(message, "more")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    await database.write(write_down, None)
    await house.told(question, button(question, "confirmdelete"), "Deleted")

    assert await ladder.pictures() == []


@pytest.mark.parametrize("count", [2, 3])
async def test_of_two_that_are_deleted_at_once_neither_comes_back_with_what_is_left(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    house, context = ladder.house, ladder.studio.context
    message = (await house.slash("imagine", prompt="a baker", model="sketch", count=count))["message"]
    first, second, *others = await house.until_remembered(message, count)
    await history.delete_picture(context, ada_of(ladder), first.job_id)
    edit, overtaken = discord.PartialMessage.edit, list[int]()

    async def edit_late(message: discord.PartialMessage, **changes: Any) -> discord.Message:  # noqa: ANN401 - JSON
        if not overtaken:
            # Before it has reached Discord, the second one is deleted, and taken out of the message.
            overtaken.append(second.job_id)
            deleted = await history.delete_picture(context, ada_of(ladder), second.job_id)
            viewer = Viewer(ada_of(ladder), None)
            assert await clear_places(house.bot, context, viewer, deleted.places)
            await history.messages_are_gone(context, second.job_id)
        return await edit(message, **changes)

    monkeypatch.setattr(discord.PartialMessage, "edit", edit_late)
    assert await look(ladder) == []
    assert overtaken == [second.job_id]

    shown = [each["filename"] for one in await ladder.pictures() for each in one["attachments"]]
    assert [name.partition(".")[0] for name in shown] == [f"limner-{each.code}" for each in others]


@pytest.mark.parametrize(
    ("count", "answer"), [(1, "I cannot change this message"), (2, "More about which one?")]
)
async def test_where_a_deleted_picture_cannot_be_taken_away_its_owner_is_told_or_has_the_others(
    ladder: Ladder, count: int, answer: str
) -> None:
    house, context = ladder.house, ladder.studio.context
    message = (await house.slash("imagine", prompt="a baker", model="sketch", count=count))["message"]
    first = (await house.until_remembered(message, count))[0]
    closed = {"channel": "portraits", "target": "limner", "deny": ["VIEW_CHANNEL"]}
    await house.act("world", permissions=[closed])
    await history.delete_picture(context, ada_of(ladder), first.job_id)

    pressed = await house.click(message, button(message, "more"))
    assert answer in said(pressed["message"])
    assert [each["id"] for each in await ladder.pictures()] == [message["id"]]
