import asyncio
import gc
import threading
import time

import pytest

from services.images.pixels import PixelWork
from tests.waiting import HANGS_AFTER_S


async def test_returns_what_the_work_returns_and_runs_it_in_another_thread() -> None:
    def work(left: int, *, right: int) -> tuple[int, bool]:
        return left + right, threading.current_thread() is threading.main_thread()

    assert await PixelWork().run(work, 1, right=2) == (3, False)


async def test_raises_what_the_work_raises_and_gives_the_slot_back() -> None:
    pixels = PixelWork(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await pixels.run(divmod, 1, 0)
    assert await pixels.run(divmod, 7, 2) == (3, 1)


async def test_runs_no_more_at_a_time_than_allowed() -> None:
    pixels, lock, counts = PixelWork(2), threading.Lock(), [0, 0]
    two = threading.Barrier(2, timeout=HANGS_AFTER_S)

    def work() -> None:
        with lock:
            counts[0] += 1
            counts[1] = max(counts)
        two.wait()
        time.sleep(0.01)  # time enough for a third
        with lock:
            counts[0] -= 1

    await asyncio.gather(*(pixels.run(work) for _ in range(12)))
    assert counts == [0, 2]


async def test_allows_as_many_as_there_are_cores_by_default() -> None:
    assert PixelWork().limit >= 1
    assert PixelWork(3).limit == 3


async def test_a_cancelled_caller_keeps_its_slot_until_the_thread_has_ended() -> None:
    pixels, started, go = PixelWork(1), threading.Event(), threading.Event()
    complaints = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def work() -> str:
        started.set()
        go.wait(HANGS_AFTER_S)
        raise RuntimeError("nobody is left to see this")

    first = asyncio.create_task(pixels.run(work))
    await asyncio.to_thread(started.wait, HANGS_AFTER_S)
    second = asyncio.create_task(pixels.run(str, 5))
    for _ in range(2):
        first.cancel()
        await asyncio.sleep(0.02)  # time enough to end too early
    assert not first.done()
    assert not second.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == "5"
    gc.collect()
    assert complaints == []  # "exception was never retrieved" would be one


async def test_a_caller_cancelled_while_it_waits_for_a_slot_never_runs() -> None:
    pixels, go, ran = PixelWork(1), threading.Event(), list[int]()
    first = asyncio.create_task(pixels.run(go.wait, HANGS_AFTER_S))
    second = asyncio.create_task(pixels.run(ran.append, 1))
    await asyncio.sleep(0.01)  # time enough to run too early
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go.set()
    await first
    assert ran == []


async def test_a_time_limit_around_it_still_says_timeout() -> None:
    go = threading.Event()

    async def run_within_a_limit() -> None:
        async with asyncio.timeout(0.01):
            # The thread cannot be ended and is waited for, so that it must end, but after the limit.
            asyncio.get_running_loop().call_later(0.05, go.set)
            await PixelWork(1).run(go.wait, HANGS_AFTER_S)

    with pytest.raises(TimeoutError):
        await run_within_a_limit()
