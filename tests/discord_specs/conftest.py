"""The witnesses, for the tests of themselves."""

from pathlib import Path

import pytest

from playground.discord.clock import Clock
from playground.discord.snowflake import Snowflakes
from playground.discord.world import World, found_world
from tests.discord_specs.gateway import GatewaySchemas
from tests.discord_specs.openapi import OpenApi
from tests.discord_specs.schemas import NOT_SET, specs_folder


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder with Discord's own schemas."""
    folder = specs_folder()
    if folder is None:
        pytest.skip(NOT_SET)
    return folder


@pytest.fixture(scope="session")
def openapi(specs: Path) -> OpenApi:
    return OpenApi(specs)


@pytest.fixture(scope="session")
def gateway(specs: Path) -> GatewaySchemas:
    return GatewaySchemas(specs)


@pytest.fixture
def world() -> World:
    return found_world(Snowflakes(Clock()))
