"""What a refused submit means: the body first, then the status.

Documented are the statuses 400, 402, 403, 422, 429, 500 and 503, and the body of 422. *Source:* docs.bfl.ai, errors;
OpenAPI, HTTPValidationError. The other bodies are not: a `detail` text, `message` and `error` are all read.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.crossing import status_error
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
)
from services.http import Answer, object_in
from services.models import JsonValue
from services.providers.base import PaintOrder
from services.providers.bfl.orders import reference_fields
from services.providers.model import Model
from services.retry_after import read_told_wait_s
from services.vendor_text import vendor_text

_INPUT_STATUSES: Final = frozenset({400, 413, 415, 422})
_GONE_STATUSES: Final = frozenset({404, 405, 410})

_LONGEST_NAME: Final = 60

_LIMITS: Final = (
    ("expected", "{}"),
    ("ge", "at least {}"),
    ("gt", "more than {}"),
    ("le", "at most {}"),
    ("lt", "less than {}"),
    ("multiple_of", "a multiple of {}"),
    ("min_length", "at least {} characters"),
    ("max_length", "at most {} characters"),
)
"""The `ctx` of a validation error in words. *Source:* pydantic, "Validation errors"."""

_RULES: Final[Mapping[str, str]] = {
    "missing": "a value; none was sent",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
}
"""What is allowed where only the `type` of a validation error says it."""

_REFERENCE_RULES: Final[Mapping[str, str]] = {
    "missing": "the model needs one",
    "extra_forbidden": "the model takes fewer",
    "string_too_long": "its file is too large",
    "too_long": "its file is too large",
}


class _Breach(NamedTuple):
    """One broken rule of a body: the field, pydantic's type of the breach, and its limits."""

    field: str
    type: str
    limits: Mapping[str, JsonValue]


def refusal(answer: Answer, order: PaintOrder, model: Model | None, key: str) -> ProviderError:
    """Return the error of a submit whose answer is not 2xx. Blocks for a large body: runs in a thread."""
    body = object_in(answer.body)
    error = _by_body(answer, body, order, model) or _by_status(answer, body, order, model)
    error.vendor_text = _words(body, (*order.words, key))
    return error


def read_wait_s(answer: Answer, body: Mapping[str, JsonValue]) -> float:
    """Return how long a busy vendor asks to wait, 1..120 s: by header, else by `retry_after` in the body.

    Neither is documented for this vendor; both are habits of others.
    """
    return read_told_wait_s(answer.headers.get("retry-after", body.get("retry_after")))


def _by_status(
    answer: Answer, body: Mapping[str, JsonValue], order: PaintOrder, model: Model | None
) -> ProviderError:
    text = f"{answer.request}: status {answer.status}"
    if answer.status == 429:
        return ProviderBusy("provider_busy", text, retry_after_s=read_wait_s(answer, body))
    if answer.status == 413 and order.references:
        return ProviderRejected("provider_bad_reference", text, reason=_REFERENCE_RULES["too_long"])
    if answer.status in _GONE_STATUSES:
        return ProviderRefusedKey("provider_model_gone", text, model=model.title if model else order.model)
    if answer.status == 503 and body:
        # Documented as maintenance or load, and said by the vendor itself: nothing was accepted. The same status
        # with a page of HTML comes from some gateway on the way, behind which the order may have arrived.
        return ProviderBroken("provider_broken", text)
    return status_error(answer.request.purpose, answer.status, answer.headers.get("retry-after"), text)


def _by_body(
    answer: Answer, body: Mapping[str, JsonValue], order: PaintOrder, model: Model | None
) -> ProviderError | None:
    """Return the error of a field that is named, None where the body names none."""
    breach = _breach(body) if answer.status in _INPUT_STATUSES else None
    if breach is None:
        return None
    text = f"{answer.request}: {breach.field}: {breach.type}"
    references = reference_fields(model.capabilities, model.capabilities.references) if model else ()
    if breach.field in references or breach.field.startswith(("input_image", "image_prompt")):
        reason = _REFERENCE_RULES.get(breach.type, "it cannot be read")
        return ProviderRejected("provider_bad_reference", text, reason=reason)
    parameter = model.parameters.get(breach.field) if model else None
    return ProviderRejected(
        "provider_bad_option",
        text,
        field=breach.field,
        allowed=parameter.allowed if parameter else _allowed(breach),
        found=_found(breach.field, order),
    )


def _breach(body: Mapping[str, JsonValue]) -> _Breach | None:
    """Return the first broken rule. *Source:* HTTPValidationError, `detail: [{loc, msg, type}]`."""
    detail = body.get("detail")
    first = detail[0] if isinstance(detail, list) and detail else None
    loc = first.get("loc") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(loc, list):
        return None
    names = [each for each in loc if isinstance(each, str) and each != "body"]
    limits = first.get("ctx")
    return (
        _Breach(
            vendor_text(names[0])[:_LONGEST_NAME],
            vendor_text(str(first.get("type", "")))[:_LONGEST_NAME],
            limits if isinstance(limits, dict) else {},
        )
        if names
        else None
    )


def _allowed(breach: _Breach) -> str | None:
    """Return what a field may be in words, None where that is not said (a field that the model does not take)."""
    said = [
        words.format(limit)
        for name, words in _LIMITS
        if isinstance(limit := breach.limits.get(name), str | int | float)
    ]
    return vendor_text(" and ".join(said)) or _RULES.get(breach.type)


def _found(field: str, order: PaintOrder) -> str | None:
    """Return what was sent, None for nothing. Not the vendor's `input`, which repeats whole bodies."""
    if field == "prompt":
        return f"{len(order.prompt)} characters"
    sent = order.image_seed if field == "seed" else order.parameters.get(field)
    return None if sent is None else str(sent)[:60]


def _words(body: Mapping[str, JsonValue], private: tuple[str, ...]) -> str:
    """Return what the vendor says, without what we sent: its texts may quote the order."""
    detail = body.get("detail")
    entries = [each for each in detail if isinstance(each, dict)] if isinstance(detail, list) else []
    said = [f"{each.get('loc')}: {each.get('msg')}" for each in entries]
    said += [text for name in ("detail", "message", "error") if isinstance(text := body.get(name), str)]
    return vendor_text("; ".join(said), private)
