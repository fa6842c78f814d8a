"""Words between processes over a real PostgreSQL server: heard, told once, and again after the connection was lost."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from db.dialects.apart import ConnectApart
from db.dialects.listening import CHANNEL, Listener
from db.engine import Connection, Database
from tests.databases import PostgresqlServer
from tests.waiting import until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


@dataclass
class Ear:
    """A listener, what it heard, and how its connection came and went."""

    connect: ConnectApart
    heard: list[str] = field(default_factory=list)
    changes: list[bool] = field(default_factory=list)
    listener: Listener = field(init=False)

    def __post_init__(self) -> None:
        self.listener = Listener(self.connect, self.heard.append, self.changes.append)

    @property
    def is_up(self) -> bool:
        return bool(self.changes) and self.changes[-1]


def apart(database: Database) -> ConnectApart:
    assert database.connect_apart is not None
    return database.connect_apart


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[Ear]:
    ear = Ear(apart(database))
    running = asyncio.create_task(ear.listener.run())
    await until(lambda: ear.is_up)
    yield ear
    running.cancel()
    await asyncio.wait([running])


def backends(conn: Connection) -> list[int]:
    """Return the server's processes that listen."""
    found = conn.execute(
        sa.text("SELECT pid FROM pg_stat_activity WHERE application_name = 'limner listening'")
    )
    return list(found.scalars())


async def cut(database: Database, server: PostgresqlServer, pids: list[int]) -> None:
    """End these connections as a server does that is started anew."""
    for pid in pids:
        await asyncio.to_thread(server.run, f"SELECT pg_terminate_backend({pid})")


async def test_a_word_reaches_all_others_and_not_its_teller(database: Database) -> None:
    async with listening(database) as one, listening(database) as two, listening(database) as three:
        one.listener.tell("jobs")
        await until(lambda: two.heard and three.heard)
        two.listener.tell("polls")
        await until(lambda: one.heard)

    assert (one.heard, two.heard, three.heard) == (["polls"], ["jobs"], ["jobs", "polls"])


async def test_many_rings_of_one_moment_are_told_once(database: Database) -> None:
    async with listening(database) as one, listening(database) as two:
        for _ in range(1000):
            one.listener.tell("jobs")
        one.listener.tell("deliveries")
        await until(lambda: len(two.heard) == 2)
        one.listener.tell("end")
        await until(lambda: "end" in two.heard)

    assert sorted(two.heard[:2]) == ["deliveries", "jobs"]
    assert two.heard[2:] == ["end"]


async def test_a_lost_connection_is_said_and_made_again(
    database: Database, postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.dialects.listening.PING_S", 3600.0)  # it is not the ping that notices
    async with listening(database) as one:
        await cut(database, postgresql_server, await database.read(backends))
        await until(lambda: one.changes == [True, False, True])
        async with listening(database) as two:
            two.listener.tell("jobs")
            await until(lambda: one.heard)

    assert one.heard == ["jobs"]


async def test_what_was_told_without_a_connection_is_told_with_the_next_one(database: Database) -> None:
    async with listening(database) as one:
        late = Ear(apart(database))
        late.listener.tell("jobs")
        running = asyncio.create_task(late.listener.run())
        await until(lambda: one.heard)
        running.cancel()
        await asyncio.wait([running])

    assert one.heard == ["jobs"]


class Breaking:
    """A connection of the driver's over which one statement cannot be sent."""

    def __init__(self, connection: Any, failures: deque[OSError]) -> None:  # noqa: ANN401 - the driver is not typed
        self._connection = connection
        self._failures = failures

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    async def execute(self, *words: object) -> object:
        if self._failures:
            raise self._failures.popleft()
        return await self._connection.execute(*words)


async def test_what_could_not_be_told_is_told_by_the_next_connection(database: Database) -> None:
    failures = deque([OSError("reset")])

    async def connect(name: str) -> Breaking:
        return Breaking(await apart(database)(name), failures)

    async with listening(database) as one:
        teller = Ear(connect)
        teller.listener.tell("jobs")
        running = asyncio.create_task(teller.listener.run())
        await until(lambda: one.heard)
        running.cancel()
        await asyncio.wait([running])

    assert teller.changes[:3] == [True, False, True]
    assert one.heard == ["jobs"]


async def test_whoever_ends_leaves_no_connection_behind(database: Database) -> None:
    async with listening(database):
        assert len(await database.read(backends)) == 1

    left = [1]
    while left:
        left = await database.read(backends)
        await asyncio.sleep(0.01)


async def test_the_pool_keeps_all_its_connections_for_transactions(database: Database) -> None:
    async with listening(database):
        names = sa.text("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
        found = await database.read(lambda conn: list(conn.execute(names).scalars()))

    assert "limner" in found
    assert "limner listening" in found


async def test_a_notification_from_outside_is_heard_like_any_other(database: Database) -> None:
    async with listening(database) as one:
        await database.write(lambda conn: conn.execute(sa.text(f"NOTIFY {CHANNEL}, 'reload'")) and None)
        await until(lambda: one.heard)

    assert one.heard == ["reload"]
