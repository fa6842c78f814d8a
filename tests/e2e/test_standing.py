"""An image service that is down for the worker, as it is told by a gateway that never calls it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresqlServer
from tests.e2e.play import answer_of, custom_ids, gallery, text_of
from tests.e2e.topology import Topology, topology
from tests.ports import free_port
from tests.waiting import HANGS_AFTER_S

TRIED_AGAIN_LATE = """
import sys
import services.circuit
# Else a test that takes its time would meet a trial, and be taken on.
services.circuit.TRIAL_EVERY_S = 500.0
from bot import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer, _postgresql_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own with the schema."""
    url = postgresql_server.new_database(_postgresql_template)
    yield url
    postgresql_server.drop_database(url)


async def until_status(made: Topology, words: str) -> None:
    """Wait until `/status` has these words for fal."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while words not in text_of(answer_of(await made.hands.slash("ada", "status"))):
            await asyncio.sleep(0.05)


@pytest.mark.postgres
async def test_p14_a_gateway_knows_what_its_worker_found_and_when_it_is_over(
    tmp_path: Path, postgresql_url: str
) -> None:
    asked = {"prompt": "a lighthouse keeper", "model": "fal/flux-schnell"}
    async with topology(tmp_path, postgresql_url) as made:
        made.program = ("-c", TRIED_AGAIN_LATE)
        # No process here takes calls, so they are not promised, and orders are looked after at once.
        made.settings["PUBLIC_URL"] = ""
        gateway = await made.start("gateway", "gateway")
        nowhere = f"http://127.0.0.1:{free_port()}"
        cut_off = await made.start("worker-a", "worker", FAL_QUEUE_URL=nowhere, FAL_REST_URL=nowhere)
        for member in (gateway, cut_off):
            await member.until_logged("ready in")
        await until_status(made, "**fal**: works")
        for _ in range(2):
            await made.hands.type("ada", "imagine", asked | {"count": 4}, wait=3)
        await until_status(made, "**fal**: has not answered for")

        before = await made.sql("SELECT count(*), max(id) FROM jobs")
        told = await made.hands.refusal("ben", "imagine", asked)
        assert "does not answer right now. Nothing was charged." in text_of(told)
        assert [each for each in custom_ids(told) if ":draft:" in each], custom_ids(told)
        assert await made.sql("SELECT count(*), max(id) FROM jobs") == before

        assert await cut_off.end() == 0
        await made.start_ready("worker-b", "worker")
        await until_status(made, "**fal**: works")
        painted = answer_of(await made.hands.slash("ben", "imagine", **asked))
        assert len(gallery(painted)) == 1, text_of(painted)
