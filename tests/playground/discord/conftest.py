"""A running local Discord, people to drive it, and a real discord.py bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import discord
import pytest
import yarl

from playground.discord.app import running
from playground.discord.interactions import Interaction
from playground.discord.local import LocalDiscord
from tests.playground.discord.ear import Ear, listening
from tests.playground.discord.sample_bot import SampleBot
from tests.waiting import HANGS_AFTER_S, until

Value: TypeAlias = Any  # whatever JSON holds
AGENT = "DiscordBot (https://limner.invalid, 1)"


@dataclass
class People:
    """Calls `/play/` and the bot's REST."""

    session: aiohttp.ClientSession
    local: LocalDiscord
    about: dict[str, Any]

    async def call(self, method: str, path: str, **body: Value) -> tuple[int, Any]:
        headers = {"X-Playground-Key": self.about["key"]}
        url = f"{self.about['base']}/play/{path}"
        async with self.session.request(method, url, json=body or None, headers=headers) as response:
            return response.status, None if response.status == 204 else await response.json()

    async def post(self, path: str, **body: Value) -> Value:
        status, answer = await self.call("POST", path, **body)
        assert status in (200, 204), answer
        return answer

    async def get(self, path: str) -> Value:
        status, answer = await self.call("GET", path)
        assert status == 200, answer
        return answer

    async def rest(self, method: str, path: str, body: Value = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {self.about['token']}"}
        url = yarl.URL(self.about["api"] + path, encoded=True)
        async with self.session.request(method, url, json=body, headers=headers) as response:
            return response.status, None if response.status == 204 else await response.json(content_type=None)

    def interaction(self, interaction_id: str) -> Interaction:
        """What only the gateway would tell a bot: an interaction's token."""
        return self.local.interactions.by_id[interaction_id]

    async def slash(self, name: str, user: str = "ada", channel: str = "portraits", **more: Value) -> Value:
        return await self.post("slash", user=user, channel=channel, name=name, **more)


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalDiscord]:
    discord_here = LocalDiscord(tmp_path / "discord", is_kept=True)
    async with running(discord_here, 0):
        yield discord_here


@pytest.fixture
async def people(local: LocalDiscord) -> AsyncIterator[People]:
    async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as session:
        yield People(session, local, local.announcement())


@pytest.fixture
async def ear(people: People) -> AsyncIterator[Ear]:
    """What a bot hears that listens to everything."""
    async with listening(people.session, people.about["gateway"], people.about["token"]) as one:
        yield one


@asynccontextmanager
async def connected(about: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SampleBot]:
    """A bot that is ready, with its commands registered."""
    monkeypatch.setattr(discord.http.Route, "BASE", about["api"])
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(about["gateway"]))
    bot = SampleBot()
    await bot.login(about["token"])
    await bot.tree.sync()
    run = asyncio.create_task(bot.connect())
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            await bot.wait_until_ready()
            # It is ready 0.05 s after the last server that came; on a slow machine the next one comes later.
            await until(lambda: not any(guild.unavailable for guild in bot.guilds))
        yield bot
    finally:
        await bot.close()
        await asyncio.wait([run], timeout=HANGS_AFTER_S)


@pytest.fixture
async def bot(people: People, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SampleBot]:
    async with connected(people.about, monkeypatch) as one:
        yield one
