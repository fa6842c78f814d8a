"""PostgreSQL as the service runs it: serializable writes, moves that lock, one taker, and what is tried again."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from db.async_engine import create_async_engine, greenlet_spawn
from db.crossing import CommitUnknownError, foreign_errors, sqlstate_of
from db.lock_numbers import SPACE, Purpose
from db.place import Place
from services.errors import BugError
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


# How the transactions begin. In the driver's own words: what SQLAlchemy does at each begin and end of one takes longer
# than many a transaction (measured: 0.35 ms of the processor with it, 0.2 ms without).
_NONE: Final = ""
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# With less than SERIALIZABLE, code that is right on SQLite (one writer) would lose updates and overrun caps here: 757
# of 960 concurrent read-modify-writes were lost under READ COMMITTED (measured).
_WRITE: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_MOVE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
# A transaction of READ COMMITTED sees with each statement what was committed before it: after the lock, all that the
# taker before has taken. A process that is stopped in between loses its connection, and with it the lock.
_TAKE: Final = (
    f"{_MOVE}; SELECT pg_advisory_xact_lock({SPACE + Purpose.LINE}, 0),"
    " set_config('idle_in_transaction_session_timeout', '5s', true)"
)


def _from_driver(error: BaseException) -> BaseException:
    """Return asyncpg's own error, which SQLAlchemy wraps twice."""
    return (error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else None) or error


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
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    ours = _from_driver(error)
    # The client's own error comes when the server's last word has crossed a statement of ours; of a connection that
    # was lost before, the driver tells only in words. Source: asyncpg 0.32, connection.py and prepared_stmt.py.
    is_closed = isinstance(ours, asyncpg.InterfaceError) and "connection is closed" in str(ours)
    return is_closed or isinstance(ours, (OSError, asyncpg.InternalClientError))


def _say(connection: sa.Connection, words: str) -> str:
    """Give the server a command as it is; return what it says has been done."""
    adapted: Any = connection.connection.dbapi_connection
    return str(adapted.run_async(lambda driver: driver.execute(words)))


def _let_go(connection: sa.Connection) -> None:
    """Let the pool know of a connection that is gone: others that are as old are as dead."""
    if connection.invalidated:
        return
    # SQLAlchemy notices where a statement of its own fails, and asks anew for each of them then.
    with suppress(DBAPIError):
        connection.exec_driver_sql("SELECT 1")
    connection.invalidate()


def _roll_back(connection: sa.Connection) -> None:
    if connection.invalidated:
        return  # SQLAlchemy has noticed already that it is gone
    try:
        _say(connection, "ROLLBACK")
    except foreign_errors():
        _let_go(connection)  # or the pool might hand on a transaction that has not ended


def _glance(connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    try:
        return work(connection)
    except foreign_errors() as error:
        if is_lost(error):
            _let_go(connection)
        raise


def _commit(connection: sa.Connection) -> None:
    try:
        done = _say(connection, "COMMIT")
    except foreign_errors() as error:
        if is_lost(error):
            _let_go(connection)
            raise CommitUnknownError("commit_unknown", str(error)) from error
        raise
    if (
        done != "COMMIT"
    ):  # the server says ROLLBACK where a statement had failed, whatever was made of its error
        raise BugError("database_statement", f"a transaction went on after an error, and ended in {done}")


def _transact(connection: sa.Connection, begin: str, work: Callable[[sa.Connection], T]) -> T:
    try:
        _say(connection, begin)
        value = work(connection)
    except BaseException:
        _roll_back(connection)
        raise
    _commit(connection)
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
            isolation_level="AUTOCOMMIT",  # begin and end of each transaction are ours
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

    async def _once(self, begin: str, work: Callable[[sa.Connection], T]) -> T:
        def in_greenlet() -> T:
            with self._engine.sync_engine.connect() as connection:
                return _transact(connection, begin, work) if begin else _glance(connection, work)

        value: T = await greenlet_spawn(in_greenlet)
        return value

    async def _once_more(self, begin: str, work: Callable[[sa.Connection], T]) -> T:
        """Run a transaction, and once more where its connection was lost."""
        try:
            return await self._with_plans_of_today(begin, work)
        except foreign_errors() as error:
            if not is_lost(error):
                raise
        count("limner_database_retries_total", reason="connection")
        return await self._with_plans_of_today(begin, work)

    async def _with_plans_of_today(self, begin: str, work: Callable[[sa.Connection], T]) -> T:
        """Run a transaction, and again where a migration elsewhere has outdated the statements of its connection."""
        for _ in range(POOL_SIZE):  # each forgets its own
            try:
                return await self._once(begin, work)
            except foreign_errors() as error:
                if not _is_outdated(error):
                    raise
            count("limner_database_retries_total", reason="connection")
        return await self._once(begin, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives over one snapshot."""
        return await self._once_more(_READ, work)

    async def glance(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, without a transaction around its statements."""
        return await self._once_more(_NONE, work)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed as if it had been alone.

        `work` starts over when PostgreSQL rolled it back, and when the connection was lost before COMMIT was sent;
        never when COMMIT's fate is unknown.
        """
        return await self._until_it_fits(_WRITE, work)

    async def move(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: it locks what it decides about, and nobody else has to start over."""
        return await self._until_it_fits(_MOVE, work)

    async def take(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: one at a time among all processes, each in sight of the one before."""
        # Who waits here holds no connection of the pool.
        async with self._taking:
            return await self._until_it_fits(_TAKE, work)

    async def _until_it_fits(self, begin: str, work: Callable[[sa.Connection], T]) -> T:
        until_s = time.monotonic() + CONFLICT_WAIT_S
        try:
            return await self._once_more(begin, work)
        except foreign_errors() as error:
            if sqlstate_of(error) not in _ROLLED_BACK:
                raise
        # In this process one conflicting writer at a time, or they would go on conflicting with one another.
        async with self._second_tries:
            return await self._again_until_it_fits(begin, work, until_s)

    async def _again_until_it_fits(self, begin: str, work: Callable[[sa.Connection], T], until_s: float) -> T:
        while True:
            count("limner_database_retries_total", reason="conflict")
            try:
                return await self._once_more(begin, work)
            except foreign_errors() as error:
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
