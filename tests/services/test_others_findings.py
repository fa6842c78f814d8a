"""What one process makes of what the others have found; nothing here needs a database."""

from collections.abc import Callable

import pytest

from db.jobs.findings import Finding, HeardFinding, Word
from services.circuit import TRIAL_EVERY_S
from services.others_findings import GONE_FOR_S, OthersFindings, Outage

HOUR_MS = 3_600_000
NOW_S = 1_000.0

Told = tuple[str, Word, int, int]
"""Worker, word, age and what is left, both in milliseconds."""


def heard(*told: Told) -> list[HeardFinding]:
    return [
        HeardFinding(Finding("fal", word, age_ms, left_ms), (worker, "fal", number, number))
        for number, (worker, word, age_ms, left_ms) in enumerate(told)
    ]


def after(*told: Told) -> OthersFindings:
    others = OthersFindings()
    others.hear(heard(*told), NOW_S)
    return others


DOWN = ("a", Word.DOWN, 5_000, 10_000)


def test_a_provider_that_one_worker_finds_down_is_down_until_its_trial() -> None:
    outage = after(DOWN).outage_of("fal", None)

    assert outage == Outage(NOW_S - 5, NOW_S + 10)
    assert outage.is_blocked(NOW_S + 9)
    assert not outage.is_blocked(NOW_S + 10)
    assert after(DOWN).outage_of("bfl", None) is None


def test_of_two_workers_the_one_that_is_answered_is_believed() -> None:
    assert after(DOWN, ("b", Word.ANSWERS, 0, 0)).outage_of("fal", None) is None


@pytest.mark.parametrize(("answered_s", "is_down"), [(None, True), (NOW_S - 6, True), (NOW_S - 4, False)])
def test_an_answer_of_ones_own_since_then_is_believed(answered_s: float | None, *, is_down: bool) -> None:
    assert (after(DOWN).outage_of("fal", answered_s) is not None) is is_down


def test_of_two_that_find_it_down_the_first_trial_counts_and_the_longer_time() -> None:
    both = after(DOWN, ("b", Word.DOWN, 60_000, 20_000))

    assert both.outage_of("fal", None) == Outage(NOW_S - 60, NOW_S + 10)
    assert both.down_since_s() == {"fal": NOW_S - 5}


def test_what_is_not_told_any_more_is_over() -> None:
    others = after(DOWN)
    others.hear([], NOW_S + 1)

    assert others.outage_of("fal", None) is None


@pytest.mark.parametrize(
    ("word", "longest_s", "is_so"),
    [
        (Word.DOWN, TRIAL_EVERY_S, lambda others, now_s: others.outage_of("fal", None).is_blocked(now_s)),
        (Word.GONE, GONE_FOR_S, lambda others, now_s: others.is_gone("fal", now_s)),
    ],
)
def test_a_clock_that_was_put_back_by_a_day_lets_nothing_last_longer(
    word: Word, longest_s: float, is_so: Callable[[OthersFindings, float], bool]
) -> None:
    told = ("a", word, -24 * HOUR_MS, 24 * HOUR_MS)
    others = after(told)
    assert is_so(others, NOW_S + longest_s - 1)
    # Heard again and again, as every few seconds.
    others.hear(heard(told), NOW_S + longest_s - 1)

    assert not is_so(others, NOW_S + longest_s)


def test_a_clock_that_was_put_forward_ends_nothing_that_runs() -> None:
    others = after(DOWN)
    others.hear(heard(("a", Word.DOWN, DOWN[2] + HOUR_MS, DOWN[3] - HOUR_MS)), NOW_S + 1)

    assert others.outage_of("fal", None) == Outage(NOW_S - 5, NOW_S + 10)
