"""Each refusal of ModelsLab, with the HTTP status of the documents and with the 200 that often comes instead."""

import pytest

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.models import JsonValue
from services.providers.modelslab.errors import (
    Refusal,
    call_error,
    poll_failure,
    submit_error,
)
from services.providers.modelslab.wire import read_reply
from tests.services.providers.modelslab.bench import PARAMETERS

KEY = "a-key-that-nobody-may-see"
PROMPT = "a portrait of my neighbour Anna"

SENTENCES = [
    (429, "Rate limit exceeded. Maximum 5 queued requests allowed.", ProviderBusy, "provider_busy"),
    (
        402,
        "Insufficient credits. Please add more credits to continue.",
        ProviderRefusedKey,
        "provider_no_balance",
    ),
    (
        403,
        "This feature requires a premium subscription",
        ProviderRefusedKey,
        "provider_not_permitted",
    ),
    (401, "Invalid API key", ProviderRefusedKey, "provider_refused_key"),
    (401, "API key required", ProviderRefusedKey, "provider_refused_key"),
    (400, "key is required", ProviderRefusedKey, "provider_refused_key"),
    (400, "Model not found: flux_headshot", ProviderRefusedKey, "provider_model_gone"),
    (404, "The requested endpoint was not found", ProviderRefusedKey, "provider_model_gone"),
    (400, "prompt is required", ProviderRejected, "provider_bad_option"),
    (400, "width must be between 256 and 1024", ProviderRejected, "provider_bad_option"),
    (400, "No face detected in face_image", ProviderRejected, "provider_no_face"),
    (400, "Could not detect a face", ProviderRejected, "provider_no_face"),
    (400, "Face was not found", ProviderRejected, "provider_no_face"),
    (400, "Unable to fetch image from provided URL", ProviderRejected, "provider_bad_reference"),
    (400, "Image format not supported", ProviderRejected, "provider_bad_reference"),
    (400, "Invalid base64 string", ProviderRejected, "provider_bad_reference"),
    (400, "NSFW content detected in prompt", ProviderRejected, "provider_moderated_input"),
    (503, "Service temporarily unavailable. Please try again later.", ProviderBroken, "provider_broken"),
    (500, "Internal server error. Please try again.", ProviderUnknown, "provider_unknown"),
    (400, "Something is odd here", ProviderRejected, "provider_rejected"),
]
"""HTTP status, sentence, and what an order refused like this becomes."""


def refusal(status: int, message: JsonValue, **more: JsonValue) -> Refusal:
    return Refusal(
        read_reply(status, {"status": "error", "message": message, **more}), "POST /x: 400", (PROMPT, KEY)
    )


@pytest.mark.parametrize(("status", "message", "kind", "code"), SENTENCES)
def test_a_refused_order_is_told_by_status_and_words(
    status: int, message: str, kind: type[ProviderError], code: str
) -> None:
    for http_status in (status, 200):
        error = submit_error(refusal(http_status, message), PARAMETERS)
        assert (type(error), error.code, error.vendor_text) == (kind, code, message)


def test_a_failure_inside_the_service_without_a_known_word_is_unknown() -> None:
    assert isinstance(submit_error(refusal(507, "Oops"), PARAMETERS), ProviderUnknown)


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            "width must be between 256 and 1024",
            {"field": "width", "allowed": "between 256 and 1024", "found": "512"},
        ),
        ("height must be divisible by 8", {"field": "height", "allowed": "divisible by 8", "found": "768"}),
        ("prompt must be a string", {"field": "prompt", "allowed": "a string"}),
        ("prompt is required", {"field": "prompt", "allowed": "anything but nothing"}),
        ("The seed field must be an integer.", {"field": "seed", "allowed": "an integer."}),
    ],
)
def test_a_bad_option_is_named_with_its_range_and_our_value(message: str, fields: dict[str, str]) -> None:
    assert submit_error(refusal(400, message), PARAMETERS).fields == fields


def test_a_moderated_order_says_its_stage_and_that_nothing_was_charged() -> None:
    error = submit_error(refusal(200, "Prompt violates our safety rules"), PARAMETERS)

    assert (error.code, error.fields["stage"], error.charged) == ("provider_moderated_input", "input", False)


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        (30, 30),
        (2.5, 2.5),
        ("12", 12),
        (0, 1),
        (9999, 120),
        pytest.param(10**400, 120, id="enormous"),
        (-3, 1),
        (None, 5),
        (True, 5),
        ("soon", 5),
        ([3], 5),
    ],
)
def test_a_busy_service_is_asked_again_after_the_wait_in_its_body(
    retry_after: JsonValue, wait_s: float
) -> None:
    error = submit_error(refusal(429, "Rate limit exceeded", retry_after=retry_after), PARAMETERS)

    assert isinstance(error, ProviderBusy)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("body", "wait_s"),
    [({}, 7), ({"retry_after": None}, 7), ({"retry_after": 0}, 1), ({"retry_after": 20}, 20)],
)
def test_the_header_counts_where_the_body_names_no_wait(body: dict[str, JsonValue], wait_s: float) -> None:
    reply = read_reply(429, {"status": "error", **body}, "7")

    assert getattr(submit_error(Refusal(reply, "", (KEY,)), PARAMETERS), "retry_after_s", None) == wait_s


@pytest.mark.parametrize(("status", "message", "kind", "code"), SENTENCES)
def test_what_fetch_says_of_the_call_or_the_account_does_not_end_the_order(
    status: int, message: str, kind: type[ProviderError], code: str
) -> None:
    if kind is ProviderRejected:
        return
    for http_status in (status, 200):
        with pytest.raises(ProviderError) as caught:
            poll_failure(refusal(http_status, message))
        is_transient = kind in (ProviderBroken, ProviderUnknown)
        expected = (ProviderBusy, "provider_unreachable") if is_transient else (kind, code)
        assert (type(caught.value), caught.value.code) == expected


@pytest.mark.parametrize(
    ("message", "kind", "code", "is_charged"),
    [
        ("NSFW content detected", ProviderRejected, "provider_moderated_output", True),
        ("No face detected", ProviderRejected, "provider_no_face", False),
        ("Unable to fetch image from provided URL", ProviderRejected, "provider_bad_reference", False),
        ("Image generation failed", ProviderBroken, "provider_broken", False),
        ("Failed, reason unknown", ProviderBroken, "provider_broken", False),
    ],
)
def test_what_fetch_says_of_the_order_ends_it(
    message: str, kind: type[ProviderError], code: str, is_charged: bool
) -> None:
    error = poll_failure(refusal(200, message)).error

    assert (type(error), error.code, error.charged) == (kind, code, is_charged)


@pytest.mark.parametrize(
    "message", ["Internal server error. Please try again.", "Rate limit", "credits", "", "Oops"]
)
def test_a_failed_order_has_ended_whatever_the_words(message: str) -> None:
    failed = Refusal(read_reply(200, {"status": "failed", "message": message}), "", (KEY,))

    assert isinstance(poll_failure(failed).error, ProviderBroken)


def test_a_call_that_orders_nothing_is_only_ever_late_or_about_the_account() -> None:
    assert isinstance(call_error(refusal(500, "Internal server error")), ProviderBusy)
    assert isinstance(call_error(refusal(400, "prompt is required")), ProviderBusy)
    assert call_error(refusal(200, "Invalid API key")).code == "provider_refused_key"


def test_the_vendors_words_are_short_and_never_hold_the_key() -> None:
    error = submit_error(
        refusal(400, f"bad request: {{'key': '{KEY}', 'x': {'y' * 5_000}}}\n\x07"), PARAMETERS
    )

    assert KEY not in error.vendor_text
    assert KEY not in repr(refusal(400, KEY))
    assert len(error.vendor_text) <= 300
    assert error.vendor_text.isprintable()
    assert str(error) == "POST /x: 400"


@pytest.mark.parametrize("message", [f"{KEY} must be active", f"The value {KEY} is required"])
def test_a_key_is_never_taken_for_the_name_of_a_field(message: str) -> None:
    error = submit_error(refusal(400, message), PARAMETERS)

    assert KEY not in f"{dict(error.fields)} {error.vendor_text}"


def test_the_vendors_words_do_not_repeat_the_order() -> None:
    error = submit_error(refusal(400, f"NSFW content in: {PROMPT[:25]}"), PARAMETERS)

    assert error.vendor_text == "NSFW content in: [...]"
