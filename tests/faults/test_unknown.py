"""An order whose answer was lost, to its end: adopted by its call, told, run again, and free when it comes late.

The bot and the job engine are the real ones; Discord and fal are the local ones; fal's own book says what was paid.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from db.jobs import job_queries
from playground.discord.local import LocalDiscord
from tests.cogs.house import House, connected, parts
from tests.faults.ladder_scene import Ladder
from tests.faults.passing_time import end_doubts, make_due, until_in_doubt
from tests.faults.shop import SUBMIT, Shop, open_shop
from tests.faults.test_webhook_rows import post, signed_now

AGAIN = "Run again (may be paid twice) · $0.003"
QUARTER_S = 15 * 60


@dataclass
class Desk:
    """A person at the local Discord, the bot, and fal's stand-in behind it."""

    house: House
    shop: Shop

    async def ask(self, words: str = "a baker") -> dict[str, Any]:
        """Ask for a picture by fal, and return what Discord hears first."""
        options = {"prompt": words, "model": "fal/flux-schnell", "options": "image_size=256x256"}
        asked: dict[str, Any] = await self.house.act(
            "slash", user="ada", channel="portraits", name="imagine", options=options
        )
        return asked

    async def spent(self) -> int:
        """Return what ada's allowance was used for today, in micro-dollars."""
        user_id = int(self.house.local.world.user("ada").id)
        found = await self.shop.studio.context.database.read(job_queries.read_spending, user_id)
        return found.user_micro_usd


@pytest.fixture
async def desk(
    tmp_path: Path, _sqlite_template: Path, local: LocalDiscord, _discord_address: None
) -> AsyncIterator[Desk]:
    """Everything together, running."""
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(open_shop(_sqlite_template, tmp_path))
        servers = frozenset(int(guild_id) for guild_id in local.world.guilds)
        context = shop.studio.context
        shop.studio.context = replace(context, limits=replace(context.limits, key_servers=servers))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bot = await stack.enter_async_context(connected(shop.studio.context, local))
        yield Desk(House(bot, shop.studio, local, session), shop)


def again_id(message: dict[str, Any]) -> str:
    """Return the id of the button that runs an order in doubt again."""
    [found] = [part["custom_id"] for part in parts(message) if part.get("label") == AGAIN]
    return str(found)


async def test_an_order_whose_answer_was_lost_is_adopted_by_its_call(desk: Desk) -> None:
    desk.shop.script(SUBMIT, {"after": True, "reset": True})
    asked = await desk.ask()
    message = await desk.house.until_painted()

    assert message["id"] == asked["message"]["id"]
    assert len(message["attachments"]) == 1
    assert (desk.shop.submits, desk.shop.paid) == (1, 1)
    assert await desk.spent() == 3_000


@pytest.mark.parametrize(
    ("words", "fault", "told"),
    [("a baker [moderated]", "", "refused"), ("a baker", "null_payload", "")],
    ids=["a refusal", "a picture that the call does not hold"],
)
async def test_an_order_whose_answer_was_lost_is_asked_after_where_its_call_is_only_a_hint(
    desk: Desk, words: str, fault: str, told: str
) -> None:
    desk.shop.stand_ins.webhook("fal", "*", "send", fault=fault)
    desk.shop.script(SUBMIT, {"after": True, "reset": True})
    await desk.ask(words)
    if told:
        await desk.house.until_anything_said(told)
    else:
        message = await desk.house.until_painted()
        assert len(message["attachments"]) == 1
    assert desk.shop.submits == 1


async def test_in_doubt_its_owner_is_told_at_once_and_may_run_it_again(desk: Desk) -> None:
    desk.shop.lose_calls()
    desk.shop.script(SUBMIT, {"after": True, "reset": True})
    await desk.ask()
    await desk.house.until_said("No certain answer")
    [waiting] = await desk.house.messages()
    await desk.shop.stand_ins.webhooks.reset()
    again = await desk.house.click(waiting, again_id(waiting))

    assert len(again["message"]["attachments"]) == 1
    assert (desk.shop.submits, desk.shop.paid) == (2, 2)


async def test_given_up_in_time_it_says_so_costs_nothing_and_offers_to_run_again(desk: Desk) -> None:
    desk.shop.lose_calls()
    desk.shop.script(SUBMIT, {"after": True, "reset": True})
    await desk.ask()
    await until_in_doubt(desk.shop.studio, 1)
    await end_doubts(desk.shop.studio)
    await desk.house.until_anything_said("I lost sight of this picture")
    told = (await desk.house.messages())[-1]
    assert told["flags"] & 64
    assert await desk.spent() == 0
    late = signed_now(desk.shop)
    url = desk.shop.hook_url()
    await desk.shop.stand_ins.webhooks.reset()
    again = await desk.house.click(told, again_id(told))
    after_again = await desk.spent()

    assert len(again["message"]["attachments"]) == 1
    assert (desk.shop.submits, desk.shop.paid, after_again) == (2, 2, 3_000)
    assert await post(url, late.body, late.headers) == 200
    await until_pictures(desk, 2)
    assert await desk.spent() == 3_000
    assert desk.shop.submits == 2


async def until_pictures(desk: Desk, count: int) -> None:
    """Wait until ada has so many pictures."""
    ladder = Ladder(desk.house)
    while len(await ladder.pictures("portraits")) < count:
        await make_due(desk.shop.studio)


async def test_given_up_after_two_hours_it_is_told_at_the_next_command_with_the_same_offer(
    desk: Desk,
) -> None:
    desk.shop.lose_calls()
    desk.shop.script(SUBMIT, {"after": True, "reset": True})
    await desk.ask()
    await until_in_doubt(desk.shop.studio, 1)
    await Ladder(desk.house).pass_time(8_101)
    await end_doubts(desk.shop.studio)
    await desk.shop.stand_ins.webhooks.reset()
    await desk.house.slash("portrait", channel="gallery", model="sketch")
    await desk.house.until_anything_said("I lost sight of this picture", channel="gallery")
    told = (await desk.house.messages(channel="gallery"))[-1]
    again = await desk.house.click(told, again_id(told))

    assert len(again["message"]["attachments"]) == 1
    assert (desk.shop.submits, desk.shop.paid) == (2, 2)
    assert await desk.spent() == 3_000
