"""Nothing but nine durable transactions a job: what the database, its driver and SQLAlchemy leave to any engine.

Run as `python -m benchmarks.engine_bare DATABASE_URL` over a database of either kind. Each line of the input is
`run N`, answered by one line of JSON once N jobs have ended: {"seconds"}.

A job is a row with a number, and is there before the clock starts. Nine times it is changed by its key, each time by
one statement in a transaction of its own; after the fourth its provider's 50 ms are waited for. 64 jobs are worked on
at once. The file is opened as Limner opens its own, and PostgreSQL gets as many connections as Limner has: a commit is
answered once it is on the disk. On SQLite one connection commits one change after the other.

Left out is everything else that an engine does: to order and to claim, to lock, look and decide, prices and caps, the
picture and its file, the result, what is logged and counted, and that others may work on the same database.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.engine_service import ANSWERS_AFTER_S, IN_FLIGHT
from benchmarks.providers_service import lines_of_input
from db.dialects.place import Place, find_place
from db.dialects.postgresql import POOL_SIZE
from db.dialects.sqlite import connect_file

COMMITS: Final = 9
ANSWERED_AFTER: Final = 4
"""Commits of a job before its provider's answer."""

_metadata = sa.MetaData()
JOBS: Final = sa.Table(
    "bare_jobs",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("steps", sa.Integer, nullable=False),
)
_LAST: Final = sa.select(sa.func.coalesce(sa.func.max(JOBS.c.id), 0))
_STEP: Final = (
    sa.update(JOBS)
    .values(steps=JOBS.c.steps + 1)
    .where(JOBS.c.id == sa.bindparam("number", type_=sa.Integer))
)


def _engine_of(place: Place) -> AsyncEngine:
    file = place.file
    if file is None:
        return create_async_engine(place.url, pool_size=POOL_SIZE, max_overflow=0)

    async def connect() -> aiosqlite.Connection:
        return await aiosqlite.Connection(lambda: connect_file(file), iter_chunk_size=64)

    return create_async_engine(place.url, async_creator=connect, pool_size=1, max_overflow=0)


@asynccontextmanager
async def open_jobs(url: str) -> AsyncIterator[AsyncEngine]:
    """Open the database at an address, which has no such jobs yet."""
    engine = _engine_of(find_place(url))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
        yield engine
    finally:
        await engine.dispose()


async def _make(engine: AsyncEngine, count: int) -> range:
    async with engine.begin() as connection:
        first = (await connection.execute(_LAST)).scalar_one() + 1
        numbers = range(first, first + count)
        await connection.execute(sa.insert(JOBS), [{"id": number, "steps": 0} for number in numbers])
    return numbers


async def _work(engine: AsyncEngine, numbers: Iterator[int]) -> None:
    for number in numbers:
        for done in range(COMMITS):
            if done == ANSWERED_AFTER:
                await asyncio.sleep(ANSWERS_AFTER_S)
            async with engine.begin() as connection:
                await connection.execute(_STEP, {"number": number})


async def run(engine: AsyncEngine, count: int) -> dict[str, float]:
    """Work on so many new jobs until all have ended; return how long that took."""
    numbers = iter(await _make(engine, count))
    started_s = time.perf_counter()
    async with asyncio.TaskGroup() as working:
        for _ in range(IN_FLIGHT):
            working.create_task(_work(engine, numbers))
    return {"seconds": time.perf_counter() - started_s}


async def serve(url: str) -> None:
    """Carry out commands until the input ends."""
    async with open_jobs(url) as engine:
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := (await lines.readline()).decode().split():
            print(json.dumps(await run(engine, int(line[1]))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
