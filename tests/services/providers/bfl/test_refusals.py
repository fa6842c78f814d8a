"""A refused submit becomes the error of whoever can act, and says nothing of what was sent."""

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
from services.providers.base import PaintOrder, Reference
from services.providers.bfl.refusals import refusal
from services.providers.model import Model
from tests.services.providers.bfl.models import model_of

DEV = model_of("flux-dev")
KEY = "secret-key-7"
PROMPT = "a very private prompt"
REQUEST = HttpRequest("POST", "https://api.bfl.ai/v1/flux-dev", Purpose.SUBMIT)
ORDER = PaintOrder(
    "bfl/flux-dev",
    "flux-dev",
    PROMPT,
    42,
    {"width": 2000, "unknown": "x"},
    references=(Reference(b"", "image/png", 1, 1),),
)


def refused(
    status: int,
    body: JsonValue | bytes,
    headers: dict[str, str] | None = None,
    model: Model | None = DEV,
) -> ProviderError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(Answer(status, headers or {}, data, REQUEST), ORDER, model, KEY)


def entry(field: str, kind: str, **ctx: JsonValue) -> JsonValue:
    return {"detail": [{"loc": ["body", field], "msg": f"about {field}", "type": kind, "ctx": ctx}]}


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, ProviderRejected, "provider_rejected"),
        (401, ProviderRefusedKey, "provider_refused_key"),
        (402, ProviderRefusedKey, "provider_no_balance"),
        (403, ProviderRefusedKey, "provider_refused_key"),
        (404, ProviderRefusedKey, "provider_model_gone"),
        (405, ProviderRefusedKey, "provider_model_gone"),
        (410, ProviderRefusedKey, "provider_model_gone"),
        (413, ProviderRejected, "provider_bad_reference"),
        (422, ProviderRejected, "provider_rejected"),
        (429, ProviderBusy, "provider_busy"),
        (500, ProviderUnknown, "provider_unknown"),
        (502, ProviderUnknown, "provider_unknown"),
        (503, ProviderBroken, "provider_broken"),
        (504, ProviderUnknown, "provider_unknown"),
        (302, ProviderUnknown, "provider_unknown"),
    ],
)
def test_a_status_without_a_named_field_is_its_own_error(
    status: int, kind: type[ProviderError], code: str
) -> None:
    error = refused(status, {"detail": "some words"})

    assert (type(error), error.code, error.vendor_text) == (kind, code, "some words")


@pytest.mark.parametrize("body", [b"", b"<html>503</html>", b"[]"])
def test_a_503_that_is_not_the_vendors_own_may_stand_for_an_accepted_order(body: bytes) -> None:
    assert isinstance(refused(503, body), ProviderUnknown)


def test_a_retired_model_is_named() -> None:
    assert refused(404, {"detail": "Not Found"}).fields == {"model": "FLUX-DEV"}
    assert refused(404, {"detail": "Not Found"}, model=None).fields == {"model": "bfl/flux-dev"}


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({}, {"detail": "slow down"}, 5.0),
        ({"retry-after": "7"}, {"detail": "slow down", "retry_after": 90}, 7.0),
        ({}, {"error": "rate_limit", "retry_after": 30}, 30.0),
        ({}, {"retry_after": 0.2}, 1.0),
        ({}, {"retry_after": 9_999}, 120.0),
        pytest.param({}, {"retry_after": 10**400}, 120.0, id="enormous"),
        ({}, {"retry_after": "12"}, 12.0),
        ({}, {"retry_after": True}, 5.0),
        ({}, {"retry_after": "soon"}, 5.0),
    ],
)
def test_a_busy_vendor_says_in_header_or_body_when_to_come_back(
    headers: dict[str, str], body: JsonValue, wait_s: float
) -> None:
    error = refused(429, body, headers)

    assert isinstance(error, ProviderBusy)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("body", "field", "allowed", "found"),
    [
        (entry("width", "less_than_equal", le=1440), "width", "256..1440 in steps of 32", "2000"),
        (entry("unknown", "extra_forbidden"), "unknown", None, "x"),
        (entry("raw", "bool_type"), "raw", "true or false", None),
        (entry("raw", "enum", expected="'a' or 'b'"), "raw", "'a' or 'b'", None),
        (entry("other", "range", ge=1, le=5), "other", "at least 1 and at most 5", None),
        (entry("other", "new_type"), "other", None, None),
        (entry("seed", "less_than_equal", le=9), "seed", "at most 9", "42"),
        (
            entry("prompt", "string_too_long", max_length=10),
            "prompt",
            "at most 10 characters",
            "21 characters",
        ),
    ],
)
def test_a_broken_rule_names_its_field_and_what_is_allowed(
    body: JsonValue, field: str, allowed: str | None, found: str | None
) -> None:
    error = refused(422, body)

    assert (type(error), error.code) == (ProviderRejected, "provider_bad_option")
    assert error.fields == {"field": field, "allowed": allowed, "found": found}


@pytest.mark.parametrize(
    ("field", "kind", "reason"),
    [
        ("image_prompt", "value_error", "it cannot be read"),
        ("input_image_3", "extra_forbidden", "the model takes fewer"),
        ("input_image", "missing", "the model needs one"),
        ("image_prompt", "string_too_long", "its file is too large"),
    ],
)
def test_a_bad_reference_is_told_apart_from_a_bad_option(field: str, kind: str, reason: str) -> None:
    error = refused(422, entry(field, kind))

    assert (error.code, error.fields) == ("provider_bad_reference", {"reason": reason})


@pytest.mark.parametrize(
    "detail", [[], [7], [{}], [{"loc": "body"}], [{"loc": ["body"]}], [{"loc": [7]}], {}, None, "text"]
)
def test_a_detail_that_names_no_field_is_a_plain_refusal(detail: JsonValue) -> None:
    assert refused(422, {"detail": detail}).code == "provider_rejected"


@pytest.mark.parametrize(
    "body",
    [
        {"detail": f"bad request: {PROMPT} with {KEY}"},
        {"message": f"{PROMPT} {KEY}"},
        {"error": f"{KEY}"},
        {
            "detail": [
                {"loc": ["body", "width"], "msg": f"no {PROMPT}", "type": "x", "input": {"prompt": PROMPT}}
            ]
        },
        {
            "detail": [
                {"loc": ["body", "prompt"], "msg": "too long", "type": "string_too_long", "input": PROMPT}
            ]
        },
    ],
)
def test_neither_prompt_nor_key_is_repeated(body: JsonValue) -> None:
    error = refused(422, body)
    said = f"{error!r} {error.vendor_text} {dict(error.fields)}"

    assert error.vendor_text
    assert PROMPT not in said
    assert KEY not in said
