"""Plain statement functions that the tests of the engine run, and a gate that holds a transaction open."""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

import sqlalchemy as sa

from db.engine import Database
from db.tables.schema import users
from tests.waiting import STEP_S, until


class Gate:
    """Holds a transaction in its middle for as long as the test's `with` block runs, however long that takes."""

    def __init__(self) -> None:
        self._entered = threading.Event()
        self._opened = threading.Event()

    def hold(self, connection: sa.Connection) -> None:
        """Wait in the transaction until the gate is opened; one that starts over finds it open."""
        self._entered.set()
        # In steps: on PostgreSQL it runs on the event loop, which must go on to open the gate.
        while not self._opened.is_set():
            pause(connection, STEP_S)

    async def until_entered(self) -> None:
        """Wait until a transaction stands at the gate."""
        await until(self._entered.is_set)

    def __enter__(self) -> Self:
        """Return the gate, closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Open the gate."""
        self._opened.set()


def run(connection: sa.Connection, statement: sa.Executable, *rows: Mapping[str, object]) -> None:
    """Run one statement, for each row if there are any."""
    connection.execute(statement, [dict(row) for row in rows] or None)


def add_user(connection: sa.Connection, user_id: int, count: int = 0) -> None:
    """Insert a user whose `first_seen_at_ms` serves as a counter."""
    connection.execute(users.insert().values(id=user_id, first_seen_at_ms=count))


def count_of(connection: sa.Connection, user_id: int) -> int | None:
    """Return a user's counter, None without the user."""
    found: int | None = connection.scalar(sa.select(users.c.first_seen_at_ms).where(users.c.id == user_id))
    return found


def user_ids(connection: sa.Connection) -> list[int]:
    """Return every user."""
    return list(connection.scalars(sa.select(users.c.id).order_by(users.c.id)))


def pause(connection: sa.Connection, seconds: float) -> None:
    """Keep a transaction open without holding up the event loop."""
    if connection.dialect.name == "sqlite":
        time.sleep(seconds)
    else:
        connection.execute(sa.select(sa.func.pg_sleep(seconds)))


def add_one(connection: sa.Connection, user_id: int) -> int:
    """Read a counter, then write what follows it: the pattern that loses updates without isolation."""
    following = (count_of(connection, user_id) or 0) + 1
    connection.execute(users.update().where(users.c.id == user_id).values(first_seen_at_ms=following))
    return following


def add_pair(connection: sa.Connection, first: int, second: int) -> None:
    """Insert two users with a pause in between."""
    add_user(connection, first)
    pause(connection, 0.002)
    add_user(connection, second)


async def until_it_waits(database: Database, taker: asyncio.Task[Any]) -> None:
    """Wait until somebody waits for an advisory lock of PostgreSQL, or `taker` was let through without one."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    while not taker.done():
        if await database.read(lambda connection: connection.execute(waiting).scalar_one()):
            return
        await asyncio.sleep(0.01)
