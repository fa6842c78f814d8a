"""What OpenAI's refusals become: every row of its errors, by code before status."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
from services.providers.openai.refusals import key_refusal, refusal
from services.providers.openai.said import CODES
from tests.services.providers.openai.member import CATALOG, ORDER
from tests.services.providers.references import picture

KEY = "sk-proj-0123456789abcdef0123456789abcdef"
PROMPT = "a face that nobody else may read"
MODEL = CATALOG.by_id[ORDER.model]


NO_HEADERS: Mapping[str, str] = {}


def answer(
    status: int, body: object, headers: Mapping[str, str] = NO_HEADERS, purpose: Purpose = Purpose.SUBMIT
) -> Answer:
    """Return an answer of OpenAI's; texts stand as they are."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    request = HttpRequest("POST", "https://api.openai.com/v1/images/generations", purpose)
    return Answer(status, headers, content, request)


def said(
    code: str | None = None, kind: str = "invalid_request_error", param: str | None = None, **more: object
) -> dict[str, Any]:
    """Return an error body of the vendor's."""
    error = {"message": "It was refused.", "type": kind, "param": param, "code": code}
    return {"error": {**error, **more}}


def error_of(
    status: int, body: object, headers: Mapping[str, str] = NO_HEADERS, *, with_references: bool = False
) -> ProviderError:
    """Return what a refused submit becomes."""
    references = (picture("red"),) if with_references else ()
    order = replace(ORDER, prompt=PROMPT, references=references, parameters={"size": "10x10"})
    return refusal(answer(status, body, headers), order, MODEL, KEY)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (429, said("insufficient_quota", "insufficient_quota"), ProviderRefusedKey, "provider_no_balance"),
        (429, said(None, "insufficient_quota"), ProviderRefusedKey, "provider_no_balance"),
        (429, said("billing_not_active"), ProviderRefusedKey, "provider_no_balance"),
        (429, said("organization_spend_limit_exceeded"), ProviderRefusedKey, "provider_no_balance"),
        (429, said("project_spend_limit_exceeded"), ProviderRefusedKey, "provider_no_balance"),
        (400, said("billing_hard_limit_reached"), ProviderRefusedKey, "provider_no_balance"),
        (400, said(None, "billing_limit_user_error"), ProviderRefusedKey, "provider_no_balance"),
        (402, said("billing_hard_limit_reached"), ProviderRefusedKey, "provider_no_balance"),
        (401, said("invalid_api_key"), ProviderRefusedKey, "provider_refused_key"),
        (401, said("account_deactivated"), ProviderRefusedKey, "provider_refused_key"),
        (401, said(), ProviderRefusedKey, "provider_refused_key"),
        (401, "<html>", ProviderRefusedKey, "provider_refused_key"),
        (403, said(), ProviderRefusedKey, "provider_not_permitted"),
        (403, said("unsupported_country_region_territory"), ProviderRefusedKey, "provider_not_permitted"),
        (403, "<html>", ProviderBroken, "provider_unreachable"),
        (404, said("model_not_found", param="model"), ProviderRefusedKey, "provider_model_gone"),
        (400, said("invalid_value", param="model"), ProviderRefusedKey, "provider_model_gone"),
        (429, said("rate_limit_exceeded", "requests"), ProviderBusy, "provider_busy"),
        (429, said(None, "tokens"), ProviderBusy, "provider_busy"),
        (429, "<html>", ProviderBusy, "provider_busy"),
        (400, said(), ProviderRejected, "provider_rejected"),
        (500, said(None, "server_error"), ProviderError, "provider_failed_inside"),
        (503, said(None, "server_error"), ProviderBroken, "provider_broken"),
        (503, said(None, "service_unavailable"), ProviderBroken, "provider_broken"),
        (500, said(None, "something_new"), ProviderUnknown, "provider_unknown"),
        (502, said(None, "server_error"), ProviderUnknown, "provider_unknown"),
        (504, said(None, "server_error"), ProviderUnknown, "provider_unknown"),
        (500, "<html>", ProviderUnknown, "provider_unknown"),
        (503, "<html>", ProviderUnknown, "provider_unknown"),
        (503, "", ProviderUnknown, "provider_unknown"),
        (500, {"error": "a text"}, ProviderUnknown, "provider_unknown"),
        (408, said(), ProviderUnknown, "provider_unknown"),
        (307, said(), ProviderUnknown, "provider_unknown"),
    ],
)
def test_a_refusal_goes_by_its_code_before_its_status(
    status: int, body: object, kind: type[ProviderError], code: str
) -> None:
    error = error_of(status, body)

    assert (type(error), error.code, error.charged) == (kind, code, False)


@pytest.mark.parametrize("code", CODES)
def test_a_code_means_the_same_under_every_status(code: str) -> None:
    kinds = {(type(each), each.code) for each in (error_of(status, said(code)) for status in (400, 403, 429))}

    assert kinds == {CODES[code]}


@pytest.mark.parametrize(
    ("code", "details", "expected", "charged"),
    [
        ("moderation_blocked", {"moderation_stage": "input"}, "provider_moderated_input", False),
        ("moderation_blocked", {"moderation_stage": "output"}, "provider_moderated_output", True),
        ("moderation_blocked", None, "provider_moderated", False),
        ("moderation_blocked", {"moderation_stage": "elsewhere"}, "provider_moderated", False),
        ("content_policy_violation", None, "provider_moderated", False),
        (None, None, "provider_moderated", False),
    ],
)
def test_moderation_says_its_stage_and_nothing_of_what_it_found(
    code: str | None, details: object, expected: str, *, charged: bool
) -> None:
    message = "Your request was rejected by the safety system. Request ID req_1. safety_violations=[sexual]."
    found = {"categories": ["sexual"], **details} if isinstance(details, dict) else details
    body = said(code, "image_generation_user_error", message=message, moderation_details=found)
    error = error_of(400, body)

    assert (type(error), error.code, error.charged) == (ProviderRejected, expected, charged)
    assert "sexual" not in f"{error} {error.vendor_text} {dict(error.fields)}"


def test_a_model_that_is_gone_is_named() -> None:
    assert error_of(404, said("model_not_found")).fields["model"] == MODEL.title


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "2500", "retry-after": "60"}, 2.5),
        ({"retry-after-ms": "999999999999"}, 120.0),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({}, 5.0),
    ],
)
def test_a_busy_service_is_asked_again_after_its_own_wait(headers: dict[str, str], wait_s: float) -> None:
    error = error_of(429, said("rate_limit_exceeded"), headers)

    assert isinstance(error, ProviderBusy)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("code", "param", "allowed", "found"),
    [
        ("invalid_value", "size", MODEL.parameters["size"].allowed, "10x10"),
        ("unknown_parameter", "steps", "nothing here: the model does not take it", "nothing"),
        ("invalid_value", "steps", "something else", "nothing"),
        ("string_above_max_length", "prompt", "1..32000 characters", f"{len(PROMPT)} characters"),
    ],
)
def test_a_bad_option_is_named_with_what_is_allowed(code: str, param: str, allowed: str, found: str) -> None:
    error = error_of(400, said(code, param=param))

    assert (type(error), error.code) == (ProviderRejected, "provider_bad_option")
    assert dict(error.fields) == {"field": param, "allowed": allowed, "found": found}


@pytest.mark.parametrize(
    ("status", "code", "param", "reason"),
    [
        (400, "invalid_image_file", "image", "the image service cannot use it"),
        (400, "invalid_image_file", None, "the image service cannot use it"),
        (400, "unsupported_file_mimetype", "image[1]", "the image service cannot use it"),
        (400, "image_too_large", "image", "its file is too large"),
        (413, None, None, "its file is too large"),
    ],
)
def test_a_bad_reference_says_why(status: int, code: str | None, param: str | None, reason: str) -> None:
    error = error_of(status, said(code, param=param), with_references=True)

    assert (type(error), error.code) == (ProviderRejected, "provider_bad_reference")
    assert error.fields["reason"] == reason


def test_vendor_words_come_without_the_prompt_and_the_key() -> None:
    message = f"Bad key {KEY} for '{PROMPT}'."
    error = error_of(401, said("invalid_api_key", message=message), {"x-request-id": "req_42"})

    assert error.vendor_text == "Bad key [...] for '[...]'."
    assert str(error).endswith("status 401 invalid_api_key req_42")
    assert KEY not in repr(error)


def key_error(status: int, body: object) -> ProviderError | None:
    """Return why a key is not good after `GET /models` was refused."""
    return key_refusal(answer(status, body, purpose=Purpose.POLL), KEY)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, said("invalid_api_key"), ProviderRefusedKey, "provider_refused_key"),
        (401, said(), ProviderRefusedKey, "provider_refused_key"),
        (401, "", ProviderRefusedKey, "provider_refused_key"),
        (403, said("unsupported_country_region_territory"), ProviderRefusedKey, "provider_not_permitted"),
        (403, "<html>", ProviderBroken, "provider_broken"),
        (404, said("model_not_found"), ProviderBroken, "provider_broken"),
        (404, "<html>", ProviderBroken, "provider_broken"),
        (429, said("insufficient_quota"), ProviderRefusedKey, "provider_no_balance"),
        (429, said("rate_limit_exceeded"), ProviderBusy, "provider_busy"),
        (429, "", ProviderBusy, "provider_busy"),
        (500, said(None, "server_error"), ProviderBusy, "provider_unreachable"),
        (502, "<html>", ProviderBusy, "provider_unreachable"),
    ],
)
def test_a_key_is_refused_only_where_the_vendor_refuses_it(
    status: int, body: object, kind: type[ProviderError], code: str
) -> None:
    error = key_error(status, body)

    assert (type(error), getattr(error, "code", "")) == (kind, code)


def test_a_key_that_may_not_list_models_is_good_all_the_same() -> None:
    message = "You have insufficient permissions for this operation. Missing scopes: api.model.read."

    assert key_error(403, said(message=message)) is None
