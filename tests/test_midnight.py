"""Midnight is waited for when it is near, and only then."""

import pytest

from tests.midnight import AFTER_S, DAY_S, SHORT_BEFORE_S, wait_s


@pytest.mark.parametrize("second", [0.0, DAY_S / 2, DAY_S - SHORT_BEFORE_S - 1])
def test_a_test_in_the_middle_of_a_day_begins_at_once(second: float) -> None:
    assert wait_s(20_000 * DAY_S + second) == 0


@pytest.mark.parametrize("left_s", [SHORT_BEFORE_S, 1.0, 0.25])
def test_a_test_before_midnight_begins_after_it(left_s: float) -> None:
    now_s = 20_000 * DAY_S - left_s

    assert now_s + wait_s(now_s) == 20_000 * DAY_S + AFTER_S
    assert wait_s(now_s + wait_s(now_s)) == 0
