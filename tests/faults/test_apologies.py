"""Row D2 for a request of which nothing came: its owner is told why, though Discord answers 500 to whatever is said."""

import asyncio

import discord
import pytest

from playground.discord import limits
from tests.cogs.house import House
from tests.faults.hurry import LIBRARYS_TRIES, Hurry
from tests.faults.ladder_scene import Ladder
from tests.services.providers.stand_in import Fault, Stage
from tests.waiting import HANGS_AFTER_S, STEP_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOLD_LATER = "1 of your earlier requests ended without a picture"


@pytest.fixture
def ladder(house: House, monkeypatch: pytest.MonkeyPatch) -> Ladder:
    """A request of a library that waits for nothing between its tries."""
    monkeypatch.setattr(discord.webhook.async_, "asyncio", Hurry())
    monkeypatch.setattr(limits, "BUCKETS", {**limits.BUCKETS, "webhook": (1_000, 1.0)})
    return Ladder(house)


async def fail(ladder: Ladder) -> None:
    """Let the picture be withheld by its provider, and wait until that was told or kept."""
    ladder.studio.server.script(Stage.STATUS, Fault.MODERATED)
    await ladder.finish()


async def apologies(ladder: Ladder) -> list[int]:
    """Return the statuses of everything that was said besides the command's own answer."""
    return [status for method, status in await ladder.requests("/webhooks/") if method == "POST"]


@pytest.mark.parametrize("kind", ["500", "accept_then_500"], ids=["lost", "arrived"])
async def test_d2_a_failure_whose_private_word_is_in_doubt_is_told_at_the_next_command(
    ladder: Ladder, kind: str
) -> None:
    await ladder.ask()
    # One is enough: whoever repeats the word by itself is answered 200 then.
    await ladder.house.act("chaos", kind=kind, count=1, route="POST /webhooks/")
    await fail(ladder)

    assert await ladder.rungs() == [("original", "uncertain")]
    assert await apologies(ladder) == [500]
    await ladder.house.slash("portrait", channel="gallery", model="sketch")
    await ladder.house.until_anything_said(TOLD_LATER, channel="gallery")


async def test_d2_what_is_told_at_the_next_command_is_told_once_by_each_until_discord_says_that_it_was(
    ladder: Ladder,
) -> None:
    await ladder.ask()
    await ladder.house.act("chaos", kind="500", count=1, route="POST /webhooks/")
    await fail(ladder)
    await ladder.house.act("chaos", kind="accept_then_500", count=1, route="POST /webhooks/")
    for times in (1, 2):
        await ladder.house.slash("portrait", channel="gallery", model="sketch")
        await until_told(ladder, times)

    assert await apologies(ladder) == [500, 500, 200]


async def until_told(ladder: Ladder, times: int) -> None:
    """Wait until so many words were answered that tell of what was kept, the failure's own aside."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while len(await apologies(ladder)) <= times:
            await asyncio.sleep(STEP_S)


async def test_d2_a_waiting_message_that_discord_says_it_could_not_delete_keeps_nobody_from_the_word(
    ladder: Ladder,
) -> None:
    asked = await ladder.ask()
    await ladder.house.act("chaos", kind="500", count=LIBRARYS_TRIES, route="DELETE /webhooks/")
    await fail(ladder)

    assert await ladder.rungs() == [("original", "later"), ("original", "sent")]
    assert await apologies(ladder) == [200]
    assert asked["message"]["id"] not in [message["id"] for message in await ladder.house.messages()]
