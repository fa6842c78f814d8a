"""When a waiting order is looked after."""

import itertools

import pytest

from services.circuit import FAILURES_THAT_OPEN, FAILURES_WITHIN_S
from services.errors import ProviderBroken, ProviderBusy
from services.jobs.looking import HAS_WEBHOOK, calls_us, first_look_s, next_look_s, wait_after_s
from services.jobs.progress import pause_s
from services.providers.base import Running


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


def again_s(looks: int, *, has_webhook: bool, age_s: float = 600.0) -> float:
    """Return the wait after a look that could not tell anything."""
    broken = ProviderBroken("provider_unreachable")
    return wait_after_s(broken, age_s, looks=looks, has_webhook=has_webhook)


def test_a_look_that_was_not_answered_is_made_again_soon_because_nobody_may_call_again() -> None:
    assert [again_s(looks, has_webhook=True) for looks in (1, 2, 3, 9_999)] == [5, 15, 45, 60]
    assert again_s(3, has_webhook=True, age_s=1.0) == 45
    assert [again_s(1, has_webhook=False, age_s=age_s) for age_s in (1.0, 20.0, 600.0)] == [1, 5, 10]


def test_one_order_that_cannot_be_looked_at_does_not_make_its_provider_count_as_down() -> None:
    moments = [0.0]
    for looks in range(1, 20):
        moments.append(moments[-1] + again_s(looks, has_webhook=True, age_s=moments[-1]))
    stretches = zip(moments, moments[FAILURES_THAT_OPEN - 1 :], strict=False)
    assert all(last - first > FAILURES_WITHIN_S for first, last in stretches)


def test_a_busy_provider_is_left_alone_for_as_long_as_it_says() -> None:
    busy = ProviderBusy(retry_after_s=27.0)
    assert wait_after_s(busy, 1.0, looks=1, has_webhook=True) == 27
    assert wait_after_s(busy, 1.0, looks=1, has_webhook=False) == 27


def test_a_look_that_has_seen_an_order_running_waits_as_its_provider_wants_within_reason() -> None:
    assert wait_after_s(Running(poll_after_s=5.0), 1.0, looks=1, has_webhook=False) == 5
    assert wait_after_s(Running(poll_after_s=500.0), 1.0, looks=1, has_webhook=False) == 10
    assert wait_after_s(Running(poll_after_s=5.0), 1.0, looks=1, has_webhook=True) == 45


def test_a_provider_calls_us_only_where_the_order_named_our_address() -> None:
    assert calls_us({"remote_id": "a", HAS_WEBHOOK: True})
    assert not any(map(calls_us, (None, {}, {"remote_id": "a"}, {"remote_id": "a", HAS_WEBHOOK: False})))


def test_progress_is_shown_the_less_often_the_longer_it_takes() -> None:
    pauses = [pause_s(age_s) for age_s in (30, 60, 120, 600)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 30)
