import asyncio
import time

import pytest

from cogs._gate import Gate
from services import metrics
from tests.waiting import HANGS_AFTER_S


async def test_two_hundred_acknowledgements_go_before_any_work() -> None:
    gate, order = Gate(longest_hold_s=HANGS_AFTER_S), []

    async def command() -> None:
        async with gate.acknowledging():
            # A round trip: every other task runs before it is over.
            for _ in range(5):
                await asyncio.sleep(0)
            order.append("acknowledged")
        async with gate.work():
            await asyncio.sleep(0)
            order.append("worked")

    await asyncio.gather(*(command() for _ in range(200)))
    assert order == ["acknowledged"] * 200 + ["worked"] * 200


async def test_work_waits_for_an_acknowledgement_that_comes_in_between() -> None:
    gate, order = Gate(longest_hold_s=HANGS_AFTER_S), []
    late = asyncio.Event()

    async def acknowledge_late() -> None:
        async with gate.acknowledging():
            await late.wait()
            order.append("acknowledged")

    async def work() -> None:
        async with gate.work():
            order.append("worked")

    tasks = [asyncio.create_task(acknowledge_late()), asyncio.create_task(work())]
    await asyncio.sleep(0.01)  # time enough to work too early
    assert order == []
    late.set()
    await asyncio.gather(*tasks)
    assert order == ["acknowledged", "worked"]


async def test_lets_only_so_much_work_in_at_once() -> None:
    gate, now, most = Gate(work_at_once=3), 0, 0

    async def work() -> None:
        nonlocal now, most
        async with gate.work():
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.001)
            now -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3


async def test_a_stream_of_acknowledgements_cannot_starve_work() -> None:
    gate = Gate(longest_hold_s=0.02)
    async with gate.acknowledging(), asyncio.timeout(HANGS_AFTER_S), gate.work():
        assert gate.waiting == 1


async def test_counts_an_acknowledgement_that_failed_as_over() -> None:
    gate = Gate()
    with pytest.raises(RuntimeError):
        async with gate.acknowledging():
            raise RuntimeError
    assert gate.waiting == 0
    async with asyncio.timeout(HANGS_AFTER_S), gate.work():
        pass


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


async def test_counts_how_acknowledgements_end_and_measures_those_that_were_taken() -> None:
    metrics.forget_all()
    gate = Gate()
    async with gate.acknowledging(time.monotonic() - 2.5):
        pass
    for code in (10062, 50001):
        with pytest.raises(Refused):
            async with gate.acknowledging():
                raise Refused(code)
    counted = {
        outcome: metrics.number("limner_acknowledgements_total", outcome=outcome)
        for outcome in ("acknowledged", "forgotten", "failed")
    }
    assert counted == {"acknowledged": 1, "forgotten": 1, "failed": 1}
    ((_, _, series),) = metrics.snapshot().histograms
    assert series[()].total >= 2.5
    metrics.forget_all()


async def test_is_idle_once_what_was_received_is_acknowledged_and_done() -> None:
    gate, go_on = Gate(), asyncio.Event()

    async def command() -> None:
        async with gate.acknowledging():
            await asyncio.sleep(0)
        async with gate.work():
            await go_on.wait()

    assert await gate.wait_until_idle(HANGS_AFTER_S)
    running = asyncio.create_task(command())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(gate.wait_until_idle(HANGS_AFTER_S))
    await asyncio.sleep(0.01)  # time enough to be idle too early
    assert not waiting.done()
    go_on.set()
    assert await waiting
    await running


async def test_gives_up_waiting_for_work_that_does_not_end() -> None:
    gate = Gate()
    async with gate.work():
        assert not await gate.wait_until_idle(0.01)
