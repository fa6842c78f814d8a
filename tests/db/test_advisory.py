"""Locks between processes over a real PostgreSQL server."""

import asyncio

import pytest
import sqlalchemy as sa

from db.dialects.advisory import AdvisoryLock, Purpose
from db.dialects.apart import ConnectApart
from db.engine import Database
from services.errors import StorageError
from tests.databases import PostgresqlServer
from tests.waiting import until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


def lock(database: Database, *subjects: int, purpose: Purpose = Purpose.SHARD) -> AdvisoryLock:
    assert database.connect_apart is not None
    return AdvisoryLock(database.connect_apart, purpose, subjects or (0,))


async def test_one_of_two_has_a_lock_until_it_gives_it_back(database: Database) -> None:
    one, two = lock(database), lock(database)

    assert await one.try_take()
    assert not await two.try_take()
    await one.release()
    await two.take()
    assert not await one.try_take()
    for each in (one, two):
        await each.release()


async def test_other_subjects_and_other_purposes_are_other_locks(database: Database) -> None:
    locks = [lock(database, 1), lock(database, 2), lock(database, 1, purpose=Purpose.IDENTIFY)]

    assert [await each.try_take() for each in locks] == [True, True, True]
    for each in locks:
        await each.release()


async def test_a_lock_over_several_is_held_only_with_all_of_them(database: Database) -> None:
    one, several = lock(database, 2), lock(database, 1, 2, 3)
    await one.take()

    assert not await several.try_take()
    await one.release()
    await several.take()
    assert not await one.try_take()
    for each in (one, several):
        await each.release()


async def test_whoever_dies_gives_it_back(database: Database, postgresql_server: PostgresqlServer) -> None:
    one, two = lock(database), lock(database)
    await one.take()
    waiting = asyncio.create_task(two.take(0.01))
    pid = await database.read(
        lambda conn: conn.scalar(
            sa.text(
                "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1"
            )
        )
    )
    assert not waiting.done()
    await asyncio.to_thread(postgresql_server.run, f"SELECT pg_terminate_backend({pid})")
    await until(waiting.done)

    assert not await one.try_take()
    for each in (one, two):
        await each.release()


async def test_whoever_gives_up_waiting_holds_nothing(database: Database) -> None:
    one, two, three = lock(database), lock(database), lock(database)
    await one.take()
    waiting = asyncio.create_task(two.take(0.01))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])
    await one.release()
    await three.take()

    assert await three.try_take()
    await three.release()


async def test_without_a_database_there_is_no_lock_and_no_claim_of_one(database: Database) -> None:
    async def refuse(_name: str) -> ConnectApart:
        raise ConnectionRefusedError

    with pytest.raises(StorageError) as caught:
        await AdvisoryLock(refuse, Purpose.SHARD).try_take()

    assert caught.value.code == "database_gone"
