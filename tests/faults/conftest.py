"""The scenes of the fault matrix: a service before fal's stand-in, and one with a bot and a local Discord."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cogs.conftest import _discord_address, house, local
from tests.faults.shop import Shop, open_shop
from tests.services.conftest import studio

__all__ = ["_discord_address", "house", "local", "studio"]


@pytest.fixture
async def shop(tmp_path: Path, _sqlite_template: Path) -> AsyncIterator[Shop]:
    """A service before fal's stand-in."""
    async with open_shop(_sqlite_template, tmp_path) as opened:
        yield opened
