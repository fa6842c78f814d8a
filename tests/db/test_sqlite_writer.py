"""Transactions that wait together are committed together, and are otherwise as if each ran alone."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.dialects.sqlite import connect_file
from db.dialects.sqlite_writer import BUSY_WAIT_MS, MOST_TOGETHER, SqliteWriter

Work = Callable[[sa.Connection], object]


class Books:
    """A file with one table of numbers, its writer, and what the writer's connection was told."""

    def __init__(self, file: Path, busy_wait_ms: int) -> None:
        self.file = file
        self.driver = connect_file(file)
        self.driver.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        self.statements: list[str] = []
        self.driver.set_trace_callback(self.statements.append)
        self.writer = SqliteWriter(self.driver, busy_wait_ms=busy_wait_ms)

    @property
    def commits(self) -> int:
        """Return how often something was committed."""
        return self.statements.count("COMMIT")

    def numbers(self) -> list[int]:
        """Return what another connection sees."""
        with closing(sqlite3.connect(self.file)) as reader:
            return [row[0] for row in reader.execute("SELECT number FROM numbers ORDER BY number")]

    async def write_together(self, *works: Work) -> list[object]:
        """Run these while the writer is busy with another one, so that all of them wait; return what became of each."""
        is_busy, may_end = threading.Event(), threading.Event()

        def hold(_: sa.Connection) -> None:
            is_busy.set()
            may_end.wait()

        holding = asyncio.create_task(self.writer.write(hold))
        await asyncio.to_thread(is_busy.wait)
        self.statements.clear()
        waiting = [asyncio.create_task(self.writer.write(work)) for work in works]
        await asyncio.sleep(0)  # each of them is in the queue after this
        may_end.set()
        await holding
        return await asyncio.gather(*waiting, return_exceptions=True)


def add(number: int) -> Work:
    """Return a transaction that adds a number and gives it back."""

    def work(connection: sa.Connection) -> int:
        connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return work


def fail_after(number: int) -> Work:
    """Return a transaction that adds a number and fails."""

    def work(connection: sa.Connection) -> None:
        add(number)(connection)
        raise ValueError(number)

    return work


def take_all_back(connection: sa.Connection) -> None:
    """Do what SQLite does by itself when the disk is full: take back the whole transaction, and fail."""
    connection.exec_driver_sql("ROLLBACK")
    raise sqlite3.OperationalError("database or disk is full")


@asynccontextmanager
async def _opened(file: Path, *, busy_wait_ms: int = BUSY_WAIT_MS) -> AsyncIterator[Books]:
    books = Books(file, busy_wait_ms)
    yield books
    await books.writer.close()
    books.writer.shut_down()


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    """A file with a writer."""
    async with _opened(tmp_path / "numbers.db") as opened:
        yield opened


async def test_what_waits_together_is_committed_once(books: Books) -> None:
    assert await books.write_together(*map(add, range(MOST_TOGETHER))) == list(range(MOST_TOGETHER))
    # The holding transaction's own commit comes first.
    assert books.commits == 2
    assert books.numbers() == list(range(MOST_TOGETHER))


async def test_no_more_than_a_group_waits_for_one_commit(books: Books) -> None:
    count = 2 * MOST_TOGETHER + 1
    assert await books.write_together(*map(add, range(count))) == list(range(count))
    assert books.commits == 1 + 3
    assert books.numbers() == list(range(count))


async def test_one_that_fails_takes_back_its_own_changes_and_nobody_elses(books: Books) -> None:
    done = await books.write_together(add(1), fail_after(2), add(3))
    assert [str(each) for each in done] == ["1", "2", "3"]
    assert isinstance(done[1], ValueError)
    assert books.numbers() == [1, 3]
    assert books.commits == 2


async def test_a_row_that_is_refused_is_the_fault_of_the_second(books: Books) -> None:
    done = await books.write_together(add(1), add(1), add(2))
    assert (done[0], done[2]) == (1, 2)
    assert isinstance(done[1], sa.exc.IntegrityError)
    assert books.numbers() == [1, 2]


async def test_each_sees_what_those_before_it_have_written(books: Books) -> None:
    def count(connection: sa.Connection) -> object:
        return connection.exec_driver_sql("SELECT count(*) FROM numbers").scalar()

    assert await books.write_together(count, add(1), count, add(2), count) == [0, 1, 1, 2, 2]


async def test_where_a_group_is_lost_each_goes_alone_and_one_fails(books: Books) -> None:
    done = await books.write_together(add(1), take_all_back, add(3))
    assert (done[0], done[2]) == (1, 3)
    assert isinstance(done[1], Exception)
    assert books.numbers() == [1, 3]
    assert await books.writer.write(add(4)) == 4


async def test_nobody_else_writes_between_what_a_transaction_reads_and_what_it_writes(books: Books) -> None:
    def read_then_write(connection: sa.Connection) -> object:
        connection.exec_driver_sql("SELECT count(*) FROM numbers").scalar()
        with (
            closing(sqlite3.connect(books.file, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("INSERT INTO numbers VALUES (7)")
        return add(1)(connection)

    assert await books.writer.write(read_then_write) == 1
    assert books.numbers() == [1]


async def test_nobody_is_answered_before_the_commit(books: Books) -> None:
    seen: list[list[int]] = []

    async def write(number: int) -> None:
        await books.writer.write(add(number))
        seen.append(books.numbers())

    await asyncio.gather(*map(write, range(40)))
    assert all(number in numbers for number, numbers in enumerate(seen))


async def test_one_whose_caller_has_gone_is_committed_and_holds_nobody_up(books: Books) -> None:
    is_busy, may_end = threading.Event(), threading.Event()

    def hold(_: sa.Connection) -> None:
        is_busy.set()
        may_end.wait()

    holding = asyncio.create_task(books.writer.write(hold))
    await asyncio.to_thread(is_busy.wait)
    gone = asyncio.create_task(books.writer.write(add(1)))
    stays = asyncio.create_task(books.writer.write(add(2)))
    await asyncio.sleep(0)
    gone.cancel()
    may_end.set()
    assert await stays == 2
    await holding
    assert books.numbers() == [1, 2]


async def test_what_is_asked_for_while_the_writer_is_about_to_rest_is_not_forgotten(books: Books) -> None:
    first = asyncio.create_task(books.writer.write(add(1)))
    await asyncio.sleep(0)
    second = asyncio.create_task(books.writer.write(add(2)))
    # The thread has seen that nothing waits any more, and the loop hears of that only after the second has asked.
    books.writer._thread.submit(lambda: None).result()

    assert list(await asyncio.gather(first, second)) == [1, 2]
    assert books.numbers() == [1, 2]


async def test_a_foreign_lock_is_everybodys_failure_and_nobodys_harm(tmp_path: Path) -> None:
    async with _opened(tmp_path / "numbers.db", busy_wait_ms=20) as books:
        with closing(sqlite3.connect(books.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = (books.writer.write(add(number)) for number in (1, 2))
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert all("locked" in str(error) for error in done)
            other.execute("ROLLBACK")
        assert await books.write_together(add(1), add(2)) == [1, 2]
