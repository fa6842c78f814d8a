"""One process a shard, over a real PostgreSQL server; and who is seen to be running."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.jobs import workers
from db.tables.schema import workers as table
from services import presence
from services.presence import Presence
from services.shard_claims import ShardClaims
from tests.databases import PostgresqlServer
from tests.waiting import until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

HOLDERS = sa.text(
    "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def claims(database: Database, *shard_ids: int, count: int = 4) -> ShardClaims:
    assert database.connect_apart is not None
    return ShardClaims(database.connect_apart, shard_ids, count)


async def test_two_processes_with_other_shards_do_not_wait_for_each_other(database: Database) -> None:
    one, two = claims(database, 0, 1), claims(database, 2, 3)
    await one.take()
    await two.take()
    for each in (one, two):
        await each.release()


async def test_a_second_process_with_one_of_the_shards_waits_for_the_first(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    one, two = claims(database, 0, 1), claims(database, 1, 2)
    await one.take()
    waiting = asyncio.create_task(two.take())
    await until(lambda: "waiting until it stops" in caplog.text)
    assert not waiting.done()
    await one.release()
    await until(waiting.done)
    await two.release()


async def test_the_same_numbers_of_another_count_are_other_shards(database: Database) -> None:
    one, two = claims(database, 0, 1, count=4), claims(database, 0, 1, count=8)
    await one.take()
    await two.take()
    for each in (one, two):
        await each.release()


async def end_connection(server: PostgresqlServer, pid: int) -> None:
    await asyncio.to_thread(server.run, f"SELECT pg_terminate_backend({pid})")


async def end_holders(database: Database, server: PostgresqlServer) -> None:
    def pids(conn: Connection) -> list[int]:
        return list(conn.execute(HOLDERS).scalars())

    for pid in await database.read(pids):
        await end_connection(server, pid)


async def test_a_process_that_lost_its_claim_notices_when_another_has_it(
    database: Database, postgresql_server: PostgresqlServer
) -> None:
    real, pids = database.connect_apart, list[int]()
    assert real is not None

    async def connect(name: str) -> Any:  # noqa: ANN401 - the driver's connection
        made = await real(name)
        pids.append(made.get_server_pid())
        return made

    one, two = ShardClaims(connect, [0], 4), claims(database, 0)
    await one.take()
    # The other one is in line already when the database ends the first one's connection.
    waiting = asyncio.create_task(two.take())
    watching = asyncio.create_task(one.until_lost())
    while not waiting.done():
        # Only the first one's: without the other one's claim, which nobody watches here, it would take its own again.
        await end_connection(postgresql_server, pids[-1])
        await asyncio.sleep(0.3)
    await until(watching.done)
    for each in (one, two):
        await each.release()


async def test_a_process_that_lost_its_connection_alone_takes_its_claim_again(
    database: Database, postgresql_server: PostgresqlServer
) -> None:
    def holders(conn: Connection) -> list[int]:
        return list(conn.execute(HOLDERS).scalars())

    one = claims(database, 0)
    await one.take()
    before = await database.read(holders)
    watching = asyncio.create_task(one.until_lost())
    await end_holders(database, postgresql_server)
    after = before
    while after == before or not after:
        after = await database.read(holders)
        await asyncio.sleep(0.01)

    assert not watching.done()
    watching.cancel()
    await asyncio.wait([watching])
    await one.release()


async def test_a_claim_is_kept_while_the_database_is_away(
    database: Database, postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.shard_claims.LOOK_S", 0.01)
    real, is_away, failures = database.connect_apart, False, 0
    assert real is not None

    async def connect(name: str) -> object:
        nonlocal failures
        if is_away:
            failures += 1
            raise ConnectionRefusedError(name)
        return await real(name)

    one = ShardClaims(connect, [0], 4)
    await one.take()
    watching = asyncio.create_task(one.until_lost())
    is_away = True
    await end_holders(database, postgresql_server)
    await until(lambda: failures >= 3 or watching.done())
    assert not watching.done()
    is_away = False
    while not await database.read(lambda conn: list(conn.execute(HOLDERS).scalars())):
        await asyncio.sleep(0.01)

    assert not watching.done()
    watching.cancel()
    await asyncio.wait([watching])
    await one.release()


async def test_a_process_without_an_engine_is_seen_to_be_running_until_it_stops(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "HEARTBEAT_S", 0.01)
    gateway = Presence(database, "gateway")
    await gateway.start()
    assert await database.read(workers.is_anybody_alive)
    await database.write(lambda conn: conn.execute(sa.update(table).values(beat_at_ms=0)) and None)
    while not await database.read(workers.is_anybody_alive):
        await asyncio.sleep(0.01)
    await gateway.stop()

    assert not await database.read(workers.is_anybody_alive)
