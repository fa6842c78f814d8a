"""Requests to accept, and two ways to run transactions one by one: SQLite in memory, and PostgreSQL."""

import asyncio
import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from db.engine import open_database
from db.jobs import acceptance
from db.jobs.acceptance import AcceptedRows, Caps, NewPicture, NewRequest
from db.money import ledger_sums
from db.pictures.images import ImageRow
from db.tables.schema import ledger as table
from db.tables.schema import requests, workers
from services.models import OPERATORS_ACCOUNT, Account, JsonValue, Origin, OriginKind, Visibility

T = TypeVar("T")
PROVIDER = "scripted"
PRICE = 40_000
BODY: dict[str, JsonValue] = {"prompt": "a baker", "parameters": {}}
NO_CAPS = Caps(open_jobs_per_user=10**6, user_daily_micro_usd=10**12, total_daily_micro_usd=10**12)

_numbers = itertools.count(1)


class Store(Protocol):
    """Runs one transaction after the other. Opened once for many examples: a statement is compiled once an engine."""

    def renew(self) -> None:
        """Let there be no jobs again."""

    def do(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - whatever `work` takes
        """Return what `work(connection, ...)` gives, committed."""

    def close(self) -> None:
        """Let go of the database."""


class MemoryStore:
    """A copy in memory of a SQLite file with the schema, at the address `url`."""

    def __init__(self, url: str) -> None:
        self._file = sa.make_url(url).database or ""
        self._driver = sqlite3.connect(":memory:")
        self._driver.execute("PRAGMA foreign_keys = ON")
        self._engine = sa.create_engine("sqlite://", creator=lambda: self._driver, poolclass=StaticPool)
        self.renew()

    def renew(self) -> None:
        """Let there be what is in the file again, and nothing else."""
        with closing(sqlite3.connect(self._file)) as source:
            source.backup(self._driver)

    def do(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - whatever `work` takes
        """Return what `work(connection, ...)` gives, committed."""
        with self._engine.begin() as connection:
            return work(connection, *args, **kwargs)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
        self._driver.close()


class ServerStore:
    """A database of the service's own kind, at an address."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._database = self._runner.run(open_database(url, data_folder=None))

    def renew(self) -> None:
        """Let there be no jobs again."""
        self.do(_forget_jobs)

    def do(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - whatever `work` takes
        """Return what `work(connection, ...)` gives, committed."""
        return self._runner.run(self._database.write(work, *args, **kwargs))

    def close(self) -> None:
        """Let go of the database."""
        self._runner.run(self._database.close())
        self._runner.close()


def _forget_jobs(conn: sa.Connection) -> None:
    for each in (table, requests, workers):
        conn.execute(sa.delete(each))
    ledger_sums.forget_all(conn)


def new_request(
    user_id: int = 1,
    guild_id: int | None = 10,
    *,
    price: int = PRICE,
    account: Account = OPERATORS_ACCOUNT,
    count: int = 1,
    role_ids: frozenset[int] = frozenset(),
) -> NewRequest:
    """Return a request of somebody's for `count` pictures, each at that price."""
    pictures = [
        NewPicture(f"c{next(_numbers)}", BODY, None, PROVIDER, "scripted/quick", price, account)
        for _ in range(count)
    ]
    origin = Origin(OriginKind.INTERACTION, f"i{next(_numbers)}", user_id, 20, guild_id)
    return NewRequest("portrait", origin, Visibility.PUBLIC, 10_000_000, None, pictures, role_ids)


def accept(conn: sa.Connection, request: NewRequest, caps: Caps = NO_CAPS) -> AcceptedRows:
    """Accept a request."""
    return acceptance.accept(conn, request, caps)


def image_of(job_id: int, user_id: int) -> ImageRow:
    """Return the row of a stored picture."""
    return ImageRow(job_id, user_id, f"{job_id:064x}", "png", 64, 64, 1000)


def kinds_of(conn: sa.Connection, job_id: int) -> dict[str, int]:
    """Return a job's entries: kind and amount."""
    statement = sa.select(table.c.kind, table.c.amount_micro_usd).where(table.c.job_id == job_id)
    return {row[0]: row[1] for row in conn.execute(statement)}


def balance(conn: sa.Connection, /, book: str, **values: object) -> int:
    """Return what the entries of a book sum to, of those that have these values."""
    where = [table.c[name] == value for name, value in values.items()]
    total = sa.func.coalesce(sa.func.sum(table.c.amount_micro_usd), 0)
    return int(conn.execute(sa.select(total).where(table.c.book == book, *where)).scalar_one())
