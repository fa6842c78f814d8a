"""A service over SQLite, a local Discord, and a bot between them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import discord
import pytest

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from services.addresses import origins_of
from tests.cogs.house import House, connected
from tests.discord_specs.transcript import check_transcript
from tests.services.studio import Studio, open_studio_on_sqlite


@pytest.fixture
async def studio(tmp_path: Path, _sqlite_template: Path) -> AsyncIterator[Studio]:
    """The services without Discord; the commands are the same on every database."""
    async with open_studio_on_sqlite(_sqlite_template, tmp_path) as opened:
        yield opened


@pytest.fixture
def _discord_address() -> Iterator[None]:
    """Give discord.py its own addresses back: they belong to the whole process."""
    route, gateway = discord.http.Route, discord.gateway.DiscordWebSocket
    before = (route.BASE, gateway.DEFAULT_GATEWAY, discord.Asset.BASE)
    yield
    route.BASE, gateway.DEFAULT_GATEWAY, discord.Asset.BASE = before


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalDiscord]:
    """A local Discord."""
    discord_here = LocalDiscord(tmp_path / "discord", is_kept=False)
    async with running(discord_here, 0):
        yield discord_here
    check_transcript(tmp_path / "discord", sends_only_good=True)


@pytest.fixture
async def house(studio: Studio, local: LocalDiscord, _discord_address: None) -> AsyncIterator[House]:
    """Everything together, running."""
    servers = frozenset(int(guild_id) for guild_id in local.world.guilds)
    studio.context = replace(
        studio.context,
        limits=replace(studio.context.limits, key_servers=servers),
        discord_hosts=origins_of([local.announcement()["base"]]),
    )
    async with aiohttp.ClientSession() as session, connected(studio.context, local) as bot:
        yield House(bot, studio, local, session)
