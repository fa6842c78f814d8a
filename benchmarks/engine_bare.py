"""Nothing but nine durable commits a job: what the database and its driver leave to any engine.

Run as `python -m benchmarks.engine_bare DATABASE_URL` over a database of either kind. Each line of the input is
`run N`, answered by one line of JSON once N jobs have ended: {"seconds"}.

A job is a row with a number, and is there before the clock starts. Nine times it is changed by its key, each time one
statement that is its own transaction; after the fourth its provider's 50 ms are waited for. 64 jobs are in the works at
once. The file is opened as Limner opens its own, and PostgreSQL gets as many connections as Limner has: a commit is
answered once it is on the disk. On SQLite one connection commits one change after the other.

Left out is everything else that an engine does: to order and to claim, to lock, look and decide, prices and caps, the
picture and its file, the result, what is logged and counted, and that others may work on the same database.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiosqlite
import asyncpg

from benchmarks.engine_service import ANSWERS_AFTER_S, IN_FLIGHT
from benchmarks.providers_service import lines_of_input
from db.dialects.place import find_place
from db.dialects.postgresql import POOL_SIZE
from db.dialects.sqlite import connect_file

COMMITS: Final = 9
ANSWERED_AFTER: Final = 4
"""Commits of a job before its provider's answer."""


@dataclass(frozen=True, slots=True)
class Books:
    """A database: how so many jobs are made, of which it gives the numbers, and how one makes its next step."""

    make: Callable[[int], Awaitable[range]]
    step: Callable[[int], Awaitable[None]]


@asynccontextmanager
async def _sqlite(file: Path) -> AsyncIterator[Books]:
    async with aiosqlite.Connection(lambda: connect_file(file), iter_chunk_size=64) as connection:
        await connection.execute("CREATE TABLE bare_jobs (id INTEGER PRIMARY KEY, steps INTEGER NOT NULL)")

        async def make(count: int) -> range:
            [[last]] = await connection.execute_fetchall("SELECT coalesce(max(id), 0) FROM bare_jobs")
            numbers = range(last + 1, last + 1 + count)
            await connection.execute("BEGIN")
            await connection.executemany("INSERT INTO bare_jobs VALUES (?, 0)", [(each,) for each in numbers])
            await connection.execute("COMMIT")
            return numbers

        async def step(number: int) -> None:
            await connection.execute("UPDATE bare_jobs SET steps = steps + 1 WHERE id = ?", (number,))

        yield Books(make, step)


@asynccontextmanager
async def _postgresql(url: str) -> AsyncIterator[Books]:
    async with AsyncExitStack() as stack:
        # Not the driver's own pool: it asks the server to clean up after each use, a way more for each commit.
        free: asyncio.Queue[Any] = asyncio.Queue()
        for _ in range(POOL_SIZE):
            connection = await asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            free.put_nowait(connection)
        await connection.execute("CREATE TABLE bare_jobs (id bigint PRIMARY KEY, steps integer NOT NULL)")

        async def make(count: int) -> range:
            last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM bare_jobs")
            numbers = range(last + 1, last + 1 + count)
            await connection.executemany(
                "INSERT INTO bare_jobs VALUES ($1, 0)", [(each,) for each in numbers]
            )
            return numbers

        async def step(number: int) -> None:
            taken = await free.get()
            await taken.execute("UPDATE bare_jobs SET steps = steps + 1 WHERE id = $1", number)
            free.put_nowait(taken)

        yield Books(make, step)


def open_books(url: str) -> AbstractAsyncContextManager[Books]:
    """Open the database at an address, which has no jobs yet."""
    place = find_place(url)
    if place.file is not None:
        return _sqlite(place.file)
    return _postgresql(place.url.set(drivername="postgresql").render_as_string(hide_password=False))


async def _work(books: Books, numbers: Iterator[int]) -> None:
    for number in numbers:
        for done in range(COMMITS):
            if done == ANSWERED_AFTER:
                await asyncio.sleep(ANSWERS_AFTER_S)
            await books.step(number)


async def run(books: Books, count: int) -> dict[str, float]:
    """Work on so many new jobs until all have ended; return how long that took."""
    numbers = iter(await books.make(count))
    started_s = time.perf_counter()
    async with asyncio.TaskGroup() as working:
        for _ in range(IN_FLIGHT):
            working.create_task(_work(books, numbers))
    return {"seconds": time.perf_counter() - started_s}


async def serve(url: str) -> None:
    """Carry out commands until the input ends."""
    async with open_books(url) as books:
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := (await lines.readline()).decode().split():
            print(json.dumps(await run(books, int(line[1]))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
