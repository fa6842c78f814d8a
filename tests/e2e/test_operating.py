"""What a supervisor, a scraper and an operator see of the real process."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from db.dialects.lock import take_lock
from tests.databases import PostgresqlServer
from tests.e2e.service import ROOT, Limner, running
from tests.e2e.topology import topology
from tests.waiting import HANGS_AFTER_S, until

DEAD_AT_ONCE = """
import functools, sys
import cli.vitals
from bot import main
from services.gateway_watch import GatewayWatch
# Heartbeats come every 41 s: with so little patience the gateway is dead before the first.
cli.vitals.Gateway = functools.partial(cli.vitals.Gateway, watch=GatewayWatch(0.5), look_every_s=0.05)
sys.exit(main(["run"]))
"""


def edge_of(log: str) -> str:
    found = re.search(r"web edge on (http://[0-9.:]+)", log)
    assert found is not None
    return found[1]


async def test_probes_metrics_and_log_of_a_running_bot(tmp_path: Path) -> None:
    async with running(tmp_path, LOG_FORMAT="json") as (limner, hands):
        await hands.slash("ada", "portrait")
        base = edge_of(limner.log)
        async with aiohttp.ClientSession(base) as session:
            for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
                async with session.get(path) as answer:
                    assert (answer.status, (await answer.json())["status"]) == (200, status)
            async with session.get("/metrics") as answer:
                text = await answer.text()
        families = {family.name: family for family in text_string_to_metric_families(text)}
        states = {sample.labels["state"]: sample.value for sample in families["limner_jobs"].samples}
        assert states["stored"] == 1
        assert sum(sample.value for sample in families["limner_acknowledgements"].samples) >= 1
        assert '"message":"job 1: queued -> submitting' in limner.log
        for key in limner.keys.values():
            assert key not in text


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
async def test_a_signal_during_the_start_closes_what_is_open(tmp_path: Path, number: Signals) -> None:
    """Discord takes the connection and says nothing, so that the process stands in its login."""
    asked = asyncio.Event()
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    discord = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = discord.sockets[0].getsockname()[1]
    limner = Limner(
        tmp_path,
        {
            "DISCORD_TOKEN": "a.b.c",
            "DISCORD_API_URL": f"http://127.0.0.1:{port}/api/v10",
            "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{port}/gateway",
        },
    )
    limner.process = await limner.spawn()
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            await asked.wait()
            code = await limner.stop(number)
    finally:
        over.set()
        discord.close()
        await limner.clean_up()

    assert code == 0, limner.log
    assert "Traceback" not in limner.log
    # Closing the database takes its log in: a process that dies leaves it behind.
    assert not (tmp_path / "limner.db-wal").exists()


@pytest.mark.parametrize(("number", "code"), [(SIGINT, 0), (SIGTERM, -SIGTERM)])
async def test_a_start_that_waits_for_a_verb_ends_at_once_where_it_is_told_to(
    tmp_path: Path, number: Signals, code: int
) -> None:
    verb = take_lock(tmp_path / "limner.db")
    limner = Limner(tmp_path)
    limner.process = await limner.spawn()
    try:
        await until(lambda: "is in use by process" in limner.log)
        async with asyncio.timeout(HANGS_AFTER_S):
            ended = await limner.stop(number)
    finally:
        verb.release()
        await limner.clean_up()

    assert ended == code, limner.log
    assert "Traceback" not in limner.log


async def test_a_process_whose_gateway_is_dead_ends_with_exit_code_1(tmp_path: Path) -> None:
    limner = Limner(tmp_path, {"LIMNER_DRAIN_S": "0"})
    try:
        with (tmp_path / "bot.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", DEAD_AT_ONCE, cwd=ROOT, env=limner.environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(HANGS_AFTER_S):
            assert await process.wait() == 1
        assert "the gateway has not answered for" in limner.log
        assert "alert gateway_dead" in limner.log
        assert "stopping" in limner.log
        assert "Traceback" not in limner.log
    finally:
        await limner.clean_up()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer, _postgresql_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own with the schema."""
    url = postgresql_server.new_database(_postgresql_template)
    yield url
    postgresql_server.drop_database(url)


@pytest.mark.postgres
async def test_a_worker_alone_has_probes_and_sends_alerts_without_a_gateway(
    tmp_path: Path, postgresql_url: str
) -> None:
    async with topology(tmp_path, postgresql_url) as made:
        state = await made.hands.call("GET", "state")
        lounge = next(channel["id"] for channel in state["channels"] if channel["name"] == "lounge")
        worker = await made.start_ready(
            "worker", "worker", LIMNER_HEALTH_PORT="0", LIMNER_ALERT_CHANNEL=lounge
        )
        async with aiohttp.ClientSession(edge_of(worker.log)) as session:
            async with session.get("/healthz") as answer:
                said = await answer.json()
                assert (answer.status, said["status"], "gateway" in said) == (200, "ok", False)
            async with session.get("/readyz") as answer:
                assert (await answer.json())["status"] == "ready"
            async with session.get("/metrics") as answer:
                assert 'role="worker"' in await answer.text()
        await made.sql(
            "INSERT INTO alerts (kind, subject, fields, times, raised_at_ms) VALUES ($1, 'fal', '{}', 2, 1)",
            "no_balance",
        )
        await worker.until_logged("alert no_balance")
        async with asyncio.timeout(HANGS_AFTER_S):
            while not (messages := await made.hands.messages("ada", "lounge")):
                await asyncio.sleep(0.05)
        assert "fal has no balance left. (2 times)" in messages[0]["content"]
        assert not [entry for entry in await made.hands.transcript() if "frame" in entry]
