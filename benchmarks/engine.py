"""The job engine alone, on SQLite and on PostgreSQL: how soon and how many, and what a long line costs.

Its provider answers after 50 ms, pictures have 64 x 64 px, and nothing is posted. Every guarantee is on. How many a
machine brings differs by twice from day to day, so they stand beside what nothing but nine durable commits a job reach
there, in turn with ours (`benchmarks/engine_bare.py`).
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from benchmarks.engine_scene import Engine, open_bare, open_engine, open_postgresql
from benchmarks.providers_scene import share_of_core
from benchmarks.table import Row

JOBS: Final = 1000
ROUNDS: Final = 3
"""Runs of each, of which the median counts."""
FIRST_JOBS: Final = 100
"""The first ones load what is loaded late."""
IDLE_ORDERS: Final = 200
IN_LINE: Final = 10_000
IDLE_WINDOW_S: Final = 3.0
WINDOW_S: Final = 8.0
OPEN_JOBS: Final = 200
SLOW: Final = ("--in-submit", "--answers-after", "2", "--in-flight", "1000")
"""A provider that keeps the connection: what a worker has in flight is bounded by its own hands."""
SLOW_JOBS: Final = 1280


async def _in_turn(engine: Engine, bare: Engine) -> tuple[float, float]:
    """Return the median pictures a second of the engine, and jobs a second of the bare commits."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for each, own in zip((engine, bare), rates, strict=True):
            own.append(JOBS / (await each.do(f"run {JOBS}"))["seconds"])
    return median(rates[0]), median(rates[1])


async def speed(title: str, idle_limit: str, folder: Path, database_url: str | None = None) -> list[Row]:
    """Return how soon an engine submits and how many pictures it brings, beside the bare commits in turn with it."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(folder, database_url=database_url))
        bare = await stack.enter_async_context(open_bare(folder, database_url))
        for each in (engine, bare):
            await each.do(f"run {FIRST_JOBS}")
        submit_ms = (await engine.do(f"idle {IDLE_ORDERS}"))["submit_ms"]
        ours, commits = await _in_turn(engine, bare)
    p99_ms, beside = quantiles(submit_ms, n=100)[98], f"p50 {median(submit_ms):.3g} ms"
    name, many = f"engine on {title}", f"{JOBS:,} pictures, 64 in flight"
    bare_words = f"nine transactions of SQLAlchemy a job {commits:.3g}"
    return [
        Row(f"{name}: ordered to submitted when idle, p99", p99_ms, "ms", beside, None, idle_limit),
        Row(f"{name}: {many}", ours, "pictures/s", limit=">= 120"),
        Row(f"{name}: {many}", ours, "pictures/s", bare_words, ours / commits, ">= 0.55"),
    ]


async def _line(folder: Path) -> list[Row]:
    """Return what 10,000 pictures in line cost while the provider has no room."""
    async with open_engine(folder, "--never", "--in-flight", "1") as engine:
        await engine.do("line 1")
        await engine.do("start")
        idle_share = await share_of_core(engine.process, IDLE_WINDOW_S)
        idle_mib = engine.process.memory_mib()
        await engine.do(f"line {IN_LINE}")
        await asyncio.sleep(IDLE_WINDOW_S)
        share = await share_of_core(engine.process, WINDOW_S)
        mib = engine.process.memory_mib()
    title = f"{IN_LINE:,} pictures in line"
    return [
        Row(
            f"{title}: processor", share - idle_share, "% of a core", f"idle {idle_share:.2g} %", None, "< 3"
        ),
        Row(f"{title}: memory", mib - idle_mib, "MiB", f"idle {idle_mib:.3g} MiB", None, "<= 60"),
    ]


async def _recovery(folder: Path) -> list[Row]:
    """Return how long 200 pictures that waited at their provider take after a kill, from the start on."""
    async with open_engine(folder, "--never", "--in-flight", "1000") as engine:
        await engine.do(f"line {OPEN_JOBS}")
        await engine.do("start")
        await asyncio.sleep(IDLE_WINDOW_S)
        engine.process.kill()
    async with open_engine(folder, "--answers-after", "0", "--in-flight", "1000") as engine:
        took = await engine.do("work")
    return [Row(f"{OPEN_JOBS} open pictures, from a start to the last", took["seconds"], "s", limit="< 10")]


@asynccontextmanager
async def _open_many(folder: Path, count: int, url: str) -> AsyncIterator[list[Engine]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                open_engine(folder / str(count), *SLOW, database_url=url, name=f"worker-{number}")
            )
            for number in range(count)
        ]


async def _two_workers(folder: Path) -> list[Row]:
    """Return how much more two workers do than one, where each is held by what it may have in flight."""
    took_s = []
    for count in (1, 2):
        async with open_postgresql() as url, _open_many(folder, count, url) as engines:
            await engines[0].do(f"line {SLOW_JOBS}")
            done = await asyncio.gather(*(engine.do("work") for engine in engines))
            took_s.append(max(each["seconds"] for each in done))
    one, two = (SLOW_JOBS / seconds for seconds in took_s)
    return [Row("two workers on PostgreSQL", two, "pictures/s", f"one {one:.3g}", two / one, ">= 1.9")]


async def measure() -> list[Row]:
    """Return all rows; each engine has a database of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = await speed("SQLite", "< 15", folder / "sqlite")
        async with open_postgresql() as url:
            rows += await speed("PostgreSQL", "< 30", folder / "pg", url)
        rows += await _line(folder / "line")
        rows += await _recovery(folder / "recovery")
        return rows + await _two_workers(folder)
