"""The bell: no ring is lost, and no wait lasts longer than asked."""

import asyncio
import time
from collections.abc import Callable

import pytest

from services.bell import Bell, LineBell


async def test_wakes_whoever_waits() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(20))
    await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()

    assert await waiting is True


async def test_keeps_a_ring_that_nobody_waited_for() -> None:
    bell = Bell()
    bell.ring()

    assert await bell.wait(0.01) is True


async def test_keeps_many_rings_as_one() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()

    assert await bell.wait(0.01) is True
    assert await bell.wait(0.01) is False


async def test_gives_up_after_the_timeout_when_nobody_rings() -> None:
    started_s = time.monotonic()
    assert await Bell().wait(0.05) is False
    assert time.monotonic() - started_s >= 0.04


async def test_keeps_a_ring_that_comes_after_a_wait_was_given_up() -> None:
    bell = Bell()
    assert await bell.wait(0.01) is False
    bell.ring()

    assert await bell.wait(0.01) is True


async def test_loses_no_ring_when_a_waiting_task_is_cancelled() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(20))
    await asyncio.sleep(0)
    bell.ring()
    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    assert await bell.wait(0.01) is True


async def test_room_rings_the_bell_of_a_line_that_nobody_has_looked_at() -> None:
    bell = LineBell()
    bell.ring_for_room()

    assert await bell.wait(0.01) is True


async def test_room_rings_nobody_where_nobody_came_since_the_line_was_seen_empty() -> None:
    bell = LineBell()
    bell.note_empty(bell.rings)
    bell.ring_for_room()

    assert await bell.wait(0.01) is False


@pytest.mark.parametrize("somebody_comes", [LineBell.ring, LineBell.hear])
async def test_room_rings_again_for_whoever_came_while_the_line_was_looked_at(
    somebody_comes: Callable[[LineBell], None],
) -> None:
    bell = LineBell()
    before = bell.rings
    somebody_comes(bell)
    assert await bell.wait(0.01) is True
    bell.note_empty(before)
    bell.ring_for_room()

    assert await bell.wait(0.01) is True


async def test_a_ring_for_room_says_nothing_of_the_line() -> None:
    bell = LineBell()
    bell.ring()
    assert await bell.wait(0.01) is True
    bell.note_empty(bell.rings)
    bell.ring_for_room()
    bell.ring()

    assert await bell.wait(0.01) is True
    bell.ring_for_room()
    assert await bell.wait(0.01) is True


async def test_a_ring_from_before_the_look_that_emptied_the_line_is_answered_by_it() -> None:
    bell = LineBell()
    bell.ring()
    bell.note_empty(bell.rings)

    assert await bell.wait(0.01) is False


async def test_a_ring_from_within_the_look_that_emptied_the_line_is_kept() -> None:
    bell = LineBell()
    before = bell.rings
    bell.ring()
    bell.note_empty(before)

    assert await bell.wait(0.01) is True


async def test_room_rings_for_whoever_a_look_left_in_the_line_although_nobody_told_of_them() -> None:
    bell = LineBell()
    bell.note_empty(bell.rings)
    bell.note_waiting()
    bell.ring_for_room()

    assert await bell.wait(0.01) is True
