"""One stop of the brake: who passes, who waits, and who is sent away."""

import asyncio

import discord
import pytest
from yarl import URL

from cogs import _brake
from cogs._brake import FIRST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_TRIAL_S, LONGEST_WAIT_S, Stop
from tests.waiting import HANGS_AFTER_S, until

WHY = "asks for it"


class Clock:
    """A clock that only the test moves."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def is_shut(stop: Stop) -> bool:
    return stop.is_shut


async def test_everybody_passes_until_it_is_shut() -> None:
    stop = Stop(Clock())
    await stop.enter("a")
    await stop.enter("b")
    assert not is_shut(stop)


async def test_nobody_waits_for_a_pause_that_is_long() -> None:
    stop = Stop(Clock())
    stop.shut("a", LONGEST_WAIT_S + 60, WHY)
    with pytest.raises(discord.RateLimited) as caught:
        await stop.enter("b")
    assert caught.value.retry_after == LONGEST_WAIT_S + 60


async def test_one_tries_after_the_pause_and_the_others_pass_once_it_was_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_brake, "LONGEST_WAIT_S", HANGS_AFTER_S)
    clock = Clock()
    stop = Stop(clock)
    stop.shut("a", FIRST_PAUSE_S, WHY)
    clock.now_s += FIRST_PAUSE_S
    await stop.enter("trial")
    waiting = [asyncio.create_task(stop.enter(name)) for name in ("b", "c")]
    await asyncio.sleep(0)
    assert is_shut(stop)
    assert not any(task.done() for task in waiting)
    stop.leave("trial", is_answered=True)
    await until(lambda: all(task.done() for task in waiting))
    assert [task.exception() for task in waiting] == [None, None]


async def test_a_trial_that_was_lost_leaves_the_next_one_to_try() -> None:
    clock = Clock()
    stop = Stop(clock)
    stop.shut("a", FIRST_PAUSE_S, WHY)
    clock.now_s += FIRST_PAUSE_S
    await stop.enter("b")
    assert is_shut(stop)
    stop.leave("b", is_answered=False)
    assert not is_shut(stop)
    await stop.enter("c")
    assert is_shut(stop)


async def test_a_trial_that_hangs_lets_the_next_one_try_and_may_still_end_it_for_all() -> None:
    clock = Clock()
    stop = Stop(clock)
    stop.shut("a", FIRST_PAUSE_S, WHY)
    clock.now_s += FIRST_PAUSE_S
    for name in ("hangs", "hangs as well"):
        await stop.enter(name)
        assert is_shut(stop)
        clock.now_s += LONGEST_TRIAL_S
        assert not is_shut(stop)
    await stop.enter("third")
    stop.leave("hangs", is_answered=True)
    await stop.enter("d")
    assert not is_shut(stop)


async def test_trials_from_before_a_refusal_say_nothing_about_the_pause_after_it() -> None:
    clock = Clock()
    stop = Stop(clock)
    stop.shut("a", FIRST_PAUSE_S, WHY)
    clock.now_s += FIRST_PAUSE_S
    await stop.enter("hangs")
    clock.now_s += LONGEST_TRIAL_S
    await stop.enter("refused")
    stop.shut("refused", FIRST_PAUSE_S, WHY)
    stop.leave("hangs", is_answered=True)
    assert is_shut(stop)


async def test_each_trial_that_is_refused_doubles_the_pause_up_to_the_longest() -> None:
    clock = Clock()
    stop, pauses = Stop(clock), []
    stop.shut("first", 0.0, WHY)
    for number in range(14):
        began_s = clock.now_s
        while stop.is_shut:
            clock.now_s += FIRST_PAUSE_S
        pauses.append(clock.now_s - began_s)
        await stop.enter(number)
        stop.shut("one that was on its way", 0.0, WHY)
        stop.shut(number, 0.0, WHY)
    assert pauses == [min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S) for number in range(14)]


@pytest.mark.parametrize(
    ("url", "is_braked"),
    [
        ("https://discord.com/api/v10/webhooks/1/t/messages/@original", True),
        ("https://discord.com/api/v10/channels/1/messages", True),
        ("https://discord.com/api/v10/interactions/1/t/callback", False),
        ("https://cdn.discordapp.com/attachments/1/2/a.png", False),
        ("wss://gateway.discord.gg/?v=10", False),
    ],
)
def test_acknowledgements_files_and_the_gateway_are_held_up_by_nothing(url: str, is_braked: bool) -> None:
    assert _brake._is_braked(URL(url)) is is_braked
