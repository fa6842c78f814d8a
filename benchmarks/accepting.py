"""What it takes to accept a paid picture, by how many were paid for on that day before.

Times are medians of the whole transaction with its commit, on SQLite and on PostgreSQL (from the wheel of the tests;
without it that half is left out). The server has a budget for the month, so that every sum there is gets asked for. The
day's entries are carried forward before, as the service does every few seconds.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.claims import databases_for
from benchmarks.table import Row
from db.engine import Connection, Database, open_database
from db.jobs import acceptance
from db.jobs.acceptance import Caps, NewPicture, NewRequest
from db.money import budgets
from db.tables.schema import ledger
from db.tables.types import database_now_ms
from services.jobs.bookkeeping import carry_forward
from services.models import BudgetOwner, Origin, OriginKind, Payer, Period, Visibility

PAID: Final = 100_000
ROUNDS: Final = 300
WARMING: Final = 40
SERVERS: Final = 200
PEOPLE: Final = 5_000
PRICE: Final = 3_000
USER, GUILD = 7, 7
CAPS: Final = Caps(10**6, 10**12, 10**12)
_BATCH: Final = 5_000
_FIRST_OLD_JOB: Final = 10_000_000
_ENTRIES: Final = (("allowance", "hold"), ("spend", "expected"), ("allowance", "settle"), ("spend", "actual"))
_numbers = itertools.count(1)


def _entries(paid: int, now_ms: int) -> Iterator[dict[str, Any]]:
    """Return the entries of pictures that were paid for since midnight, in the order in which they came."""
    since_ms = now_ms - now_ms % 86_400_000
    for number in range(paid):
        held_at_ms = since_ms + (now_ms - since_ms) * number // paid
        for book, kind in _ENTRIES:
            yield {
                "job_id": _FIRST_OLD_JOB + number, "book": book, "kind": kind,
                "amount_micro_usd": PRICE if kind in {"hold", "expected"} else 0, "user_id": number % PEOPLE,
                "guild_id": number % SERVERS, "payer": Payer.OPERATOR, "key_id": None, "provider": "fal",
                "at_ms": held_at_ms, "held_at_ms": held_at_ms,
            }  # fmt: skip


def _insert(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    conn.execute(sa.insert(ledger), rows)


def _read_now(conn: Connection) -> int:
    return int(conn.execute(sa.select(database_now_ms())).scalar_one())


def _analyze(conn: Connection) -> None:
    conn.execute(sa.text("ANALYZE ledger"))


async def _fill(database: Database, paid: int) -> None:
    month = budgets.Budget(BudgetOwner.SERVER, GUILD, Period.MONTH, 10**12)
    await database.write(budgets.keep_budget, GUILD, month, USER)
    rows = _entries(paid, await database.read(_read_now))
    while batch := list(itertools.islice(rows, _BATCH)):
        await database.write(_insert, batch)
    await carry_forward(database)
    await database.write(_analyze)


def _request() -> NewRequest:
    number = next(_numbers)
    picture = NewPicture(f"b{number}", {"prompt": "a baker"}, None, "fal", "fal/fast", PRICE)
    origin = Origin(OriginKind.INTERACTION, f"i{number}", USER, 20, GUILD)
    return NewRequest("portrait", origin, Visibility.PUBLIC, 10_000_000, None, [picture])


async def _timed(database: Database) -> float:
    """Accept one picture as `services/jobs/acceptance.py` does; return the seconds of its transaction."""
    request = _request()
    seen = await database.glance(acceptance.look, request)
    started_s = time.perf_counter()
    await database.write(acceptance.accept, request, CAPS, seen=seen)
    return time.perf_counter() - started_s


async def _measure_pair(urls: Sequence[str]) -> list[Row]:
    """Return the row of one kind of database; the two take turns, so that both have the same neighbours."""
    opened = [await open_database(url, data_folder=None) for url in urls]
    times: tuple[list[float], list[float]] = ([], [])
    try:
        for database, paid in zip(opened, (0, PAID), strict=True):
            await _fill(database, paid)
        for number in range(WARMING + ROUNDS):
            for database, own in zip(opened, times, strict=True):
                took_s = await _timed(database)
                if number >= WARMING:
                    own.append(took_s)
        none_s, many_s = (statistics.median(own) for own in times)
        name = f"accepting on {opened[0].dialect} with {PAID:,} paid pictures today"
        return [Row(name, many_s * 1000, "ms", f"none {none_s * 1000:.3g} ms", many_s / none_s, "<= 1.2")]
    finally:
        for database in opened:
            await database.close()


def _measure() -> list[Row]:
    with databases_for(2) as pairs:
        return [row for urls in pairs for row in asyncio.run(_measure_pair(urls))]


async def measure() -> list[Row]:
    """Return the rows of both databases."""
    return await asyncio.to_thread(_measure)
