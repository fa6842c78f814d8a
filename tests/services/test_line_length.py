"""How many jobs are in line, as this process last counted them: on both databases."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services import metrics
from services.errors import BugError
from services.line_length import COUNTED_FOR_S, LineLength
from tests.services.studio import Studio
from tests.waiting import until


def reads() -> int:
    return metrics.observations("limner_database_transaction_seconds", kind="read")


@asynccontextmanager
async def nothing_to_count(studio: Studio) -> AsyncIterator[None]:
    """Let every count fail for as long as the block runs."""

    async def rename(table: str, name: str) -> None:
        statement = f"ALTER TABLE {table} RENAME TO {name}"
        await studio.context.database.write(lambda conn: conn.exec_driver_sql(statement) and None)

    await rename("jobs", "jobs_away")
    try:
        yield
    finally:
        await rename("jobs_away", "jobs")


async def test_those_who_ask_at_the_same_moment_are_told_one_count(studio: Studio) -> None:
    await studio.order()
    line, before = LineLength(lambda: 0.0), reads()

    assert await asyncio.gather(*(line.count(studio.context.database) for _ in range(20))) == [1] * 20
    assert reads() == before + 1


async def test_what_is_accepted_is_added_until_the_next_count(studio: Studio) -> None:
    now_s = [0.0]
    line = LineLength(lambda: now_s[0])
    assert await line.count(studio.context.database) == 0

    line.add(3)
    assert await line.count(studio.context.database) == 3

    now_s[0] = COUNTED_FOR_S
    assert await line.count(studio.context.database) == 0


async def test_a_count_that_fails_is_not_repeated_for_each_who_waits(studio: Studio) -> None:
    line, database = LineLength(lambda: 0.0), studio.context.database
    async with nothing_to_count(studio):
        before = reads()
        told = await asyncio.gather(*(line.count(database) for _ in range(20)), return_exceptions=True)

        assert [type(each) for each in told] == [BugError] * 20
        assert reads() == before + 1
    assert await line.count(database) == 0


async def test_who_stops_waiting_takes_the_count_from_nobody(studio: Studio) -> None:
    await studio.order()
    line, before = LineLength(lambda: 0.0), reads()
    waiting = [asyncio.create_task(line.count(studio.context.database)) for _ in range(3)]
    await asyncio.sleep(0)  # all of them wait now
    waiting[0].cancel()

    first, *others = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert others == [1] * 2
    assert reads() == before + 1


async def test_a_count_that_fails_when_nobody_waits_any_more_is_not_reported(studio: Studio) -> None:
    line, reported = LineLength(), []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: reported.append(about))
    async with nothing_to_count(studio):
        before = reads()
        waiting = asyncio.create_task(line.count(studio.context.database))
        await asyncio.sleep(0)  # it waits now
        waiting.cancel()
        await asyncio.wait([waiting])
        await until(lambda: line._counting is None)

    gc.collect()
    assert reads() == before + 1
    assert reported == []
