"""What the harness reads of the bot's own database, to know what was promised; and how it lets time pass in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.dialects.place import find_place
from db.upkeep.ledger_check import check_ledger
from tests.waiting import HANGS_AFTER_S

T = TypeVar("T")

CLOCKS: Final = (
    ("attempts", "sent_at_ms"),
    ("jobs", "not_before_ms"),
    ("jobs", "poll_at_ms"),
    ("jobs", "doubt_until_ms"),
    ("requests", "token_expires_at_ms"),
    ("deliveries", "not_before_ms"),
    ("deliveries", "tried_at_ms"),
    ("delivery_rungs", "tried_at_ms"),
)
"""Every moment by which the engine decides: all of them earlier by an hour is an hour that has passed."""

OPEN: Final = (
    "SELECT count(*) FROM requests r WHERE r.ended_at_ms IS NULL AND EXISTS"
    " (SELECT 1 FROM jobs j WHERE j.request_id = r.id AND j.doubt_until_ms IS NULL AND j.state NOT IN"
    " ('stored', 'failed', 'canceled', 'unknown'))"
)
DOUBTFUL: Final = "SELECT count(*) FROM jobs WHERE state = 'submitting' AND doubt_until_ms IS NOT NULL"
UNDELIVERED: Final = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'trying')"
UNTOLD: Final = (
    "SELECT DISTINCT r.user_id FROM deliveries d JOIN requests r ON r.id = d.request_id"
    " WHERE d.state = 'parked' AND d.noticed_at_ms IS NULL"
)
PROMISES: Final = (
    "SELECT j.id, j.request_id, j.user_id, c.code, c.body, j.state, r.origin, r.origin_id,"
    " (SELECT max(d.state) FROM deliveries d WHERE d.request_id = r.id AND d.kind <> 'shown')"
    " FROM jobs j JOIN requests r ON r.id = j.request_id LEFT JOIN recipes c ON c.id = j.recipe_id ORDER BY j.id"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """One job that was accepted: who asked for it by what, and what the bot believes became of it."""

    job_id: int
    request_id: int
    user_id: int
    code: str
    body: str
    state: str
    origin: str
    origin_id: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Books:
    """A database that the harness looks into: a SQLite file, read only while a bot may be running, or a server's."""

    url: str

    @property
    def is_file(self) -> bool:
        """Return whether it is a SQLite file."""
        return self.url.startswith("sqlite")

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Return what a function gives of a connection that changes nothing."""
        return await self._on(f"{self.url}?mode=ro&uri=true" if self.is_file else self.url, function)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query gives."""
        return await self.read(lambda connection: [tuple(row) for row in connection.execute(text(query))])

    async def run(self, statements: Sequence[str]) -> None:
        """Execute statements in one transaction; no bot runs meanwhile."""

        def execute(connection: Connection) -> None:
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()

        await self._on(f"{self.url}?mode=rw&uri=true" if self.is_file else self.url, execute)

    async def _on(self, url: str, function: Callable[[Connection], T]) -> T:
        arguments = {"timeout": HANGS_AFTER_S} if self.is_file else {}
        engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(function)
        finally:
            await engine.dispose()


def books_of_file(file: Path) -> Books:
    """Return the books in a SQLite file."""
    return Books(f"sqlite+aiosqlite:///file:{file}")


def books_of_server(url: str) -> Books:
    """Return the books in a PostgreSQL database."""
    return Books(find_place(url).url.render_as_string(hide_password=False))


async def count(books: Books, query: str) -> int:
    """Return the number that a query gives."""
    return int((await books.rows(query))[0][0])


async def promises(books: Books) -> list[Promise]:
    """Return every accepted job."""
    return [
        Promise(
            row[0], row[1], int(row[2]), row[3] or "", str(row[4] or ""), row[5], row[6], row[7], row[8] or ""
        )
        for row in await books.rows(PROMISES)
    ]


async def let_pass(books: Books, seconds: float) -> None:
    """Let so much time pass for everything that the engine waits for."""
    milliseconds = int(seconds * 1000)
    await books.run(
        [f"UPDATE {table} SET {column} = {column} - {milliseconds}" for table, column in CLOCKS]  # noqa: S608 - ours
    )


async def faults_of(books: Books) -> list[str]:
    """Return what is wrong inside the database: damage, rows without their parents, money that does not add up."""
    found = [f"ledger drift: {finding}" for finding in await books.read(check_ledger)]
    for check in ("integrity_check", "foreign_key_check") if books.is_file else ():
        found += [f"{check}: {row}" for row in await books.rows(f"PRAGMA {check}") if row != ("ok",)]
    return found
