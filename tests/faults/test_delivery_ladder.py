"""The delivery ladder, row D4 and D5: whatever happens to its way, a picture reaches its owner, and reaches them once.

The bot and the job engine are the real ones; Discord is the local one, whose clock is moved.
"""

import asyncio

import pytest

from services.parked import parked_results
from tests.cogs.house import House, said
from tests.faults.ladder_scene import Ladder, allow_direct_messages
from tests.waiting import HANGS_AFTER_S, STEP_S, until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUARTER_S = 15 * 60
THREE_HOURS_S = 3 * 3600


@pytest.fixture
def ladder(house: House) -> Ladder:
    """A request whose picture is finished when the test says so."""
    return Ladder(house)


async def test_d4_a_picture_finished_after_14_59_fills_the_answer_itself(ladder: Ladder) -> None:
    asked = await ladder.ask()
    await ladder.pass_time(QUARTER_S - 20, for_discord_only=True)
    await ladder.finish()

    [message] = await ladder.pictures()
    assert message["id"] == asked["message"]["id"]
    assert await ladder.rungs() == [("original", "sent")]


@pytest.mark.parametrize("is_bots_clock_slow", [False, True], ids=["known", "found out"])
async def test_d4_a_picture_finished_after_15_01_comes_as_a_message_of_its_own(
    ladder: Ladder, is_bots_clock_slow: bool
) -> None:
    asked = await ladder.ask()
    await ladder.pass_time(QUARTER_S + 1, for_discord_only=is_bots_clock_slow)
    await ladder.finish()

    [message] = await ladder.pictures()
    assert message["id"] != asked["message"]["id"]
    assert "for <@" in said(message)
    before = [("original", "refused")] if is_bots_clock_slow else []
    assert await ladder.rungs() == [*before, ("channel", "sent")]


async def test_d4_a_picture_finished_after_three_hours_comes_as_a_message_of_its_own(ladder: Ladder) -> None:
    await ladder.ask()
    await ladder.pass_time(THREE_HOURS_S)
    await ladder.finish()

    assert len(await ladder.pictures("portraits")) == 1
    assert len(await ladder.pictures()) == 1
    assert await ladder.rungs() == [("channel", "sent")]


async def told_at_the_next_command(ladder: Ladder) -> str:
    """Let ada type another command elsewhere; return the code of the kept picture that she is told of."""
    parked = await parked_results(ladder.studio.context, int(ladder.house.local.world.user("ada").id))
    assert parked is not None
    [picture] = parked.pictures
    await ladder.house.slash("portrait", channel="gallery", model="sketch")
    await ladder.house.until_anything_said(f"`/show {picture.code}`", channel="gallery")
    return picture.code


async def shown_once(ladder: Ladder, code: str) -> None:
    """Show the kept picture where its owner is now; she was told of it once and has it once."""
    shown = await ladder.house.slash("show", channel="lounge", code=code)
    answer = shown["message"] or shown["messages"][-1]
    assert len(answer["attachments"]) == 1
    assert len(await ladder.pictures("lounge")) == 1
    user_id = int(ladder.house.local.world.user("ada").id)
    async with asyncio.timeout(HANGS_AFTER_S):
        # It is written down once the notice was sent.
        while await parked_results(ladder.studio.context, user_id) is not None:
            await asyncio.sleep(STEP_S)


@pytest.mark.parametrize("passed_s", [0, QUARTER_S + 1], ids=["at once", "after 15:01"])
async def test_d5_a_picture_whose_channel_is_gone_is_kept_and_told_at_the_next_command(
    ladder: Ladder, passed_s: int
) -> None:
    await ladder.ask()
    await ladder.house.act("world", channels=[{"name": "portraits", "remove": True}])
    await ladder.pass_time(passed_s)
    await ladder.finish()

    assert ("channel", "refused") in await ladder.rungs()
    await shown_once(ladder, await told_at_the_next_command(ladder))


async def test_d5_a_picture_whose_channel_is_gone_comes_directly_to_who_allows_that(ladder: Ladder) -> None:
    await ladder.ask()
    await ladder.studio.context.database.write(allow_direct_messages)
    await ladder.house.act("world", channels=[{"name": "portraits", "remove": True}])
    await ladder.pass_time(QUARTER_S + 1)
    await ladder.finish()

    assert await ladder.rungs() == [("channel", "refused"), ("direct", "sent")]
    assert len(await ladder.pictures("dm")) == 1
    assert len(await ladder.pictures("gallery", "lounge")) == 0


async def deny(ladder: Ladder, *permissions: str) -> None:
    entry = {"channel": "portraits", "target": "limner", "deny": list(permissions)}
    await ladder.house.act("world", permissions=[entry])


async def test_d5_a_picture_reaches_its_answer_though_the_bot_may_not_post_any_more(ladder: Ladder) -> None:
    asked = await ladder.ask()
    await deny(ladder, "SEND_MESSAGES", "ATTACH_FILES")
    await ladder.finish()

    [message] = await ladder.pictures()
    assert message["id"] == asked["message"]["id"]
    assert await ladder.rungs() == [("original", "sent")]


async def test_d5_a_late_picture_that_the_bot_may_not_post_is_kept_and_told_at_the_next_command(
    ladder: Ladder,
) -> None:
    await ladder.ask()
    await deny(ladder, "SEND_MESSAGES")
    await ladder.pass_time(QUARTER_S + 1)
    await ladder.finish()

    assert await ladder.rungs() == [("channel", "refused")]
    assert await ladder.pictures("portraits") == []
    await shown_once(ladder, await told_at_the_next_command(ladder))


async def test_d5_a_late_private_picture_of_somebody_who_blocks_messages_is_kept_and_told(
    ladder: Ladder,
) -> None:
    await ladder.ask(private=True)
    await ladder.studio.context.database.write(allow_direct_messages)
    await ladder.house.act("world", users=[{"name": "ada", "takes_dms": False}])
    await ladder.pass_time(THREE_HOURS_S)
    await ladder.finish()

    assert await ladder.rungs() == [("direct", "refused")]
    await shown_once(ladder, await told_at_the_next_command(ladder))


async def test_d5_a_bot_that_was_thrown_out_tries_each_way_once_and_keeps_the_picture(ladder: Ladder) -> None:
    await ladder.ask()
    await ladder.pass_time(QUARTER_S + 1)
    await ladder.house.act("world", guilds=[{"name": "atelier", "remove": True}])
    before = len(await ladder.house.requests_seen())
    await ladder.finish()
    posted = [one for one in (await ladder.house.requests_seen())[before:] if one["method"] != "GET"]

    assert await ladder.rungs() == [("channel", "refused")]
    assert len(posted) <= 2
    user_id = int(ladder.house.local.world.user("ada").id)
    parked = await parked_results(ladder.studio.context, user_id)
    assert parked is not None
    assert len(parked.pictures) == 1


async def test_d4_two_pictures_of_one_request_come_together_after_15_01(ladder: Ladder) -> None:
    await ladder.ask(count=2)
    await until(lambda: ladder.studio.server.paid_submits == 2)
    await ladder.pass_time(QUARTER_S + 1)
    await ladder.finish()

    [message] = await ladder.pictures()
    assert len(message["attachments"]) == 2
