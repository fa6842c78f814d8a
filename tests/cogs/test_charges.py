"""What a picture that did not come has cost, by what the job knows of it."""

from dataclasses import replace

import pytest

from cogs._charges import charge_text
from cogs._errors import failure_sentence
from services.jobs.courier import FailedResult
from services.languages import texts_of
from services.models import Payer
from tests.cogs.samples import failure

SENTENCES = {
    name.removeprefix("errors."): str(text)
    for name, text in texts_of("en").items()
    if name.startswith("errors.")
}
TOLD = [code for code, template in SENTENCES.items() if "{charge}" in template]


def failed(code: str, payer: Payer, *, is_charged: bool = False) -> FailedResult:
    return replace(failure(code=code), payer=payer, is_charged=is_charged, price_micro_usd=60_000)


@pytest.mark.parametrize(
    ("code", "payer", "is_charged", "expected"),
    [
        ("provider_broken", Payer.OPERATOR, False, "You are not charged."),
        ("result_lost", Payer.OPERATOR, False, "You are not charged."),
        ("provider_broken", Payer.NOBODY, False, "You are not charged."),
        ("provider_moderated_output", Payer.OPERATOR, True, "$0.06 of your allowance."),
        ("provider_broken", Payer.USER, False, "Nothing was charged."),
        ("result_lost", Payer.USER, False, "may have charged your own account"),
        ("result_lost", Payer.SERVER, False, "may have charged this server's account"),
        ("provider_moderated_output", Payer.USER, True, "charges your own account"),
    ],
)
def test_the_account_that_was_to_pay_decides_what_is_said(
    code: str, payer: Payer, is_charged: bool, expected: str
) -> None:
    assert expected in charge_text(failed(code, payer, is_charged=is_charged))


def test_the_allowance_is_told_what_the_image_service_took_where_it_says_so() -> None:
    refused = failed("provider_moderated_output", Payer.OPERATOR, is_charged=True)
    assert "$0.01 of your allowance" in charge_text(replace(refused, cost_micro_usd=10_000))
    assert charge_text(replace(refused, cost_micro_usd=0)) == "You are not charged."


def test_a_lost_picture_may_have_been_charged_to_the_persons_own_account() -> None:
    lost = replace(failed("outcome_unknown", Payer.USER), state="unknown")
    assert "may have charged your own account" in failure_sentence(lost)
    assert "free" not in failure_sentence(lost)


@pytest.mark.parametrize("code", TOLD)
@pytest.mark.parametrize("payer", Payer)
@pytest.mark.parametrize("is_charged", [True, False])
def test_every_failure_says_it_whole(code: str, payer: Payer, is_charged: bool) -> None:
    told = failed(code, payer, is_charged=is_charged)
    # The sentence is escaped and clipped like every other field: nothing of it may be lost.
    assert charge_text(told) in failure_sentence(told).replace("\\", "")


AT_A_SERVICE = [code for code in SENTENCES if code.startswith(("provider_", "result_"))]
BEFORE_ALL = {"provider_not_ready"}
"""Said before anything is asked for."""


@pytest.mark.parametrize("code", sorted(set(AT_A_SERVICE) - BEFORE_ALL))
def test_every_failure_at_an_image_service_says_whether_it_was_charged(code: str) -> None:
    assert "charged" in failure_sentence(failed(code, Payer.OPERATOR))
