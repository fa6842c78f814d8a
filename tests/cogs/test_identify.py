"""The line before IDENTIFY over a real PostgreSQL server: whose turn it is, and when the next one's comes."""

import asyncio
from dataclasses import dataclass, field

import discord
import pytest

from cogs import _identify
from cogs._identify import IdentifyLine
from db.engine import Database
from tests.waiting import until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

LONG_S = 3600.0


@dataclass
class Gateway:
    """What GET /gateway/bot says, and how often it was asked."""

    concurrency: int = 1
    remaining: list[int] = field(default_factory=list)
    asked: int = 0
    is_away: bool = False

    async def limits(self) -> discord.SessionStartLimits:
        self.asked += 1
        if self.is_away:
            raise OSError
        remaining = self.remaining.pop(0) if self.remaining else 1000
        return discord.SessionStartLimits(
            total=1000, remaining=remaining, reset_after=10, max_concurrency=self.concurrency
        )


def line(database: Database, gateway: Gateway, window_s: float = LONG_S) -> IdentifyLine:
    """Return the line as one process stands in it."""
    assert database.connect_apart is not None
    return IdentifyLine(database.connect_apart, gateway.limits, window_s=window_s)


async def has_passed(task: asyncio.Task[None]) -> bool:
    """Return whether somebody has passed although the bucket is taken: half a second is two looks at the lock."""
    await asyncio.wait([task], timeout=0.5)
    return task.done()


async def test_the_next_one_passes_a_window_after_ready_and_not_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_identify, "READY_WITHIN_S", LONG_S)
    gateway = Gateway()
    one, two = line(database, gateway, 0.0), line(database, gateway)
    await one.enter(0)
    waiting = asyncio.create_task(two.enter(1))
    assert not await has_passed(waiting)
    one.mark_ready(0)
    await until(waiting.done)
    for each in (one, two):
        await each.close()


async def test_within_the_window_nobody_passes(database: Database) -> None:
    gateway = Gateway()
    one, two = line(database, gateway), line(database, gateway)
    await one.enter(0)
    one.mark_ready(0)
    waiting = asyncio.create_task(two.enter(1))
    assert not await has_passed(waiting)
    await one.close()
    await until(waiting.done)
    await two.close()


async def test_shards_of_other_buckets_do_not_wait_for_each_other(database: Database) -> None:
    gateway = Gateway(concurrency=2)
    one, two, three = (line(database, gateway) for _ in range(3))
    await one.enter(0)
    await two.enter(1)
    waiting = asyncio.create_task(three.enter(2))
    assert not await has_passed(waiting)
    await one.close()
    await until(waiting.done)
    for each in (two, three):
        await each.close()


async def test_a_reserved_turn_is_used_once(database: Database) -> None:
    own, gateway = Gateway(), Gateway()
    one, two = line(database, own, 0.0), line(database, gateway)
    await one.reserve(0)
    await one.enter(0)
    assert own.asked == 1
    again = asyncio.create_task(one.enter(0))
    assert not await has_passed(again)
    one.mark_ready(0)
    await until(again.done)
    assert own.asked == 2
    for each in (one, two):
        await each.close()


async def test_an_identify_without_ready_lets_the_next_one_pass_in_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_identify, "READY_WITHIN_S", 0.01)
    gateway = Gateway()
    one, two = line(database, gateway, 0.0), line(database, gateway, 0.0)
    await one.enter(0)
    await two.enter(1)
    for each in (one, two):
        await each.close()


async def test_waits_while_discord_lets_no_session_start(database: Database) -> None:
    gateway = Gateway(remaining=[0, 0, 5])
    one = line(database, gateway)
    await one.enter(0)
    await one.close()

    assert gateway.asked == 3


async def test_without_an_answer_about_the_limits_there_is_one_bucket(database: Database) -> None:
    gateway = Gateway(concurrency=2)
    one, two = line(database, gateway), line(database, gateway)
    await one.enter(0)
    gateway.is_away = True
    # The least that Discord gives: shard 1 is in the bucket of shard 0 then.
    waiting = asyncio.create_task(two.enter(1))
    assert not await has_passed(waiting)
    await one.close()
    await until(waiting.done)
    await two.close()


async def test_a_process_knows_whether_one_of_its_shards_waits_for_its_turn(database: Database) -> None:
    gateway = Gateway()
    one, two = line(database, gateway), line(database, gateway)
    await one.enter(0)
    assert not one.is_waited_in
    waiting = asyncio.create_task(two.enter(1))
    await until(lambda: two.is_waited_in)
    await one.close()
    await until(waiting.done)
    assert not two.is_waited_in
    await two.close()
