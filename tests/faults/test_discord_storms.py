"""Row D3 where two hundred results wait: Discord is asked so seldom that it bans nobody, whatever it answers.

The courier is the real one, before the local Discord; the brake's clock is moved by the test, ten minutes in all.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import discord
import pytest

from cogs import _brake
from cogs._brake import Brake, brake_of, fit
from cogs._courier import DiscordCourier
from services.jobs.courier import RequestResult, Rung, Sending
from services.jobs.delivering import AGAIN_AFTER_S
from services.jobs.engine import DELIVERY_HANDS
from tests.cogs.house import House
from tests.cogs.samples import picture, result
from tests.faults.hurry import Hurry
from tests.services.providers.stand_in import picture_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PENDING = 200
TEN_MINUTES_S = 600.0
FEW = 100
"""Discord bans for a hundred times as many."""


@dataclass
class Clock:
    """A clock that only the test moves."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Desk:
    """A courier whose brake goes by the test's clock, and what waits for it."""

    house: House
    client: discord.Client
    clock: Clock
    result: RequestResult

    async def deliver(self, rung: Rung, count: int = PENDING) -> set[Sending]:
        """Try so many of them once, by as many hands as the job engine has; return what became of them."""
        courier = DiscordCourier(self.client, self.house.studio.context)
        hands = asyncio.Semaphore(DELIVERY_HANDS)

        async def one(waiting: RequestResult) -> Sending:
            async with hands:
                return (await courier.deliver(rung, waiting)).sending

        return set(await asyncio.gather(*map(one, self.waiting(count))))

    def waiting(self, count: int) -> list[RequestResult]:
        """Return results, each with an interaction of its own."""
        origin = self.result.origin
        return [
            replace(self.result, delivery_id=number, origin=replace(origin, token=f"token-{number}"))
            for number in range(count)
        ]

    async def refused(self) -> list[int]:
        """Return the answers that Discord holds against an address."""
        return [one["status"] for one in await self.house.requests_seen() if one["status"] in (401, 403, 429)]

    async def ten_minutes(self, rung: Rung) -> set[Sending]:
        """Try everything again and again, as soon as the job engine would; return all that became of it."""
        ends_s, seen = self.clock.now_s + TEN_MINUTES_S, set[Sending]()
        for tries in itertools.count(1):
            seen |= await self.deliver(rung)
            self.clock.now_s += AGAIN_AFTER_S * tries
            if self.clock.now_s >= ends_s:
                return seen
        raise AssertionError


@pytest.fixture
async def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A client of its own, logged in; nobody waits for a clock that does not go by itself."""
    monkeypatch.setattr(discord.webhook.async_, "asyncio", Hurry())
    monkeypatch.setattr(_brake, "LONGEST_WAIT_S", 0.0)
    clock = Clock()
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        allowed_mentions=discord.AllowedMentions.none(),
    )
    await client.login(house.local.announcement()["token"])
    fit(client, Brake(clock))
    stored = await house.studio.context.store.put(picture_of(1))
    one = result(picture(digest=stored.digest, image_format="png"))
    channel = house.local.world.channel("portraits")
    origin = replace(one.origin, channel_id=int(channel.id), guild_id=int(channel.guild_id or 0))
    yield Desk(house, client, clock, replace(one, origin=origin))
    await client.close()


async def test_d3_a_bot_that_has_logged_in_has_a_brake(house: House) -> None:
    assert brake_of(house.bot) is not None


@pytest.mark.parametrize("kind", ["429_global", "429_cloudflare"])
async def test_d3_two_hundred_results_ask_seldom_while_everybody_is_told_to_wait(
    desk: Desk, kind: str
) -> None:
    await desk.house.act("chaos", kind=kind, count=1_000_000, route="/webhooks/")
    outcomes = await desk.ten_minutes(Rung.ORIGINAL)

    assert outcomes == {Sending.LATER}
    assert 1 < len(await desk.refused()) < FEW
    await desk.house.act("chaos", kind="reset")
    desk.clock.now_s += TEN_MINUTES_S
    # These interactions never were: what matters is that Discord is asked again, and says so.
    assert Sending.REFUSED in await desk.deliver(Rung.ORIGINAL)
    assert await desk.deliver(Rung.ORIGINAL) == {Sending.REFUSED}


async def test_d3_two_hundred_results_ask_seldom_with_a_token_that_was_reset_and_all_are_kept(
    desk: Desk,
) -> None:
    token, desk.client.http.token = desk.client.http.token, "reset"
    outcomes = await desk.ten_minutes(Rung.CHANNEL)

    assert outcomes == {Sending.LATER}
    assert 1 < len(await desk.refused()) < FEW
    desk.client.http.token = token
    desk.clock.now_s += _brake.LONGEST_PAUSE_S
    assert await desk.deliver(Rung.CHANNEL, count=1) == {Sending.SENT}


async def test_d3_a_bot_that_is_refused_everywhere_stops_far_below_what_discord_bans_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_brake, "MOST_INVALID", 3)
    await desk.house.act("chaos", kind="deny", count=1_000, route="POST /channels/")
    outcomes = [await desk.deliver(Rung.CHANNEL, count=1) for _ in range(6)]

    assert outcomes == [{Sending.REFUSED}] * 3 + [{Sending.LATER}] * 3
    assert await desk.refused() == [403] * 3
    await desk.house.act("chaos", kind="reset")
    desk.clock.now_s += TEN_MINUTES_S
    assert await desk.deliver(Rung.CHANNEL, count=1) == {Sending.SENT}
