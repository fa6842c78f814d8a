"""The courier behind a brake, before a Discord whose answers are scripted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import discord
import pytest

from cogs._brake import LONGEST_PAUSE_S, Brake, fit
from services.jobs.courier import Rung, Sending
from tests.cogs.samples import ORIGIN, progress, result
from tests.cogs.test_courier import GLOBAL, GONE, NOT_DISCORDS, Desk, open_desk
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S


class Clock:
    """A clock that only the test moves."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class CutShort:
    """The `asyncio` of a module whose sleeps all meet a timeout."""

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio, name)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(0)
        if delay_s > 0:
            raise TimeoutError


@dataclass
class Braked:
    """A courier with its script, and the clock of its brake."""

    desk: Desk
    brake: Brake
    clock: Clock


@pytest.fixture
async def braked(studio: Studio, _discord_address: None) -> AsyncIterator[Braked]:
    async with open_desk(studio) as desk:
        clock = Clock()
        brake = Brake(clock)
        fit(desk.courier._client, brake)
        yield Braked(desk, brake, clock)


async def test_a_limit_on_the_whole_bot_leaves_nothing_behind_that_waits_for_ever(
    braked: Braked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http, "asyncio", CutShort())
    desk = braked.desk
    desk.script.steps = [(429, GLOBAL)]
    first = await desk.courier.deliver(Rung.CHANNEL, result(desk.picture))
    assert (first.sending, len(desk.script.seen)) == (Sending.LATER, 1)
    braked.clock.now_s += LONGEST_PAUSE_S
    async with asyncio.timeout(HANGS_AFTER_S):
        second = await desk.courier.deliver(Rung.CHANNEL, result(desk.picture))
    assert second.sending is Sending.SENT


async def test_a_day_of_silence_that_is_not_asked_for_in_discords_json_is_tried_after_a_quarter_of_an_hour(
    braked: Braked,
) -> None:
    desk = braked.desk
    desk.script.steps = [(429, NOT_DISCORDS)]
    first = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert first.sending is Sending.LATER
    assert braked.brake.is_on(is_by_token=True)
    braked.clock.now_s += LONGEST_PAUSE_S
    second = await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert second.sending is Sending.SENT


async def test_progress_is_not_in_doubt_while_nothing_may_be_sent(
    braked: Braked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.webhook.async_, "asyncio", CutShort())
    desk = braked.desk
    desk.script.steps = [(429, GLOBAL)]
    await desk.courier.deliver(Rung.ORIGINAL, result(desk.picture))
    assert braked.brake.is_on(is_by_token=False)
    asked = len(desk.script.seen)
    assert await desk.courier.show_progress(progress()) is True
    assert len(desk.script.seen) == asked


async def test_a_client_that_discord_closed_looks_and_clears_later(braked: Braked) -> None:
    desk = braked.desk
    await desk.courier._client.close()
    found = await desk.courier.find_delivered(
        Rung.CHANNEL, ORIGIN, [desk.picture.job_id], since_ms=1_700_000_000_000
    )
    assert found is not None
    assert found.sending is Sending.LATER
    assert await desk.courier.clear(ORIGIN, [GONE]) is None
    assert await desk.courier.show_progress(progress()) is True
    assert desk.script.seen == []
