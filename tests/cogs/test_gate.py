import asyncio

import pytest

from cogs._gate import Gate
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
