"""The stand-ins in this process, and somebody who speaks to them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from playground.providers.app import StandIns, open_stand_ins
from tests.playground.providers.fal_bench import Fal


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    """All stand-ins, painting at once."""
    async with open_stand_ins() as stand_ins:
        yield stand_ins


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def fal(providers: StandIns, session: aiohttp.ClientSession) -> Fal:
    return Fal(providers, session)
