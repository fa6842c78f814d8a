"""SQLite as the service runs it: one writer in a thread of its own, three readers that cannot write."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from db.lock import take_lock
from db.place import Place

T = TypeVar("T")

BUSY_WAIT_MS: Final = 5_000
"""How long a transaction waits for a lock that somebody else holds, its time in our own queue included."""
READERS: Final = 3
READER_WAIT_S: Final = 10.0

# FULL, because a commit may be money; NORMAL can lose the last ones at a power cut. Checkpoints are the writer's
# (only committing connections make them); the limit cuts the -wal back after a burst.
# Source: sqlite.org/pragma.html.
_WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
    "PRAGMA trusted_schema = OFF",
)
_READER_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_WAIT_MS}",
    "PRAGMA query_only = ON",
    "PRAGMA trusted_schema = OFF",
)


def connect_file(file: Path) -> sqlite3.Connection:
    """Return a connection in which nobody but us begins a transaction, usable from any one thread at a time."""
    # SQLite would make it readable for everybody; -wal and -shm take the file's mode.
    file.touch(mode=0o600)
    connection = sqlite3.connect(
        file, timeout=BUSY_WAIT_MS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _writer_engine(connection: sqlite3.Connection) -> sa.Engine:
    engine = sa.create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True
    )
    # Not plain BEGIN: a transaction that reads and then writes would lose what was written in between.
    event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_reader(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection, of either kind
    cursor = connection.cursor()
    for pragma in _READER_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


class SqliteBackend:
    """The connections of one SQLite file. Built by `SqliteBackend.open`."""

    dialect: Final[Literal["sqlite"]] = "sqlite"

    def __init__(self, place: Place) -> None:
        assert place.file is not None  # noqa: S101 - find_place gives every SQLite place its file
        self._lock = take_lock(place.file)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-writer")
        try:
            self._driver = connect_file(place.file)
        except BaseException:
            self._lock.release()
            raise
        self._writer = _writer_engine(self._driver)
        self._readers = create_async_engine(
            place.url,
            pool_size=READERS,
            max_overflow=0,
            pool_timeout=READER_WAIT_S,
            connect_args={"isolation_level": None},
            hide_parameters=True,
        )
        event.listen(self._readers.sync_engine, "connect", _prepare_reader)
        event.listen(self._readers.sync_engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN"))

    @classmethod
    async def open(cls, place: Place) -> "SqliteBackend":
        """Return the backend of a file, of which this process becomes the owner."""
        return await asyncio.to_thread(cls, place)

    def _transact(self, work: Callable[[sa.Connection], T], asked_at_s: float) -> T:
        waited_ms = int((time.monotonic() - asked_at_s) * 1000)
        # Whoever waited long in the queue still tries once, without waiting: else one stuck lock of another process
        # would cost every queued writer its own five seconds, one after the other.
        self._driver.execute(f"PRAGMA busy_timeout = {max(0, BUSY_WAIT_MS - waited_ms)}")
        with self._writer.begin() as connection:
            return work(connection)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._transact, work, time.monotonic())

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives over one snapshot."""
        async with self._readers.connect() as connection:
            return await connection.run_sync(work)

    def _close_writer(self) -> None:
        self._writer.dispose()
        # The last connection of a file folds the -wal into it and deletes it.
        self._driver.close()

    async def close(self) -> None:
        """Close readers, then the writer and its thread, then give the file back."""
        try:
            await self._readers.dispose()
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close_writer)
        finally:
            self._thread.shutdown()
            self._lock.release()
