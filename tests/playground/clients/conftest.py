"""A local Discord with both of its doors open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.discord_specs.transcript import check_transcript


@asynccontextmanager
async def _open(folder: Path) -> AsyncIterator[LocalDiscord]:
    discord_here = LocalDiscord(folder, is_kept=False)
    async with running(discord_here, 0, 0):
        yield discord_here


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[LocalDiscord]:
    """A local Discord for anybody."""
    async with _open(tmp_path / "discord") as discord_here:
        yield discord_here


@pytest.fixture
async def judged(tmp_path: Path) -> AsyncIterator[LocalDiscord]:
    """A local Discord for clients that never send a bad body: their requests are judged afterwards, too."""
    async with _open(tmp_path / "discord") as discord_here:
        yield discord_here
    check_transcript(tmp_path / "discord", sends_only_good=True)


@pytest.fixture
async def lacking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalDiscord]:
    """A local Discord from which a test takes something away, where nobody judges what it said."""
    async with _open(tmp_path_factory.mktemp("lacking")) as discord_here:
        yield discord_here
