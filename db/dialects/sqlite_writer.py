"""The one writer of a SQLite file: transactions that wait at the same moment are committed together.

A commit waits for the disk, some 2 ms; those of one group wait once. Each has a savepoint of its own, so that what
one of them raises takes back its own changes and nobody else's, and nobody is answered before the commit. Where a group
cannot be committed, nothing of it is written, and each of its transactions is run again alone.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

T = TypeVar("T")

BUSY_WAIT_MS: Final = 5_000
"""How long a transaction waits for a lock that somebody else holds, its time in our own queue included."""
MOST_TOGETHER: Final = 16
"""Transactions of one commit: the first of them waits for the work of all."""


class _GroupLostError(Exception):
    """SQLite took a whole group back in the middle of it (a full disk, say)."""


@dataclass(slots=True)
class _Turn:
    """A transaction in the queue, and who waits for it."""

    work: Callable[[sa.Connection], Any]
    answer: asyncio.Future[Any]
    asked_at_s: float


@dataclass(slots=True)
class _Done:
    """What became of a transaction: its value, or what it raised."""

    turn: _Turn
    value: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Answer who waits; one that was cancelled meanwhile waits no more."""
        if self.turn.answer.done():
            return
        if self.error is None:
            self.turn.answer.set_result(self.value)
        else:
            self.turn.answer.set_exception(self.error)


def _open_engine(driver: sqlite3.Connection) -> sa.Engine:
    engine = sa.create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool, hide_parameters=True)
    # Not plain BEGIN: a transaction that reads and then writes would lose what was written in between.
    event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


class SqliteWriter:
    """Runs transactions over one connection in a thread of its own. Used from one event loop."""

    def __init__(self, driver: sqlite3.Connection, *, busy_wait_ms: int = BUSY_WAIT_MS) -> None:
        """Take over a connection in which nobody else begins a transaction."""
        self._busy_wait_ms = busy_wait_ms
        self._driver = driver
        self._engine = _open_engine(driver)
        # Kept for good: to check one out for each transaction takes longer than many a transaction.
        self._connection = self._engine.connect()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-writer")
        self._line: deque[_Turn] = deque()
        self._is_working = False

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what `work` gives, committed. It may be run twice; only the changes of one run are kept."""
        loop = asyncio.get_running_loop()
        turn = _Turn(work, loop.create_future(), time.monotonic())
        self._line.append(turn)
        if not self._is_working:
            self._begin_to_work(loop)
        answer: T = await turn.answer
        return answer

    def _begin_to_work(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_working = True
        self._thread.submit(self._work_off, loop)

    def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the work, in the loop's thread: what came into the queue at the last moment is not forgotten."""
        self._is_working = False
        if self._line:
            self._begin_to_work(loop)

    def _work_off(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._line:
            turns = [self._line.popleft() for _ in range(min(len(self._line), MOST_TOGETHER))]
            loop.call_soon_threadsafe(_tell_all, self._run(turns))
        loop.call_soon_threadsafe(self._rest, loop)

    def _run(self, turns: list[_Turn]) -> list[_Done]:
        if len(turns) > 1:
            with suppress(Exception):  # whose fault it was shows when each goes alone
                return self._run_together(turns)
        return [self._run_alone(turn) for turn in turns]

    def _run_alone(self, turn: _Turn) -> _Done:
        try:
            with self._transaction(turn.asked_at_s):
                return _Done(turn, value=turn.work(self._connection))
        except BaseException as error:  # noqa: BLE001 - it belongs to who waits
            return _Done(turn, error=error)

    def _run_together(self, turns: list[_Turn]) -> list[_Done]:
        with self._transaction(turns[0].asked_at_s):
            return [self._run_in_savepoint(turn) for turn in turns]

    def _run_in_savepoint(self, turn: _Turn) -> _Done:
        self._driver.execute("SAVEPOINT turn")
        try:
            done = _Done(turn, value=turn.work(self._connection))
        except Exception as error:
            if not self._driver.in_transaction:
                raise _GroupLostError from error
            self._driver.execute("ROLLBACK TO turn")
            done = _Done(turn, error=error)
        self._driver.execute("RELEASE turn")
        return done

    @contextmanager
    def _transaction(self, asked_at_s: float) -> Iterator[None]:
        """Commit what the block writes, or nothing when it raises."""
        waited_ms = int((time.monotonic() - asked_at_s) * 1000)
        # Whoever waited long in the queue still tries once, without waiting: else one stuck lock of another process
        # would cost every queued writer its own five seconds, one after the other.
        self._driver.execute(f"PRAGMA busy_timeout = {max(0, self._busy_wait_ms - waited_ms)}")
        with self._connection.begin():
            yield

    def _close(self) -> None:
        self._connection.close()
        self._engine.dispose()
        # The last connection of a file folds the -wal into it and deletes it.
        self._driver.close()

    async def close(self) -> None:
        """Close the connection and end the thread; nobody writes any more."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)

    def shut_down(self) -> None:
        """End the thread, also where closing failed."""
        self._thread.shutdown()


def _tell_all(done: list[_Done]) -> None:
    for one in done:
        one.tell()
