"""fal's refusals: who can act, what it cost, and whether an order may have been accepted."""

import json

import pytest

from services.crossing import Purpose
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.http import Answer, HttpRequest
from services.models import JsonValue
from services.providers.fal.refusals import (
    REQUEST_ERRORS,
    Said,
    call_error,
    read_units,
    run_failure,
    submit_refusal,
)
from tests.services.providers.fal.member import CATALOG

REQUEST = HttpRequest("GET", "https://queue.fal.run/fal-ai/flux/requests/1", Purpose.POLL)
DEV = CATALOG.by_id["fal/flux-dev"]
PULID = CATALOG.by_id["fal/flux-pulid"]
LOCKED = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing"
FAL_TYPES = (
    "request_timeout startup_timeout runner_scheduling_failure runner_connection_timeout runner_disconnected "
    "runner_connection_refused runner_connection_error runner_incomplete_response runner_server_error "
    "internal_error client_disconnected client_cancelled bad_request"
)
KEY = "0a1b2c3d-secret"
PROMPT = "a very private prompt"


def said(status: int, body: dict[str, JsonValue] | None = None, **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, body or {}, named, "POST there", DEV, {"num_inference_steps": 999}, (PROMPT, KEY))


def detail(kind: str, *loc: JsonValue, **fields: JsonValue) -> dict[str, JsonValue]:
    return {"detail": [{"loc": ["body", *loc], "msg": "in words", "type": kind, **fields}]}


def test_every_type_of_fals_page_is_known() -> None:
    assert set(REQUEST_ERRORS) == set(FAL_TYPES.split())


@pytest.mark.parametrize(
    ("status", "text", "kind", "code"),
    [
        (400, "no", ProviderRejected, "provider_rejected"),
        (401, "No user found for Key ID and Secret", ProviderRefusedKey, "provider_refused_key"),
        (402, "pay", ProviderRefusedKey, "provider_no_balance"),
        (403, LOCKED, ProviderRefusedKey, "provider_no_balance"),
        (403, "Access denied", ProviderRefusedKey, "provider_not_permitted"),
        (404, "Application 'flux-realism' not found", ProviderRefusedKey, "provider_model_gone"),
        (405, "Method Not Allowed", ProviderRefusedKey, "provider_model_gone"),
        (410, "gone", ProviderRefusedKey, "provider_model_gone"),
        (413, "large", ProviderRejected, "provider_rejected"),
        (422, "no", ProviderRejected, "provider_rejected"),
        (429, "busy", ProviderBusy, "provider_busy"),
    ],
)
def test_a_refused_submit_proves_that_nothing_was_accepted(
    status: int, text: str, kind: type[ProviderError], code: str
) -> None:
    error = submit_refusal(said(status, {"detail": text}))

    assert (type(error), error.code, error.charged) == (kind, code, False)


@pytest.mark.parametrize("status", [302, 408, 499, 500, 502, 503, 504])
def test_any_other_answer_to_a_submit_may_stand_for_an_accepted_order(status: int) -> None:
    bodies: list[dict[str, JsonValue]] = [
        {},
        {"detail": "Internal Server Error"},
        detail("internal_server_error"),
        detail("missing", "prompt"),
    ]
    for body in bodies:
        assert isinstance(submit_refusal(said(status, body)), ProviderUnknown)


@pytest.mark.parametrize("kind", ["downstream_service_error", "generation_timeout"])
def test_a_run_that_failed_is_no_proof_that_a_submit_was_not_accepted(kind: str) -> None:
    assert isinstance(submit_refusal(said(400, detail(kind))), ProviderUnknown)


@pytest.mark.parametrize("error_type", REQUEST_ERRORS)
def test_only_what_no_runner_had_is_a_submit_that_may_be_sent_again(error_type: str) -> None:
    unstarted = {
        *("request_timeout", "startup_timeout", "runner_scheduling_failure"),
        *("runner_connection_timeout", "runner_connection_refused"),
    }
    error = submit_refusal(said(503, {"detail": "x", "error_type": error_type}))

    assert isinstance(error, ProviderBroken if error_type in unstarted else ProviderUnknown)
    assert error.may_retry is (error_type in unstarted)


def test_the_type_counts_in_the_header_as_well() -> None:
    error = submit_refusal(said(503, {"detail": "x"}, x_fal_error_type="runner_scheduling_failure"))

    assert isinstance(error, ProviderBroken)


def test_a_submit_refused_by_its_model_names_field_range_and_our_own_value() -> None:
    error = submit_refusal(said(422, detail("less_than_equal", "num_inference_steps", ctx={"le": 50})))

    assert error.code == "provider_bad_option"
    assert dict(error.fields) == {"field": "num_inference_steps", "allowed": "at most 50", "found": "999"}


def test_a_body_that_is_too_large_is_the_references_fault_where_there_can_be_some() -> None:
    error = submit_refusal(Said(413, {}, {}, "POST there", PULID))

    assert (error.code, error.fields["reason"]) == ("provider_bad_reference", "its file is too large")


def test_a_model_that_is_gone_is_named() -> None:
    assert submit_refusal(said(404)).fields["model"] == DEV.title


@pytest.mark.parametrize(
    ("error_type", "kind", "code"),
    [(name, rule.kind, rule.code) for name, rule in REQUEST_ERRORS.items()],
)
def test_each_error_of_fals_machinery_ends_an_accepted_order(
    error_type: str, kind: type[ProviderError], code: str
) -> None:
    error = run_failure(said(500, {"detail": "x", "error_type": error_type}))

    assert error is not None
    assert (type(error), error.code, error.charged) == (kind, code, False)


def test_cancelled_and_late_orders_have_codes_of_their_own() -> None:
    assert REQUEST_ERRORS["client_cancelled"].code == "provider_canceled"
    assert REQUEST_ERRORS["request_timeout"].code == "provider_timed_out"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"detail": "no"}, "provider_rejected"),
        (404, {"status": "NOT_FOUND"}, "provider_lost_order"),
        (404, {"detail": "Path /x not found"}, "provider_model_gone"),
        (422, detail("content_policy_violation", "prompt"), "provider_moderated_input"),
        (422, {"detail": "a plain text"}, "provider_rejected"),
        (499, {"detail": "x"}, "provider_canceled"),
        (500, {"detail": "x"}, "provider_broken"),
        (500, detail("downstream_service_unavailable"), "provider_broken"),
        (504, {"detail": "x"}, "provider_broken"),
    ],
)
def test_a_result_that_is_an_error_ends_its_order(status: int, body: dict[str, JsonValue], code: str) -> None:
    error = run_failure(said(status, body))

    assert error is not None
    assert (error.code, error.charged) == (code, False)


def test_an_order_that_waited_longer_than_we_allow_has_timed_out() -> None:
    error = run_failure(said(504, {"detail": "x"}, x_fal_request_timeout_type="user"))

    assert error is not None
    assert (type(error), error.code) == (ProviderBroken, "provider_timed_out")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"detail": "Request is still in progress"}),
        (401, {"detail": "No user found"}),
        (403, {"detail": LOCKED}),
        (408, {"detail": "x"}),
        (429, {"detail": "busy"}),
        (404, {}),
        (500, {}),
        (502, {}),
    ],
)
def test_what_speaks_of_our_question_says_nothing_of_the_order(
    status: int, body: dict[str, JsonValue]
) -> None:
    assert run_failure(said(status, body)) is None


@pytest.mark.parametrize(
    ("units", "cost"), [("1", 25_000), ("0.5", 12_500), ("0", None), ("", None), ("x", None)]
)
def test_a_refused_run_is_charged_where_units_were_billed(units: str, cost: int | None) -> None:
    error = run_failure(said(422, detail("content_policy_violation", "prompt"), x_fal_billable_units=units))

    assert error is not None
    assert error.charged is (cost is not None)
    assert error.fields.get("cost_micro_usd") == cost


def test_a_run_that_broke_is_never_charged() -> None:
    error = run_failure(said(500, detail("internal_server_error"), x_fal_billable_units="1"))

    assert error is not None
    assert not error.charged


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1", 1.0),
        ("2.5", 2.5),
        ("0", 0.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_billed_units_are_a_sensible_number(text: str, units: float | None) -> None:
    assert read_units({"x-fal-billable-units": text}) == units


@pytest.mark.parametrize("name", ["x_fal_retryable", "x_fal_needs_retry"])
@pytest.mark.parametrize(
    ("value", "kind"), [("true", ProviderBroken), ("1", ProviderBroken), ("False", ProviderRejected)]
)
def test_both_names_of_the_header_about_trying_again_are_read(
    name: str, value: str, kind: type[ProviderError]
) -> None:
    assert type(run_failure(said(400, detail("downstream_service_error"), **{name: value}))) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"detail": "No user found for Key ID and Secret"}', ProviderRefusedKey),
        (403, json.dumps({"detail": LOCKED}).encode(), ProviderRefusedKey),
        (429, b"", ProviderBusy),
        (404, b"<html>", ProviderBusy),
        (422, b"{}", ProviderBusy),
        (500, b"{}", ProviderBusy),
    ],
)
def test_any_other_call_that_fails_can_be_made_again(
    status: int, body: bytes, kind: type[ProviderError]
) -> None:
    assert type(call_error(Answer(status, {}, body, REQUEST))) is kind


def test_a_busy_fal_says_when_to_ask_again() -> None:
    error = call_error(Answer(429, {"retry-after": "9"}, b"{}", REQUEST))

    assert isinstance(error, ProviderBusy)
    assert (error.code, error.retry_after_s) == ("provider_busy", 9)


def test_fals_words_are_kept_without_what_was_sent() -> None:
    words = f"I do not like '{PROMPT}' of {KEY}"
    entry: JsonValue = {
        "loc": ["body", "prompt"],
        "msg": words,
        "type": "x",
        "input": PROMPT,
        "ctx": {"a": PROMPT},
    }
    bodies: list[dict[str, JsonValue]] = [{"detail": words}, {"detail": [entry]}, {"error": words}]
    for body in bodies:
        error = submit_refusal(said(422, body))

        assert "I do not like" in error.vendor_text
        assert PROMPT not in error.vendor_text + str(error)
        assert KEY not in error.vendor_text + str(error)
