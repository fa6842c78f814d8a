import asyncio
import time

from services.loop_lag import LoopLag
from tests.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_the_worst_lag_of_the_last_minute_counts() -> None:
    clock = Clock()
    lag = LoopLag(clock)
    assert lag.worst_s() == 0
    for at_s, lag_s in ((0, 0.4), (10, 0.1), (20, 0.3), (30, 0.2)):
        clock.now_s = 1000.0 + at_s
        lag.add(lag_s)
        assert lag.worst_s() == 0.4
    for at_s, worst_s in ((60, 0.4), (61, 0.3), (80, 0.3), (81, 0.2), (91, 0)):
        clock.now_s = 1000.0 + at_s
        assert lag.worst_s() == worst_s


async def test_what_holds_the_loop_up_is_seen() -> None:
    lag = LoopLag(every_s=0.001)
    task = asyncio.create_task(lag.run())
    await asyncio.sleep(0)  # it has begun to wait, and is due in a millisecond
    time.sleep(0.1)  # noqa: ASYNC251 - the very thing that must be noticed
    await until(lambda: lag.worst_s() > 0.05)
    task.cancel()
    await asyncio.wait([task])
