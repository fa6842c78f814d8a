"""Open a database by its address and run transactions on it: `Database.read`, `write`, `move`, `take`, and `glance`.

A transaction is a plain function over a Core Connection, with no await inside. It always runs to its end, also when
the caller is cancelled, so that no half transaction holds a lock. Nothing that belongs to the connection may leave it:
no Row, no Result, no cursor.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from db.dialects import notes
from db.dialects.apart import ConnectApart
from db.dialects.conflicts import ConflictError
from db.dialects.crossing import CommitUnknownError, foreign_errors, storage_error
from db.dialects.place import Dialect, Place, find_place
from db.dialects.sqlite import SqliteBackend
from db.dialects.witness import Witness
from services.errors import StorageError
from services.job_moves import Told
from services.metrics import count, observe

__all__ = ["CommitUnknownError", "ConflictError", "Connection", "Database", "Dialect", "open_database"]

P = ParamSpec("P")
T = TypeVar("T")

_log: Final = logging.getLogger(__name__)


class _Backend(Protocol):
    """What a dialect's module gives."""

    @property
    def dialect(self) -> Dialect: ...
    async def read(self, work: Callable[[Connection], T]) -> T: ...
    async def glance(self, work: Callable[[Connection], T]) -> T: ...
    async def write(self, work: Callable[[Connection], T]) -> T: ...
    async def move(self, work: Callable[[Connection], T]) -> T: ...
    async def take(self, work: Callable[[Connection], T]) -> T: ...
    async def close(self) -> None: ...


async def _cross(
    kind: str, transact: Callable[[Callable[[Connection], T]], Awaitable[T]], work: Callable[[Connection], T]
) -> T:
    begun_s = time.perf_counter()
    try:
        return await transact(work)
    except foreign_errors() as error:
        crossed = storage_error(error)
        count("limner_database_errors_total", kind=kind, code=crossed.code)
        raise crossed from error
    finally:
        observe("limner_database_transaction_seconds", time.perf_counter() - begun_s, kind=kind)


async def _and_tell(
    transact: Callable[[Callable[[Connection], T]], Awaitable[T]], work: Callable[[Connection], T]
) -> T:
    """Run a transaction, and say what it has moved once that is committed."""
    moves: list[Told] = []

    def noted(connection: Connection) -> T:
        notes.begin(connection, moves)
        try:
            return work(connection)
        finally:
            notes.end(connection)

    value = await transact(noted)
    for move in moves:
        move.tell()
    return value


async def _finish(task: asyncio.Task[T]) -> None:
    """Wait until a task is done, however often the caller is cancelled meanwhile."""
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("a transaction whose caller was cancelled failed: %s", error)


async def _open_backend(place: Place) -> _Backend:
    if place.dialect == "sqlite":
        return await SqliteBackend.open(place)
    from db.dialects.postgresql import PostgresqlBackend  # noqa: PLC0415 - its driver is 3 MB that SQLite spares

    return await PostgresqlBackend.open(place)


class Database:
    """An open database. `read` and `write` may be called by any number of tasks of the loop that opened it."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = backend
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    @property
    def dialect(self) -> Dialect:
        """Return "sqlite" or "postgresql"."""
        return self._backend.dialect

    @property
    def connect_apart(self) -> ConnectApart | None:
        """Return what opens a connection outside of the pool; None on SQLite, where one process is alone."""
        return getattr(self._backend, "connect_apart", None)

    @property
    def witness(self) -> Witness | None:
        """Return what lies beside a SQLite file and tells it from an older copy of itself; None on PostgreSQL."""
        return getattr(self._backend, "witness", None)

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(connection, *args, **kwargs)` over one snapshot of the database, which it cannot change.

        Raises StorageError; what `function` itself raises comes out as it is.
        """
        return await self._run(
            "read", self._backend.read, lambda connection: function(connection, *args, **kwargs)
        )

    async def glance(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(connection, *args, **kwargs)`, whose statements read, each what is committed when it runs.

        For a function of one statement, or of several that need not agree: on PostgreSQL no transaction is begun and
        ended around them, which takes as long as they do. Raises as `read`.
        """
        return await self._run(
            "read", self._backend.glance, lambda connection: function(connection, *args, **kwargs)
        )

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(connection, *args, **kwargs)` of one transaction, committed, as if it ran alone.

        When `function` raises, nothing is written and its error comes out. A cancelled caller must assume that it
        was committed. On PostgreSQL a conflict with another transaction runs `function` again from its start, so it
        changes nothing but the database.

        Raises ConflictError when a rule of the schema refuses a row, CommitUnknownError when the connection was lost
        during COMMIT, StorageError with "database_busy" after 5 s behind somebody else's lock, "disk_full", ...
        """
        return await self._run(
            "write",
            partial(_and_tell, self._backend.write),
            lambda connection: function(connection, *args, **kwargs),
        )

    async def move(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(connection, *args, **kwargs)` of one transaction that moves a job or a result, committed.

        As `write`, with less asked for: on PostgreSQL each statement sees what was committed before it. So `function`
        first locks what it decides about (by the UPDATE that moves it, or as in `db/dialects/row_locks.py`) and
        decides in a statement after that. A `write` that reads the same and decides otherwise must change one row that
        `function` changes too. Which functions are moves, and why each may be one, stands in `docs/architecture.md`.
        """
        return await self._run(
            "move",
            partial(_and_tell, self._backend.move),
            lambda connection: function(connection, *args, **kwargs),
        )

    async def take(
        self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `function(connection, *args, **kwargs)` of one transaction that takes work for this process.

        As `write`, with less asked for: only takers are alone, among all processes, and see what each has taken. So
        `function` takes rows by UPDATEs that name the state they must be in, and reads what only takers write, or what
        may be a moment old. A `write` conflicts with a taker only where both change one row: whoever relies on a job's
        not being taken changes that job in the same transaction. On PostgreSQL takers that were serializable would be
        in conflict with nearly every transaction that moves a job (measured: a fifth of all started over).
        """
        return await self._run(
            "take",
            partial(_and_tell, self._backend.take),
            lambda connection: function(connection, *args, **kwargs),
        )

    async def _run(
        self,
        kind: str,
        transact: Callable[[Callable[[Connection], T]], Awaitable[T]],
        work: Callable[[Connection], T],
    ) -> T:
        if self._is_closed:
            raise StorageError("database_closed")
        task = asyncio.create_task(_cross(kind, transact, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _finish(task)
            raise

    async def close(self) -> None:
        """Refuse new transactions, wait for those that run, and close everything; twice is harmless."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._backend.close()


async def open_database(url: str, *, data_folder: Path | None) -> Database:
    """Return the database at `url`; a relative SQLite file stands in `data_folder`. The caller closes it.

    The schema is not looked at: `db.migrations.ensure_current` does that before.
    Raises StartError("bad_database_url"), StartError("database_in_use") when another process owns the SQLite file,
    StorageError when it cannot be opened.
    """
    place = find_place(url, data_folder)
    try:
        return Database(await _open_backend(place))
    except foreign_errors() as error:
        raise storage_error(error) from error
