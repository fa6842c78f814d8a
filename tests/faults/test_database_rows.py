"""Row B1: another program holds the database's lock, for a moment and for longer than anybody waits."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cogs._errors import sentence_of
from db.engine import Connection
from db.tables.schema import metadata
from services.errors import StorageError
from tests.services.studio import Studio
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOLD = """
    import sqlite3, sys
    held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
    held.execute("BEGIN IMMEDIATE")
    print("held", flush=True)
    sys.stdin.readline()
    held.execute("ROLLBACK")
"""


@asynccontextmanager
async def held_by_another_process(file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let another process hold the write lock; a line to its standard input, or the block's end, lets it go."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(HOLD), str(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.stdin.close()
            await process.wait()


async def let_go(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


def counts(conn: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        table.name: len(conn.execute(table.select()).all())
        for table in metadata.sorted_tables
        if table.name != "workers"
    }


async def test_b1_a_lock_held_for_longer_than_we_wait_leaves_nothing_half(studio: Studio) -> None:
    before = await studio.context.database.read(counts)
    async with held_by_another_process(studio.folder / "limner.db") as holder:
        asked = [asyncio.create_task(studio.order(count=2)) for _ in range(5)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
        refused = [error for error in ended if isinstance(error, StorageError)]
        await let_go(holder)
    after = await studio.context.database.read(counts)

    assert [error.code for error in refused] == ["database_busy"] * 5
    assert {sentence_of(error) for error in refused} == {
        "Too much is going on at once. Try again in a minute."
    }
    assert after == before
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()
    assert studio.server.paid_submits == 1


async def test_b1_a_lock_that_is_soon_given_back_is_waited_for(studio: Studio) -> None:
    async with held_by_another_process(studio.folder / "limner.db") as holder:
        asked = [asyncio.create_task(studio.order(count=2)) for _ in range(5)]
        await asyncio.sleep(
            0.1
        )  # so that they stand before the lock; however long that takes, nothing is lost
        await let_go(holder)
        accepted = await asyncio.gather(*asked)

    assert len({one.request_id for one in accepted}) == 5


async def test_b1_running_jobs_outlive_a_lock_longer_than_we_wait_and_are_paid_once(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.server.may_answer.clear()
    async with studio.engine():
        accepted = await studio.order(count=2)
        await until(lambda: studio.server.paid_submits == 2)
        async with held_by_another_process(studio.folder / "limner.db") as holder:
            studio.server.may_answer.set()
            await until(lambda: "is written again" in caplog.text)
            await let_go(holder)
        await studio.until_states(accepted, "stored", "stored")
        await studio.until_delivered()

    assert (studio.server.submits, studio.server.paid_submits) == (2, 2)
    assert len(studio.mailbox.delivered) == 1
