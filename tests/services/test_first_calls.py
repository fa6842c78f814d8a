"""Which calls came before, as far as a process remembers."""

from services.first_calls import FirstCalls


def test_only_the_first_of_several_calls_is_the_first() -> None:
    calls = FirstCalls()

    assert [calls.is_first(number) for number in (1, 1, 2, 1)] == [True, False, True, False]


def test_only_the_latest_attempts_are_remembered() -> None:
    calls = FirstCalls(remembered=2)

    assert [calls.is_first(number) for number in (1, 2, 3, 2, 1)] == [True, True, True, False, True]
