"""Why a job waits and for how long, from the facts alone."""

import pytest

from services.line_waits import Facts, Reason, reason_of, wait_s

FREE = Facts(usual_s=10.0, account_cap=4)
FULL = Facts(usual_s=10.0, account_running=4, account_cap=4)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        pytest.param(FREE, Reason("next"), id="next in line"),
        pytest.param(Facts(10.0, ahead=3, account_cap=4), Reason("in_line", 3), id="others before it"),
        pytest.param(FULL, Reason("account_full", 4), id="the account is full"),
        pytest.param(
            Facts(10.0, ahead=9, share_running=20, share_cap=20), Reason("server_full", 20), id="server"
        ),
        pytest.param(
            Facts(10.0, own_running=4, own_cap=4, share_running=20, share_cap=20, account_running=1),
            Reason("own_full", 4),
            id="the person is nearest",
        ),
        pytest.param(
            Facts(10.0, share_running=4, share_cap=4, is_in_server=False, account_cap=9),
            Reason("outside_full", 4),
            id="a person's share outside of servers",
        ),
        pytest.param(
            Facts(10.0, held_s=7, held_by="provider_busy", own_running=4, own_cap=4),
            Reason("asked_to_wait", 7),
            id="asked to wait",
        ),
        pytest.param(
            Facts(10.0, held_s=7, held_by="provider_broken"), Reason("tried_again", 7), id="tried again"
        ),
        pytest.param(Facts(10.0, trial_in_s=30, held_s=7), Reason("down", 30), id="down"),
        pytest.param(Facts(10.0, trial_in_s=0.0), Reason("down", 0), id="down, a trial is due"),
        pytest.param(
            Facts(10.0, pause="Back soon.", trial_in_s=3), Reason("paused", 0, "Back soon."), id="paused"
        ),
    ],
)
def test_the_first_rule_that_holds_is_the_reason(facts: Facts, reason: Reason) -> None:
    assert reason_of(facts) == reason


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        pytest.param(FREE, 10, id="room now: one picture's time"),
        pytest.param(FULL, 12.5, id="one of four is done in a quarter of a picture's time"),
        pytest.param(Facts(10.0, ahead=7, account_running=4, account_cap=4), 30, id="eight places in fours"),
        pytest.param(
            Facts(10.0, own_ahead=1, own_running=1, own_cap=1, account_cap=50), 30, id="own room is narrow"
        ),
        pytest.param(
            Facts(10.0, share_ahead=4, share_running=5, share_cap=5, account_cap=50), 20, id="server's"
        ),
        pytest.param(Facts(10.0, held_s=45, account_cap=4), 55, id="put off"),
        pytest.param(Facts(10.0, trial_in_s=20, held_s=45, account_cap=4), 55, id="the longer of two"),
        pytest.param(Facts(10.0, trial_in_s=20, account_cap=4), 30, id="tried again"),
    ],
)
def test_the_wait_goes_by_the_narrowest_place(facts: Facts, seconds: float) -> None:
    assert wait_s(facts) == pytest.approx(seconds)


def test_nobody_can_say_when_a_pause_ends() -> None:
    assert wait_s(Facts(10.0, pause="Back soon.")) is None
