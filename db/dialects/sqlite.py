"""SQLite as the service runs it: one writer in a thread of its own, three readers that cannot write."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from db.dialects.async_engine import create_async_engine
from db.dialects.lock import take_lock
from db.dialects.place import Place
from db.dialects.sqlite_writer import BUSY_WAIT_MS, SqliteWriter
from db.dialects.witness import Witness

T = TypeVar("T")

READERS: Final = 3
READER_WAIT_S: Final = 10.0

# FULL, because a commit may be money; NORMAL can lose the last ones at a power cut. Checkpoints are the writer's
# (only committing connections make them); the limit cuts the -wal back after a burst.
# Triggers of ours write into an FTS5 table (`db/tables/search_schema.py`), which SQLite before 3.44 allows to a trusted
# schema only; it is our own file's, and no function of ours is registered that a schema could misuse.
# Source: sqlite.org/pragma.html.
_WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
    "PRAGMA trusted_schema = ON",
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


def _prepare_reader(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection, of either kind
    cursor = connection.cursor()
    for pragma in _READER_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _in_one_view(connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    # At once, not with SQLAlchemy's first statement: some statements are the driver's (`db/dialects/prepared.py`).
    with connection.begin():
        return work(connection)


class SqliteBackend:
    """The connections of one SQLite file. Built by `SqliteBackend.open`."""

    dialect: Final[Literal["sqlite"]] = "sqlite"

    def __init__(self, place: Place) -> None:
        assert place.file is not None  # noqa: S101 - find_place gives every SQLite place its file
        self._lock = take_lock(place.file)
        try:
            self._writer = SqliteWriter(connect_file(place.file))
        except BaseException:
            self._lock.release()
            raise
        self.witness: Final = Witness(place.file)
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

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed."""
        return await self._writer.write(work)

    async def move(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: every writer is alone here."""
        return await self._writer.write(work)

    async def take(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: every writer is alone here."""
        return await self._writer.write(work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives over one snapshot."""
        async with self._readers.connect() as connection:
            return await connection.run_sync(_in_one_view, work)

    async def glance(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives; one snapshot is as good as several."""
        return await self.read(work)

    async def close(self) -> None:
        """Close readers, then the writer and its thread, then give the file back."""
        try:
            await self._readers.dispose()
            await self._writer.close()
        finally:
            self._writer.shut_down()
            self.witness.close()
            self._lock.release()
