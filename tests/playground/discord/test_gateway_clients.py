"""Real discord.py on the gateway: both compressions, resuming, zombies, shards in one process and in two."""

import asyncio
import contextlib
import importlib.util
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import discord.utils
import pytest
import yarl

from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import guild_on
from tests.waiting import HANGS_AFTER_S, until

MESSAGES = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class Listener(discord.AutoShardedClient):
    """Notes what it is told and where it dials."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 (what discord.py takes)
        self.dialled: list[yarl.URL] = []
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._note)
        options: dict[str, Any] = {"intents": MESSAGES, "guild_ready_timeout": 0.05, "http_trace": trace}
        super().__init__(**options | more)
        self.heard: list[str] = []
        self.resumes = self.identifies = 0

    async def _note(
        self, _session: object, _context: SimpleNamespace, about: aiohttp.TraceRequestStartParams
    ) -> None:
        if about.url.path.startswith("/gateway"):
            self.dialled.append(about.url)

    async def before_identify_hook(self, *_args: object, **_more: object) -> None:
        """Count, and wait for nothing: how IDENTIFYs are spaced is the server's to say."""
        self.identifies += 1

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)

    async def on_shard_resumed(self, _shard_id: int) -> None:
        self.resumes += 1

    def has_resumed(self, times: int) -> bool:
        return self.resumes == times

    def has_heard(self, count: int, last: str | None = None) -> bool:
        return len(self.heard) >= count and last in (None, self.heard[-1])


@contextlib.asynccontextmanager
async def running(people: People, *clients: Listener) -> AsyncIterator[None]:
    """Clients that are ready."""
    runs = []
    for client in clients:
        await client.login(people.about["token"])
        runs.append(asyncio.create_task(client.connect()))
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            for client in clients:
                await client.wait_until_ready()
        yield
    finally:
        for client in clients:
            await client.close()
        await asyncio.wait(runs, timeout=HANGS_AFTER_S)


@pytest.fixture(autouse=True)
def pointed_here(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", people.about["api"])
    gateway = yarl.URL(people.about["gateway"])
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)


def without_zstandard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give discord.py the decompression that it chooses where zstandard is not installed."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    spec = importlib.util.spec_from_file_location("discord.utils_without_zstandard", discord.utils.__file__)
    assert spec is not None
    assert spec.loader is not None
    utils = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(utils)
    monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", utils._ActiveDecompressionContext)


async def say(people: People, *words: str, channel: str = "lounge") -> None:
    for word in words:
        await people.post("say", user="ada", channel=channel, content=word)


@pytest.mark.parametrize("compression", ["zstd-stream", "zlib-stream"])
async def test_loses_and_doubles_nothing_when_the_connection_is_cut_again_and_again(
    people: People, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    if compression == "zlib-stream":
        without_zstandard(monkeypatch)
    client = Listener(shard_count=1)
    async with running(people, client):
        for cut in range(3):
            await say(people, f"{cut} before")
            await people.post("chaos", kind="drop")
            await say(people, f"{cut} meanwhile", f"{cut} again")
            await until(partial(client.has_resumed, cut + 1))
            await say(people, f"{cut} after")
        await until(lambda: len(client.heard) >= 12)
        await say(people, "end")
        await until(lambda: client.heard[-1] == "end")
    times = ("before", "meanwhile", "again", "after")
    assert client.heard == [*(f"{cut} {when}" for cut in range(3) for when in times), "end"]
    assert {url.query["compress"] for url in client.dialled} == {compression}
    first, *others = [url.path for url in client.dialled]
    assert others == [f"{first}/"] * 3


@pytest.mark.parametrize("kind", ["op7", "op9"])
async def test_comes_back_with_its_session_when_told_to_reconnect(people: People, kind: str) -> None:
    client = Listener(shard_count=1)
    async with running(people, client):
        await people.post("chaos", kind=kind, resumable=True)
        await until(lambda: client.resumes == 1)
        await say(people, "here")
        await until(lambda: client.heard == ["here"])


async def test_begins_anew_when_its_session_was_invalidated(people: People) -> None:
    client = Listener(shard_count=1)
    async with running(people, client):
        await people.post("chaos", kind="op9")
        await until(lambda: len(client.dialled) > 1)
        await until(lambda: people.local.sessions.is_ready(people.about["application_id"]))
        await say(people, "here")
        await until(lambda: client.heard == ["here"])
    assert client.resumes == 0
    assert client.dialled[0].path == client.dialled[1].path


async def test_leaves_a_zombie_and_hears_the_rest_after_resuming(people: People) -> None:
    limits = replace(people.local.sessions.limits, heartbeat_ms=500, given_up_after=1_000)
    people.local.sessions.limits = limits
    client = Listener(shard_count=1, heartbeat_timeout=1.0)
    async with running(people, client):
        await people.post("chaos", kind="zombie")
        await say(people, "to a zombie")
        await until(lambda: client.heard == ["to a zombie"] and client.resumes)


async def test_is_told_which_privileged_intent_it_lacks(people: People) -> None:
    await people.post("world", applications=[{"privileged_intents": []}])
    client = Listener(shard_count=1)
    await client.login(people.about["token"])
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.connect()


async def test_takes_the_advised_shards_and_one_client_hears_each_event_once(people: People) -> None:
    for shard in (0, 1):
        await guild_on(people, f"on-{shard}", shard, 2)
    advised, two = Listener(), Listener(shard_count=2)
    async with running(people, advised, two):
        for place in ("on-0-hall", "on-1-hall", "dm"):
            await say(people, place, channel=place)
        for client in (advised, two):
            await until(partial(client.has_heard, 3))
        assert (len(advised.shards), len(two.shards)) == (1, 2)
        assert [guild.shard_id for guild in two.guilds if guild.name.startswith("on-")] == [0, 1]
    for client in (advised, two):
        assert Counter(client.heard) == Counter(("on-0-hall", "on-1-hall", "dm"))


async def test_processes_with_a_shard_each_hear_their_own_guilds_only(people: People) -> None:
    for shard in (0, 1):
        await guild_on(people, f"on-{shard}", shard, 2)
    zero, one = Listener(shard_count=2, shard_ids=[0]), Listener(shard_count=2, shard_ids=[1])
    async with running(people, zero, one):
        for place in ("on-1-hall", "on-0-hall", "dm"):
            await say(people, place, channel=place)
        await say(people, "end", channel="on-0-hall")
        await say(people, "end", channel="on-1-hall")
        for client in (zero, one):
            await until(partial(client.has_heard, 1, "end"))
        assert [{guild.name for guild in client.guilds} & {"on-0", "on-1"} for client in (zero, one)] == [
            {"on-0"},
            {"on-1"},
        ]
    assert (zero.heard, one.heard) == (["on-0-hall", "dm", "end"], ["on-1-hall", "end"])


async def test_gets_in_with_all_shards_although_identifies_come_too_fast(people: People) -> None:
    limits = replace(people.local.sessions.limits, max_concurrency=1, identify_window_s=3_600)
    people.local.sessions.limits = limits
    client = Listener(shard_count=2)

    async def pass_the_time() -> None:
        await until(lambda: client.identifies > 2)  # shard 0, shard 1 in vain, shard 1 again
        await people.post("clock", advance_s=3_600)

    passing = asyncio.create_task(pass_the_time())
    async with running(people, client):
        await passing
        assert sorted(session.shard for session in people.local.sessions.by_id.values()) == [(0, 2), (1, 2)]
    await until(lambda: not people.local.sessions.by_id)
