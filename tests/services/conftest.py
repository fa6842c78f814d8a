"""A session to speak HTTP with, and the studio of a test, over SQLite and over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from db.engine import Database
from tests.services.sessions import local_session
from tests.services.studio import Studio, open_studio


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session of the test's own."""
    async with local_session() as opened:
        yield opened


@pytest.fixture
async def studio(database: Database, tmp_path: Path) -> AsyncIterator[Studio]:
    """A service without Discord, with a mailbox for a courier."""
    async with open_studio(database, tmp_path) as opened:
        yield opened
