"""The claim loop: as many hands as said, no work lost, and nothing that ends the loop but a cancel."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.bell import Bell
from services.errors import StorageError
from services.jobs.dispatcher import Dispatcher
from tests.waiting import HANGS_AFTER_S, until


@dataclass
class Line:
    """A line of work, and what was done of it. Work waits until it is let go."""

    waiting: deque[int] = field(default_factory=deque)
    begun: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    claims: int = 0
    fails: deque[Exception] = field(default_factory=deque)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self) -> int | None:
        self.claims += 1
        await asyncio.sleep(0)
        if self.fails:
            raise self.fails.popleft()
        return self.waiting.popleft() if self.waiting else None

    async def work(self, number: int) -> None:
        self.begun.append(number)
        await self.gate.wait()
        if number < 0:
            raise ValueError(number)
        self.done.append(number)


@asynccontextmanager
async def running(line: Line, bell: Bell, *, hands: int = 2) -> AsyncIterator[Dispatcher[int]]:
    """Run a dispatcher that looks by itself only once in a minute."""
    claim: Callable[[], Awaitable[int | None]] = line.claim
    dispatcher = Dispatcher("test", claim, line.work, hands=hands, bell=bell, idle_poll_s=60)
    loop = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        loop.cancel()
        await asyncio.wait([loop])
        line.gate.set()
        await dispatcher.finish(HANGS_AFTER_S)


async def test_works_on_what_is_in_line_at_the_start() -> None:
    line = Line(deque([1, 2]))
    line.gate.set()
    async with running(line, Bell()) as dispatcher:
        await until(lambda: line.done == [1, 2])
        await until(lambda: dispatcher.busy == 0)


async def test_takes_no_more_at_once_than_it_has_hands_and_goes_on_when_one_is_free() -> None:
    line = Line(deque(range(5)))
    async with running(line, Bell(), hands=2) as dispatcher:
        await until(lambda: len(line.begun) == 2)
        await asyncio.sleep(0.02)  # time enough to take a third
        assert (line.begun, dispatcher.busy, list(line.waiting)) == ([0, 1], 2, [2, 3, 4])
        line.gate.set()
        await until(lambda: line.done == [0, 1, 2, 3, 4])


async def test_sleeps_while_the_line_is_empty_and_wakes_with_the_bell() -> None:
    line, bell = Line(), Bell()
    line.gate.set()
    async with running(line, bell):
        await until(lambda: line.claims == 1)
        await asyncio.sleep(0.05)  # time enough to look again
        assert line.claims == 1
        line.waiting.append(7)
        bell.ring()
        await until(lambda: line.done == [7])


async def test_after_the_last_one_in_line_it_waits_for_the_bell_and_does_not_look_again() -> None:
    line, bell = Line(deque([1, 2])), Bell()
    line.gate.set()
    dispatcher = Dispatcher(
        "test", line.claim, line.work, hands=2, bell=bell, is_last=lambda _: not line.waiting, idle_poll_s=60
    )
    loop = asyncio.create_task(dispatcher.run())
    await until(lambda: line.done == [1, 2])
    await asyncio.sleep(0.05)  # time enough to look again
    assert line.claims == 2
    line.waiting.append(7)
    bell.ring()
    await until(lambda: line.done == [1, 2, 7])
    loop.cancel()
    await asyncio.wait([loop])


async def test_looks_by_itself_when_nobody_rings() -> None:
    line = Line()
    line.gate.set()
    dispatcher = Dispatcher("test", line.claim, line.work, hands=1, bell=Bell(), idle_poll_s=0.02)
    loop = asyncio.create_task(dispatcher.run())
    await until(lambda: line.claims >= 3)
    line.waiting.append(7)
    await until(lambda: line.done == [7])
    loop.cancel()
    await asyncio.wait([loop])


async def test_goes_on_after_work_that_failed_half_way(caplog: pytest.LogCaptureFixture) -> None:
    line = Line(deque([-1, 2]))
    line.gate.set()
    with caplog.at_level(logging.ERROR, "services.jobs.dispatcher"):
        async with running(line, Bell(), hands=1):
            await until(lambda: line.done == [2])

    assert "left half way" in caplog.text
    assert "ValueError" in caplog.text


async def test_goes_on_by_itself_when_the_database_is_there_again(caplog: pytest.LogCaptureFixture) -> None:
    line, bell = Line(deque([1]), fails=deque([StorageError("disk_full")])), Bell()
    line.gate.set()
    with caplog.at_level(logging.WARNING, "services.jobs.dispatcher"):
        async with running(line, bell, hands=1):
            bell.ring()
            await until(lambda: line.done == [1])

    assert "cannot claim: disk_full" in caplog.text


async def test_goes_on_after_a_claim_that_failed_in_another_way(caplog: pytest.LogCaptureFixture) -> None:
    line, bell = Line(deque([1]), fails=deque([ZeroDivisionError()])), Bell()
    line.gate.set()
    with caplog.at_level(logging.ERROR, "services.jobs.dispatcher"):
        async with running(line, bell, hands=1):
            bell.ring()
            await until(lambda: line.done == [1])

    assert "ZeroDivisionError" in caplog.text


async def test_gives_up_what_a_failed_claim_may_have_taken_before_it_claims_again() -> None:
    line, steps = Line(deque([1]), fails=deque([StorageError("commit_unknown")])), []
    line.gate.set()

    async def let_go() -> None:
        steps.append(line.claims)

    dispatcher = Dispatcher("test", line.claim, line.work, hands=1, bell=Bell(), let_go=let_go)
    loop = asyncio.create_task(dispatcher.run())
    await until(lambda: line.done == [1])
    loop.cancel()
    await asyncio.wait([loop])

    assert steps == [1]


async def test_finish_waits_for_what_is_being_worked_on_after_the_loop_was_cancelled() -> None:
    line = Line(deque([1, 2, 3]))
    async with running(line, Bell(), hands=2) as dispatcher:
        await until(lambda: len(line.begun) == 2)
    assert line.done == [1, 2]
    assert list(line.waiting) == [3]
    assert dispatcher.busy == 0


async def test_finish_cancels_what_is_not_done_in_time_and_says_so() -> None:
    line = Line(deque([1]))
    async with running(line, Bell()) as dispatcher:
        await until(lambda: line.begun == [1])
        assert await dispatcher.finish(0.05) is False
        await until(lambda: dispatcher.busy == 0)

    assert line.done == []


async def test_finish_has_nothing_to_wait_for_when_nothing_is_being_worked_on() -> None:
    line = Line()
    dispatcher = Dispatcher("test", line.claim, line.work, hands=1, bell=Bell())

    assert await dispatcher.finish(0) is True
