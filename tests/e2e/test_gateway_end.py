"""Row D6, its last case: Discord ends the gateway's connection for good, and the operator reads one sentence."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresqlServer
from tests.e2e.service import running
from tests.e2e.topology import topology
from tests.waiting import HANGS_AFTER_S


def last_line(log: str) -> str:
    return log.strip().splitlines()[-1]


async def test_d6_a_bot_whose_token_is_not_accepted_any_more_says_so_and_ends(tmp_path: Path) -> None:
    async with running(tmp_path, LIMNER_DRAIN_S="0") as (limner, hands):
        assert limner.process is not None
        await hands.call("POST", "chaos", {"kind": "close", "code": 4004})
        async with asyncio.timeout(HANGS_AFTER_S):
            assert await limner.process.wait() == 2

    assert "DISCORD_TOKEN" in last_line(limner.log)
    assert "Traceback" not in limner.log


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer, _postgresql_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own with the schema."""
    url = postgresql_server.new_database(_postgresql_template)
    yield url
    postgresql_server.drop_database(url)


@pytest.mark.postgres
async def test_d6_a_gateway_whose_intents_are_not_allowed_any_more_says_so_and_ends(
    tmp_path: Path, postgresql_url: str
) -> None:
    async with topology(tmp_path, postgresql_url) as made:
        gateway = await made.start_ready("gateway", "gateway", "--shards", "0-0/1", LIMNER_DRAIN_S="0")
        await made.hands.call("POST", "chaos", {"kind": "close", "code": 4014})
        async with asyncio.timeout(HANGS_AFTER_S):
            assert await gateway.process.wait() == 2

    assert "Privileged Gateway Intents" in last_line(gateway.log)
    assert "Traceback" not in gateway.log
