"""A picture whose owner deletes it while nobody knows whether it has come: nothing shows it afterwards."""

import asyncio

import discord
import pytest

from services import history
from services.jobs import delivering, progress
from tests.cogs.house import House, button
from tests.faults.hurry import Hurry
from tests.faults.ladder_scene import Ladder
from tests.faults.passing_time import make_orders_due
from tests.waiting import HANGS_AFTER_S, STEP_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LONG_S = 590.0
"""What lies further ahead is taken for the word of a clock that was put back (`db/upkeep/clock_steps.py`)."""
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
