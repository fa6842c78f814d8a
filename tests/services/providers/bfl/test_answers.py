"""What the vendor says about a task becomes values, in every form that it is known or said to have."""

import logging
import math

import pytest

from services.errors import ProviderBroken, ProviderRejected
from services.models import JsonValue
from services.providers.base import Failed, Finished, Handle, Picture, Running
from services.providers.bfl import answers
from services.providers.bfl.answers import micro_usd, read_accepted, read_task, status_of

HANDLE = Handle("task-1", {}, "bfl/flux-dev", {"cost_micro_usd": "40000"})
READY: dict[str, JsonValue] = {
    "id": "task-1",
    "status": "Ready",
    "result": {
        "sample": "https://delivery-eu1.bfl.ai/results/a/sample.jpeg?sig=b",
        "seed": 42,
        "prompt": "a face",
    },
}


def failure(task: dict[str, JsonValue]) -> ProviderBroken | ProviderRejected:
    outcome = read_task(task, HANDLE)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ProviderBroken | ProviderRejected)
    return outcome.error


def running(task: dict[str, JsonValue]) -> Running:
    outcome = read_task(task, HANDLE)
    assert isinstance(outcome, Running)
    return outcome


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (4, 40_000),
        (1.4, 14_000),
        (0, 0),
        (4.5, 45_000),
        (0.001, 10),
        (-1, None),
        ("4", None),
        (True, None),
        (None, None),
        (math.inf, None),
        (math.nan, None),
        (1e300, None),
    ],
)
def test_a_credit_is_a_cent(amount: JsonValue, expected: int | None) -> None:
    assert micro_usd(amount) == expected


def test_an_accepted_order_keeps_its_polling_address_and_cost() -> None:
    answer: dict[str, JsonValue] = {
        "id": "a",
        "polling_url": "https://api.eu1.bfl.ai/v1/get_result",
        "cost": 4,
    }

    assert read_accepted(answer, "bfl/flux-dev") == Handle(
        "a", {"polling": "https://api.eu1.bfl.ai/v1/get_result"}, "bfl/flux-dev", {"cost_micro_usd": "40000"}
    )


def test_an_answer_with_a_webhook_needs_no_polling_address() -> None:
    answer: dict[str, JsonValue] = {"id": "a", "status": "Pending", "webhook_url": "https://limner.example"}

    assert read_accepted(answer, "bfl/flux-dev") == Handle("a", {}, "bfl/flux-dev", {})


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": ""},
        {"id": None},
        {"id": 7},
        {"polling_url": "https://x"},
        {"id": "@everyone\nlook"},
        {"id": "x" * 201},
    ],
)
def test_an_answer_without_an_id_is_no_handle(answer: dict[str, JsonValue]) -> None:
    assert read_accepted(answer, "bfl/flux-dev") is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Ready", "ready"),
        (" Task  not found", "task not found"),
        ("REQUEST_MODERATED", "request moderated"),
        (7, ""),
    ],
)
def test_a_status_is_read_in_any_case(status: JsonValue, expected: str) -> None:
    assert status_of({"status": status}) == expected


def test_a_ready_task_is_a_picture_with_seed_and_the_submits_cost() -> None:
    address = "https://delivery-eu1.bfl.ai/results/a/sample.jpeg?sig=b"

    assert read_task(READY, HANDLE) == Finished(Picture(url=address), 42, 40_000)


def test_the_cost_that_a_ready_task_names_wins() -> None:
    outcome = read_task({**READY, "cost": 6.5}, HANDLE)

    assert isinstance(outcome, Finished)
    assert outcome.cost_micro_usd == 65_000


@pytest.mark.parametrize("seed", [None, "42", True, 4.5])
def test_a_seed_that_is_none_is_left_out(seed: JsonValue) -> None:
    outcome = read_task({"status": "Ready", "result": {"sample": "https://x", "seed": seed}}, HANDLE)

    assert isinstance(outcome, Finished)
    assert outcome.seed is None


@pytest.mark.parametrize("result", [None, {}, [], {"sample": None}, {"sample": ""}])
def test_a_ready_task_without_an_address_is_no_answer(result: JsonValue) -> None:
    assert read_task({"status": "Ready", "result": result}, HANDLE) is None


@pytest.mark.parametrize("status", ["Pending", "Reasoning", "Generating", "Queued", "Processing", "pending"])
def test_a_known_running_status_is_running(status: str) -> None:
    running({"status": status})


def test_an_unknown_status_is_running_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    answers._note_unknown.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            running({"status": "Contemplating"})

    assert [record.getMessage() for record in caplog.records] == [
        "a task has the unknown status 'contemplating'; it is taken as running"
    ]


@pytest.mark.parametrize(
    ("progress", "fraction"),
    [
        (None, None),
        (0, 0.0),
        (0.25, 0.25),
        (1, 1.0),
        (25, 0.25),
        (100, 1.0),
        (-3, 0.0),
        (900, 1.0),
        pytest.param(10**400, 1.0, id="enormous"),
        (float("nan"), None),
        ("a", None),
    ],
)
def test_progress_is_a_fraction_or_percent(progress: JsonValue, fraction: float | None) -> None:
    assert running({"status": "Pending", "progress": progress}).fraction == fraction


def test_a_newer_status_is_shown_and_pending_is_not() -> None:
    assert running({"status": "Reasoning"}).log_line == "reasoning"
    assert running({"status": "Pending"}).log_line is None


def test_a_refused_request_is_moderated_at_its_input_and_free() -> None:
    error = failure(
        {"status": "Request Moderated", "details": {"Moderation Reasons": ["Sexual Content", "Violence"]}}
    )

    assert (error.code, error.charged) == ("provider_moderated_input", False)
    assert error.fields == {"stage": "input", "reason": "Sexual Content, Violence"}


def test_a_withheld_picture_is_moderated_at_its_output_and_charged() -> None:
    error = failure({"status": "Content Moderated", "details": {"Moderation Reasons": "Violence"}})

    assert (error.code, error.charged) == ("provider_moderated_output", True)
    assert error.fields == {"stage": "output", "reason": "Violence", "cost_micro_usd": 40_000}


@pytest.mark.parametrize(("cost", "charged"), [(0, False), (4, True)])
@pytest.mark.parametrize("status", ["Request Moderated", "Content Moderated", "Error"])
def test_a_cost_named_at_the_end_says_whether_it_was_charged(status: str, cost: int, charged: bool) -> None:
    error = failure({"status": status, "cost": cost})

    assert error.charged is charged
    assert error.fields.get("cost_micro_usd") == (40_000 if charged else None)


@pytest.mark.parametrize("details", [None, {}, [], {"Moderation Reasons": None}, {"Moderation Reasons": [7]}])
def test_moderation_without_reasons_has_none(details: JsonValue) -> None:
    assert failure({"status": "Content Moderated", "details": details}).fields["reason"] is None


@pytest.mark.parametrize("status", ["Error", "Failed", "error"])
def test_a_failed_run_may_be_tried_again(status: str) -> None:
    error = failure(
        {"status": status, "details": {"error": "GPU fell off"}, "result": {"prompt": "a secret"}}
    )

    assert isinstance(error, ProviderBroken)
    assert (error.code, error.may_retry, error.charged) == ("provider_broken", True, False)
    assert error.vendor_text == "GPU fell off"


def test_a_task_that_is_not_found_is_lost() -> None:
    assert failure({"status": "Task not found"}).code == "provider_lost_order"
