"""When a waiting order is looked after."""

import itertools

import pytest

from services.jobs.looking import HAS_WEBHOOK, calls_us, first_look_s, next_look_s
from services.jobs.progress import pause_s


def looks(usual_s: float, until_s: float, *, has_webhook: bool = False) -> list[float]:
    """Return the moments of all looks at an order that never ends."""
    moments = [first_look_s(usual_s, 0.0, has_webhook=has_webhook)]
    while moments[-1] < until_s:
        moments.append(moments[-1] + next_look_s(moments[-1], has_webhook=has_webhook))
    return moments


@pytest.mark.parametrize("usual_s", [1.0, 3.0, 10.0])
def test_the_first_look_comes_about_when_the_picture_usually_does(usual_s: float) -> None:
    assert 0.5 * usual_s <= first_look_s(usual_s, 0.0, has_webhook=False) <= usual_s


def test_a_slow_model_is_looked_after_within_ten_seconds_because_its_log_is_worth_showing() -> None:
    assert first_look_s(60.0, 0.0, has_webhook=False) == 10


def test_the_first_look_waits_for_what_the_provider_says_within_reason() -> None:
    assert first_look_s(3.0, 20.0, has_webhook=False) == 20
    assert first_look_s(3.0, 3_600.0, has_webhook=False) == 30


def test_the_waits_grow_from_one_second_to_ten() -> None:
    moments = looks(1.0, 200.0)
    waits = [round(after - before, 6) for before, after in itertools.pairwise(moments)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, 10)


def test_nobody_waits_much_longer_than_the_picture_took() -> None:
    moments = looks(5.0, 40.0)

    assert all(after <= before * 1.25 + 1 for before, after in itertools.pairwise(moments))


@pytest.mark.parametrize(("usual_s", "first_s"), [(3.0, 30.0), (40.0, 120.0)])
def test_with_a_webhook_the_looks_are_a_net(usual_s: float, first_s: float) -> None:
    moments = looks(usual_s, 600.0, has_webhook=True)
    waits = [after - before for before, after in itertools.pairwise(moments)]

    assert moments[0] == first_s
    assert all(45 <= wait <= 60 for wait in waits)


def test_a_provider_calls_us_only_where_the_order_named_our_address() -> None:
    assert calls_us({"remote_id": "a", HAS_WEBHOOK: True})
    assert not any(map(calls_us, (None, {}, {"remote_id": "a"}, {"remote_id": "a", HAS_WEBHOOK: False})))


def test_progress_is_shown_the_less_often_the_longer_it_takes() -> None:
    pauses = [pause_s(age_s) for age_s in (30, 60, 120, 600)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 30)
