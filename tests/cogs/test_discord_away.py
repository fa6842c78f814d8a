"""Discord that is away is no reason to end: seen over connections to the local Discord, and to a door that is shut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
import pytest
from aiohttp import web
from yarl import URL

from cogs._client import LimnerBot, log_in
from cogs._discord_away import find_excuse
from cogs._reconnect import Backoff
from db.upkeep import gateway_ends
from playground.discord.local import LocalDiscord
from services.alert_desk import AlertDesk
from services.gateway_watch import DEAD_AFTER_S, GatewayWatch, ShardPulse
from services.gauges import Gauges
from services.loop_lag import LoopLag
from services.vitals import Gateway, Vitals, open_vitals
from tests.cogs.house import House
from tests.services.studio import Studio
from tests.waiting import until

NOBODY_LISTENS = "127.0.0.1:9"
"""The port of "discard", which nothing on a machine of today has open."""


@asynccontextmanager
async def answering(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    """Answer on a port of its own; gives the host and the port."""
    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0][:2]
    yield f"127.0.0.1:{port}"
    await runner.cleanup()


async def hang_up(request: web.Request) -> web.StreamResponse:
    """Close a websocket before anything was said."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close(code=1013)
    return socket


async def say_nothing_good(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


async def test_where_discord_says_hello_there_is_no_excuse_and_nothing_is_identified(house: House) -> None:
    _, _, before = await house.bot.http.get_bot_gateway()
    assert await find_excuse(house.bot) == ""
    _, _, after = await house.bot.http.get_bot_gateway()

    assert after["remaining"] == before["remaining"]


async def test_an_api_that_fails_or_refuses_everybody_or_is_gone_is_an_excuse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, says in (("500", "API answers 500"), ("429_global", "API answers 429")):
        await house.act("chaos", kind=kind, route="/gateway/bot")
        assert says in await find_excuse(house.bot)
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://{NOBODY_LISTENS}/api/v10")
    assert "API cannot be reached" in await find_excuse(house.bot)


async def test_a_gateway_that_is_gone_or_hangs_up_is_an_excuse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(socket, "DEFAULT_GATEWAY", URL(f"ws://{NOBODY_LISTENS}/"))
    assert "gateway cannot be reached" in await find_excuse(house.bot)
    for handler, says in ((hang_up, "closes new connections"), (say_nothing_good, "cannot be reached")):
        async with answering(handler) as place:
            monkeypatch.setattr(socket, "DEFAULT_GATEWAY", URL(f"ws://{place}/"))
            assert says in await find_excuse(house.bot)


class Clock:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_a_process_outlives_an_outage_and_ends_where_a_fresh_one_could_connect(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gave_up, clock, context = asyncio.Event(), Clock(), house.studio.context
    watch, asked = GatewayWatch(now_s=clock), []

    async def excuse() -> str:
        asked.append(await find_excuse(house.bot))
        return asked[-1]

    def lost() -> list[ShardPulse]:
        return [ShardPulse(0, is_up=False, answered_at=None)]

    gateway = Gateway(lost, lambda: False, gave_up.set, watch, 0.01, excuse, "gateway 0-0/1")
    gauges = Gauges(context, house.studio.folder, "run", lag=LoopLag(), watch=watch)
    vitals = Vitals(context, gauges, LoopLag(), AlertDesk(context, house.studio.folder), gateway)
    here = discord.http.Route.BASE
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://{NOBODY_LISTENS}/api/v10")
    await vitals.expect_answers()
    async with open_vitals(vitals):
        for round_number in range(1, 5):
            clock.now_s += DEAD_AFTER_S
            await until(lambda: len(asked) >= round_number)  # noqa: B023 - awaited in this round
            assert vitals.is_gateway_alive()
        assert not gave_up.is_set()
        monkeypatch.setattr(discord.http.Route, "BASE", here)
        clock.now_s += DEAD_AFTER_S / 2
        await until(lambda: asked[-1] == "")
        assert not gave_up.is_set()
        clock.now_s += DEAD_AFTER_S / 2
        await until(gave_up.is_set)

    assert caplog.text.count("the gateway is not connected: Discord's API cannot be reached") == 1
    assert "Discord could be reached now" in caplog.text
    assert await context.database.read(gateway_ends.ends_in_a_row, "gateway 0-0/1") == 1
    await vitals.expect_answers()
    assert watch.patience_s == 2 * DEAD_AFTER_S


def test_discord_py_waits_four_minutes_at_most_between_its_tries() -> None:
    for module in (discord.client, discord.shard):
        backoff = module.ExponentialBackoff()
        assert isinstance(backoff, Backoff)
        waits = [backoff.delay() for _ in range(2_000)]
        assert 64 < max(waits) <= 256 < DEAD_AFTER_S


@pytest.mark.usefixtures("_discord_address")
async def test_a_first_connection_that_fails_is_tried_again(studio: Studio, local: LocalDiscord) -> None:
    about = local.announcement()
    discord.http.Route.BASE = about["api"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(f"ws://{NOBODY_LISTENS}/")
    bot = LimnerBot(studio.context, guild_ready_timeout_s=0.05)
    failed = asyncio.Event()

    async def on_disconnect() -> None:
        failed.set()

    bot.event(on_disconnect)
    await log_in(bot, about["token"])
    connection = asyncio.create_task(bot.connect())
    await until(failed.is_set)
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(about["gateway"])
    await until(bot.is_ready)
    await bot.close()
    await asyncio.wait([connection])
    assert connection.exception() is None
