"""When a service counts as down, and what makes it count as working again."""

import pytest

from services.circuit import FAILURES_THAT_OPEN, FAILURES_WITHIN_S, TRIAL_EVERY_S, Call, Circuit


def failing(circuit: Circuit, *at_s: float, call: Call = Call.SUBMIT) -> Circuit:
    for now_s in at_s:
        circuit.fail(now_s, call)
    return circuit


def test_five_failures_within_a_minute_open_it() -> None:
    assert not failing(Circuit(), 100, 110, 120, 130).is_open
    circuit = failing(Circuit(), 100, 110, 120, 130, 100 + FAILURES_WITHIN_S)

    assert circuit.is_open
    assert circuit.open_since_s == 160
    assert circuit.is_blocked(160)


def test_five_failures_over_more_than_a_minute_leave_it_closed() -> None:
    circuit = failing(Circuit(), 100, 110, 120, 130, 161)

    assert not circuit.is_open
    # The oldest one has grown old; the next one makes five within a minute.
    assert failing(circuit, 165).is_open


def test_a_success_in_between_takes_the_failures_back() -> None:
    circuit = failing(Circuit(), 1, 2, 3, 4)
    circuit.succeed(Call.SUBMIT)

    assert not failing(circuit, 5, 6, 7, 8).is_open
    assert failing(circuit, 9).is_open


def test_a_success_of_another_kind_says_nothing_about_submits() -> None:
    circuit = failing(Circuit(), 1, 2, 3, 4, 5)
    circuit.succeed(Call.POLL)

    assert circuit.is_open


def test_looks_that_succeed_again_close_what_failed_looks_opened() -> None:
    circuit = failing(Circuit(), 1, 2, 3, 4, 5, call=Call.POLL)
    was_open = circuit.is_open
    circuit.succeed(Call.POLL)

    assert (was_open, circuit.is_open) == (True, False)
    assert not circuit.is_blocked(6)


def test_one_trial_is_let_through_every_thirty_seconds() -> None:
    circuit = failing(Circuit(), *[10.0] * FAILURES_THAT_OPEN)
    due_s = 10 + TRIAL_EVERY_S

    assert circuit.is_blocked(due_s - 0.1)
    assert circuit.wait_s(due_s - 5) == 5
    assert not circuit.is_blocked(due_s)
    circuit.begin(due_s, 1)
    assert circuit.is_blocked(due_s + TRIAL_EVERY_S - 0.1)
    assert not circuit.is_blocked(due_s + TRIAL_EVERY_S)


def test_a_trial_that_was_not_made_is_left_to_the_next() -> None:
    circuit = failing(Circuit(), *[10.0] * FAILURES_THAT_OPEN)
    circuit.forgo(1)
    assert circuit.is_blocked(39.9)  # none was under way
    circuit.begin(40, 1)
    assert circuit.is_blocked(41)
    circuit.forgo(1)

    assert circuit.is_open
    assert not circuit.is_blocked(41)


def test_what_was_taken_on_before_it_opened_and_is_not_sent_gives_nobody_a_second_trial() -> None:
    circuit = Circuit()
    circuit.begin(9, 1)
    failing(circuit, *[10.0] * FAILURES_THAT_OPEN)
    circuit.begin(40, 2)
    circuit.forgo(1)
    assert circuit.is_blocked(41)  # the trial is under way
    failing(circuit, 42)
    circuit.forgo(1)

    assert circuit.is_blocked(69.9)


def test_a_trial_that_fails_keeps_it_open_since_the_beginning() -> None:
    circuit = failing(Circuit(), *[10.0] * FAILURES_THAT_OPEN)
    circuit.begin(40, 1)
    failing(circuit, 41)

    assert circuit.open_since_s == 10
    assert circuit.is_blocked(69.9)


def test_a_trial_that_succeeds_closes_it() -> None:
    circuit = failing(Circuit(), *[10.0] * FAILURES_THAT_OPEN)
    circuit.begin(40, 1)
    circuit.succeed(Call.SUBMIT)

    assert not circuit.is_open
    assert circuit.wait_s(41) == 0


@pytest.mark.parametrize("now_s", [0.0, 1e6])
def test_sending_through_a_closed_one_delays_nothing(now_s: float) -> None:
    circuit = Circuit()
    circuit.begin(now_s, 1)

    assert not circuit.is_blocked(now_s)
