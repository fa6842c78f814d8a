"""Studios for the tests of ModelsLab's adapter."""

from collections.abc import AsyncIterator

import pytest

from tests.services.providers.modelslab.bench import (
    Studio,
    open_studio,
)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
async def slow() -> AsyncIterator[Studio]:
    """A studio whose orders are in the works for an hour, or until a test sets the pace."""
    async with open_studio(pace_s=3600) as opened:
        yield opened
