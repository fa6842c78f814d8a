"""What only a SQLite file can do to us: foreign locks, full disks, threads, a growing -wal."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.engine import Database, open_database
from db.tables.schema import users
from services.errors import StorageError
from tests.db.rows import add_one, add_user, run, user_ids
from tests.waiting import HANGS_AFTER_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


async def test_waits_five_seconds_for_a_foreign_lock_and_then_goes_on(
    database: Database, database_url: str
) -> None:
    foreign = sqlite3.connect(_file(database_url), isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    started_s = time.monotonic()

    async def refused_after_s(user_id: int) -> float:
        with pytest.raises(StorageError) as caught:
            await database.write(add_user, user_id)
        assert caught.value.code == "database_busy"
        return time.monotonic() - started_s

    after_s = await asyncio.gather(*(refused_after_s(user_id) for user_id in range(8)))
    assert min(after_s) > 4.5
    # All eight together: one after the other, the last would have waited eight times as long as the first.
    assert max(after_s) < 7 * min(after_s)
    foreign.execute("ROLLBACK")
    foreign.close()
    await database.write(add_user, 1)
    assert await database.read(user_ids) == [1]


async def test_a_lock_that_is_soon_given_back_is_waited_for(database: Database, database_url: str) -> None:
    foreign = sqlite3.connect(_file(database_url), isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(database.write(add_user, 1))
    await asyncio.sleep(0.3)  # time enough to give up too early
    assert not writing.done()
    foreign.execute("COMMIT")
    foreign.close()
    await writing
    assert await database.read(user_ids) == [1]


def _limit_pages(connection: sa.Connection, spare: int) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + spare}")


def _add_many(connection: sa.Connection, count: int) -> None:
    connection.execute(users.insert(), [{"id": user_id, "first_seen_at_ms": 0} for user_id in range(count)])


async def test_a_full_disk_keeps_nothing_half_and_mends_itself(database: Database) -> None:
    await database.write(_limit_pages, 2)
    for _ in range(3):
        with pytest.raises(StorageError) as caught:
            await database.write(_add_many, 20_000)
        assert caught.value.code == "disk_full"
        assert await database.read(user_ids) == []
    await database.write(_limit_pages, 1_000)
    await database.write(_add_many, 20_000)
    assert len(await database.read(user_ids)) == 20_000


_FILE_SIZE_LIMIT = """
import asyncio, resource, signal, sys
from db.engine import open_database
from services.errors import StorageError
from tests.db.rows import add_user, user_ids
from tests.db.test_sqlite import _add_many

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

async def main():
    asyncio.get_running_loop().slow_callback_duration = 3600  # a slow machine is not to be told about
    database = await open_database(sys.argv[1], data_folder=None)
    await database.write(add_user, -1)
    no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, no_limit[1]))
    codes = set()
    for _ in range(3):
        try:
            await database.write(_add_many, 20_000)
        except StorageError as error:
            codes.add(error.code)
    assert await database.read(user_ids) == [-1]
    resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
    await database.write(_add_many, 20_000)
    print(codes, len(await database.read(user_ids)))
    await database.close()

asyncio.run(main())
"""


def _run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=2 * HANGS_AFTER_S,
        check=False,
    )


def test_a_file_that_may_not_grow_is_a_full_disk_and_mends_itself(database_url: str) -> None:
    done = _run(_FILE_SIZE_LIMIT, database_url)
    assert (done.stdout, done.stderr, done.returncode) == ("{'disk_full'} 20001\n", "", 0)


async def test_closing_ends_every_thread_and_leaves_one_file(database_url: str) -> None:
    before = set(threading.enumerate())
    database = await open_database(database_url, data_folder=None)
    await database.write(add_user, 1)
    await asyncio.gather(*(database.read(user_ids) for _ in range(6)))
    names = {thread.name for thread in set(threading.enumerate()) - before}
    assert any(name.startswith("sqlite-writer") for name in names)
    await database.close()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    # asyncio.to_thread's own pool belongs to the loop and ends with it.
    assert all(name.startswith("asyncio_") for name in left)
    file = _file(database_url)
    assert {path.name for path in file.parent.iterdir()} == {file.name, f"{file.name}.lock"}


_QUIET = """
import asyncio, sys
from db.engine import open_database
from tests.db.rows import add_user, user_ids

async def main():
    asyncio.get_running_loop().slow_callback_duration = 3600  # a slow machine is not to be told about
    database = await open_database(sys.argv[1], data_folder=None)
    await database.write(add_user, 1)
    tasks = [asyncio.create_task(database.read(user_ids)) for _ in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()

asyncio.run(main())
"""


def test_a_program_ends_without_a_word_after_closing(database_url: str) -> None:
    done = _run(_QUIET, database_url)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


async def test_the_wal_stays_small_under_writes_and_reads(database: Database, database_url: str) -> None:
    await database.write(add_user, 1)

    async def read_on() -> None:
        for _ in range(200):
            await database.read(user_ids)

    async def write_on() -> None:
        for _ in range(150):
            await database.write(add_one, 1)

    await asyncio.gather(*(read_on() for _ in range(3)), *(write_on() for _ in range(8)))
    wal = _file(database_url).with_name("limner.db-wal")
    # Checkpoints come each 1,000 pages of 4 KiB; 1,200 commits without any would be at least 4.9 MB.
    assert wal.stat().st_size < 4_800_000


async def test_runs_with_full_durability_and_readers_that_cannot_write(database: Database) -> None:
    def ask(connection: sa.Connection, pragma: str) -> object:
        return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()

    pragmas = ("journal_mode", "synchronous", "foreign_keys", "query_only")
    assert [await database.write(ask, pragma) for pragma in pragmas] == ["wal", 2, 1, 0]
    assert await database.read(ask, "query_only") == 1


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob("new.db*")}


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path, database_url: str) -> None:
    database = await open_database(f"sqlite:///{tmp_path / 'new.db'}", data_folder=None)
    await database.write(run, sa.text("CREATE TABLE t (x)"))
    assert _modes(tmp_path) == {
        "new.db": 0o600,
        "new.db-wal": 0o600,
        "new.db-shm": 0o600,
        "new.db.lock": 0o600,
    }
    await database.close()
