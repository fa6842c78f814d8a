"""PostgreSQL as the service runs it: serializable writes, moves that lock, one taker, and what is tried again."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from db.async_engine import AsyncEngine, create_async_engine
from db.crossing import CommitUnknownError, foreign_errors, sqlstate_of
from db.lock_numbers import SPACE, Purpose
from db.place import Place
from services.metrics import count

T = TypeVar("T")

CONFLICT_WAIT_S: Final = 5.0
"""How long a write is tried again when PostgreSQL rolled it back for another's sake."""
POOL_SIZE: Final = 10
POOL_WAIT_S: Final = 10.0

_SERVER_SETTINGS: Final = {
    "application_name": "limner",
    "timezone": "UTC",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",  # our statements take less time than compiling them
}

# A machine that has gone would hold its advisory locks for hours, until the server's own TCP notices.
_APART_SETTINGS: Final = {
    "timezone": "UTC",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

# Source: PostgreSQL manual, appendix A: serialization_failure, deadlock_detected.
_ROLLED_BACK: Final = frozenset({"40001", "40P01"})
# Class 08 is the connection; 57P01-57P05 are shutdowns and idle timeouts, after which it is gone.
_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})


# A transaction of READ COMMITTED sees with each statement what was committed before it: after the lock, all that the
# taker before has taken. A process that is stopped in between loses its connection, and with it the lock.
_LOCK_LINE: Final = sa.text(
    f"SELECT pg_advisory_xact_lock({SPACE + Purpose.LINE}, 0),"
    " set_config('idle_in_transaction_session_timeout', '5s', true)"
)


def _from_driver(error: BaseException) -> BaseException:
    """Return asyncpg's own error, which SQLAlchemy wraps twice."""
    wrapped = error.orig if isinstance(error, DBAPIError) else error
    return getattr(wrapped, "__cause__", None) or error


def _is_outdated(error: BaseException) -> bool:
    """Return whether a migration elsewhere has outdated what the driver knows of our statements."""
    kinds = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
    return isinstance(_from_driver(error), kinds)


def is_lost(error: BaseException) -> bool:
    """Return whether the connection is gone, so that nobody told how the transaction ended."""
    state = sqlstate_of(error)
    if state is not None:
        return state in _LOST or state.startswith("08")
    if _is_outdated(error):
        return False
    is_cut = isinstance(error, DBAPIError) and error.connection_invalidated
    # The client's own error comes when the server's last word has crossed a statement of ours.
    return is_cut or isinstance(_from_driver(error), (OSError, asyncpg.InternalClientError))


def _is_worth_once_more(error: BaseException) -> bool:
    """Return whether a fresh connection or plan will do; the transaction is certain to have been taken back.

    Pooled connections die with the server, and statements are outdated in all of them; the pool or the driver notices
    at the first, for all.
    """
    return _is_outdated(error) or is_lost(error)


def _transact(connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    transaction = connection.begin()
    try:
        value = work(connection)
    except BaseException:
        transaction.rollback()
        raise
    try:
        transaction.commit()
    except foreign_errors() as error:
        if is_lost(error):
            connection.invalidate()  # or the pool might hand on a half-ended transaction
            raise CommitUnknownError("commit_unknown", str(error)) from error
        raise
    return value


class PostgresqlBackend:
    """The connections of one PostgreSQL database."""

    dialect: Final[Literal["postgresql"]] = "postgresql"

    def __init__(self, place: Place) -> None:
        self._engine = create_async_engine(
            place.url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            connect_args={"server_settings": _SERVER_SETTINGS, "timeout": 10, "command_timeout": 60},
            hide_parameters=True,
        )
        # With less than SERIALIZABLE, code that is right on SQLite (one writer) would lose updates and overrun caps
        # here: 757 of 960 concurrent read-modify-writes were lost under READ COMMITTED (measured).
        self._writes = self._engine.execution_options(isolation_level="SERIALIZABLE")
        self._moves = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._reads = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._second_tries = asyncio.Lock()
        self._taking = asyncio.Lock()

    @classmethod
    async def open(cls, place: Place) -> "PostgresqlBackend":
        """Return the backend of a database that answers."""
        backend = cls(place)
        try:
            await backend.read(lambda connection: connection.scalar(sa.text("SELECT 1")))
        except BaseException:
            await backend.close()
            raise
        return backend

    async def _once(self, engine: AsyncEngine, work: Callable[[sa.Connection], T]) -> T:
        async with engine.connect() as connection:
            return await connection.run_sync(_transact, work)

    async def _twice_at_most(self, engine: AsyncEngine, work: Callable[[sa.Connection], T]) -> T:
        try:
            return await self._once(engine, work)
        except foreign_errors() as error:
            if not _is_worth_once_more(error):
                raise
        count("limner_database_retries_total", reason="connection")
        return await self._once(engine, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives over one snapshot."""
        return await self._twice_at_most(self._reads, work)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed as if it had been alone.

        `work` starts over when PostgreSQL rolled it back, and when the connection was lost before COMMIT was sent;
        never when COMMIT's fate is unknown.
        """
        return await self._until_it_fits(self._writes, work)

    async def move(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: it locks what it decides about, and nobody else has to start over."""
        return await self._until_it_fits(self._moves, work)

    async def take(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: one at a time among all processes, each in sight of the one before."""

        def take_alone(connection: sa.Connection) -> T:
            connection.execute(_LOCK_LINE)
            return work(connection)

        # Who waits here holds no connection of the pool.
        async with self._taking:
            return await self._until_it_fits(self._moves, take_alone)

    async def _until_it_fits(self, engine: AsyncEngine, work: Callable[[sa.Connection], T]) -> T:
        until_s = time.monotonic() + CONFLICT_WAIT_S
        try:
            return await self._twice_at_most(engine, work)
        except DBAPIError as error:
            if sqlstate_of(error) not in _ROLLED_BACK:
                raise
        # In this process one conflicting writer at a time, or they would go on conflicting with one another.
        async with self._second_tries:
            return await self._again_until_it_fits(engine, work, until_s)

    async def _again_until_it_fits(
        self, engine: AsyncEngine, work: Callable[[sa.Connection], T], until_s: float
    ) -> T:
        while True:
            count("limner_database_retries_total", reason="conflict")
            try:
                return await self._twice_at_most(engine, work)
            except DBAPIError as error:
                if sqlstate_of(error) not in _ROLLED_BACK or time.monotonic() > until_s:
                    raise
            await asyncio.sleep(random.uniform(0.001, 0.02))  # noqa: S311 - only to fall out of step with others

    async def connect_apart(self, name: str) -> Any:  # noqa: ANN401 - the driver is not typed
        """Return a driver's connection of its own, outside of the pool; the caller closes it.

        `name` is what the server's own lists show beside "limner". Raises what the driver raises.
        """
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        for ours in ("prepared_statement_cache_size", "prepared_statement_name_func"):
            options.pop(ours, None)  # SQLAlchemy's, in the address; the driver would refuse them
        settings = {**_APART_SETTINGS, "application_name": f"limner {name}"}
        return await asyncpg.connect(**options, server_settings=settings, timeout=10, command_timeout=10)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()
