"""One running service for the tests that leave it as it was; those that break it start their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.play import Play
from tests.e2e.service import Limner, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Limner, Play]]:
    """The bot and the local Discord, for the whole run."""
    async with running(tmp_path_factory.mktemp("limner")) as started:
        yield started


@pytest.fixture
def play(service: tuple[Limner, Play]) -> Play:
    """A person's hands on the running service."""
    return service[1]


@pytest.fixture
def limner(service: tuple[Limner, Play]) -> Limner:
    """The running service's processes."""
    return service[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder for a service of the test's own."""
    made = tmp_path / "data"
    made.mkdir()
    return made
