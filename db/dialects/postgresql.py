"""PostgreSQL as the service runs it: serializable writes, moves that lock, one taker, and what is tried again."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

import asyncpg
import sqlalchemy as sa

from db.dialects.async_engine import create_async_engine, greenlet_spawn
from db.dialects.crossing import foreign_errors, sqlstate_of
from db.dialects.place import Place
from db.dialects.postgresql_transactions import GLANCE, MOVE, READ, TAKE, WRITE, is_lost, is_outdated, run_on
from services.metrics import count

T = TypeVar("T")

CONFLICT_WAIT_S: Final = 5.0
"""How long a write is tried again when PostgreSQL rolled it back for another's sake."""
POOL_SIZE: Final = 10
POOL_WAIT_S: Final = 10.0
STATEMENTS_KEPT: Final = 32
"""How many statements of SQLAlchemy's a connection keeps prepared, before it forgets: it does so at half as many more.

What runs often goes past SQLAlchemy and is kept by the driver (`db/dialects/prepared.py`). Some two hundred others run
in a quarter of an hour, two thirds of all runs being of 25 of them. Each is 3 KiB a connection, and what seldom runs
takes that long to have come by on all of them.
"""
_KEEPS: Final = "prepared_statement_cache_size"
COMMAND_TIMEOUT_S: Final = 60.0
"""How long one statement may take; after that its connection is taken for lost."""

_SERVER_SETTINGS: Final = {
    "application_name": "limner",
    "timezone": "UTC",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_read_only": "on",  # whoever writes says so where it begins
    # Most of what runs here runs for every picture, and planning it anew each time takes as long as running it.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",  # our statements take less time than compiling them
    # All but the connection used last may rest for hours. A firewall forgets one that is silent for some minutes, and
    # the next burst would wait for COMMAND_TIMEOUT_S over each of them (measured): the server lets none be silent.
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
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


class PostgresqlBackend:
    """The connections of one PostgreSQL database."""

    dialect: Final[Literal["postgresql"]] = "postgresql"

    def __init__(self, place: Place) -> None:
        self._engine = create_async_engine(
            # What the operator's own address says is not overruled.
            place.url.set(query={_KEEPS: str(STATEMENTS_KEPT), **place.url.query}),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            # The connection that was used last, whose statements are prepared; not each in turn, until all know all.
            pool_use_lifo=True,
            connect_args={
                "server_settings": _SERVER_SETTINGS,
                "timeout": 10,
                "command_timeout": COMMAND_TIMEOUT_S,
            },
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
                return run_on(connection, begin, work)

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
                if not is_outdated(error):
                    raise
            count("limner_database_retries_total", reason="connection")
        return await self._once(begin, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives over one snapshot."""
        return await self._once_more(READ, work)

    async def glance(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, without a transaction around its statements."""
        return await self._once_more(GLANCE, work)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed as if it had been alone.

        `work` starts over when PostgreSQL rolled it back, and when the connection was lost before COMMIT was sent;
        never when COMMIT's fate is unknown.
        """
        return await self._until_it_fits(WRITE, work)

    async def move(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: it locks what it decides about, and nobody else has to start over."""
        return await self._until_it_fits(MOVE, work)

    async def take(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed: one at a time among all processes, each in sight of the one before."""
        # Who waits here holds no connection of the pool.
        async with self._taking:
            return await self._until_it_fits(TAKE, work)

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
        for ours in (_KEEPS, "prepared_statement_name_func"):
            options.pop(ours, None)  # SQLAlchemy's, in the address; the driver would refuse them
        settings = {**_APART_SETTINGS, "application_name": f"limner {name}"}
        return await asyncpg.connect(**options, server_settings=settings, timeout=10, command_timeout=10)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()
