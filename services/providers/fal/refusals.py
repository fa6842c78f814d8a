"""What fal's refusals mean: the body first, then the status.

    submit_refusal   of a submit: what does not prove that nothing was accepted is ProviderUnknown
    run_failure      of an order that was accepted: how it ended
    call_error       of every other call: nothing about an order

fal has two kinds of errors. Those of models are a list of entries, told apart by `type` (`model_errors.py`); those of
its own machinery have an `error_type`, told apart here. Texts are never parsed, but for the empty balance, which has
no type of its own. *Source:* fal.ai, model errors and request errors.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from services.crossing import Purpose, status_error
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.http import Answer, object_in
from services.models import NO_PARAMETERS, JsonValue, Parameters
from services.providers.fal.model_errors import Breach, entry_error, find_breach
from services.providers.model import Model
from services.providers.parameters import LONGEST_SHOWN
from services.vendor_text import vendor_text


class RequestError(NamedTuple):
    """What an error of fal's own machinery means for an order that it ends.

    `is_unstarted`: it says that no runner ever had the order, so even a submit that is answered by it is free and may
    be sent again.
    """

    kind: type[ProviderError]
    code: str
    is_unstarted: bool = False


REQUEST_ERRORS: Final[Mapping[str, RequestError]] = {
    "request_timeout": RequestError(ProviderBroken, "provider_timed_out", is_unstarted=True),
    "startup_timeout": RequestError(ProviderBroken, "provider_timed_out", is_unstarted=True),
    "runner_scheduling_failure": RequestError(ProviderBroken, "provider_broken", is_unstarted=True),
    "runner_connection_timeout": RequestError(ProviderBroken, "provider_broken", is_unstarted=True),
    "runner_connection_refused": RequestError(ProviderBroken, "provider_broken", is_unstarted=True),
    "runner_disconnected": RequestError(ProviderBroken, "provider_broken"),
    "runner_connection_error": RequestError(ProviderBroken, "provider_broken"),
    "runner_incomplete_response": RequestError(ProviderBroken, "provider_broken"),
    "runner_server_error": RequestError(ProviderBroken, "provider_broken"),
    "internal_error": RequestError(ProviderBroken, "provider_broken"),
    "client_disconnected": RequestError(ProviderRejected, "provider_canceled"),
    "client_cancelled": RequestError(ProviderRejected, "provider_canceled"),
    "bad_request": RequestError(ProviderRejected, "provider_rejected"),
}
"""*Source:* fal.ai, request errors. None of them is billed: "5xx are not", and 499 is ours."""

_UNREADY: Final = re.compile(r"still in progress", re.IGNORECASE)
_BALANCE: Final = re.compile(r"\bbalance\b", re.IGNORECASE)
_INPUT_STATUSES: Final = frozenset({400, 413, 415, 422})
_GONE_STATUSES: Final = frozenset({404, 405, 410})
_MOST_UNITS: Final = 1e6


@dataclass(frozen=True, slots=True)
class Said:
    """One refusal. `text` is for the log, `parameters` are what was sent, `private` what its words must not repeat."""

    status: int
    body: Mapping[str, JsonValue]
    headers: Mapping[str, str]
    text: str
    model: Model | None = None
    parameters: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    private: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> "Said":
        """Return what an answer says."""
        text = f"{answer.request}: status {answer.status}"
        return cls(answer.status, object_in(answer.body), answer.headers, text)

    @property
    def error_type(self) -> str:
        """Return the type of an error of fal's own machinery, "" for any other."""
        told = self.body.get("error_type") or self.headers.get("x-fal-error-type")
        return told if isinstance(told, str) else ""

    @property
    def is_retryable(self) -> bool | None:
        """Return what fal says about trying again, None where it says nothing. *Source:* fal.ai, model errors."""
        told = self.headers.get("x-fal-retryable") or self.headers.get("x-fal-needs-retry") or ""
        return {"true": True, "1": True, "false": False, "0": False}.get(told.strip().lower())

    @property
    def words(self) -> str:
        """Return what fal says, harmless. Not its `input` and `ctx`, which repeat what was sent."""
        detail = self.body.get("detail")
        entries = [each for each in detail if isinstance(each, dict)] if isinstance(detail, list) else []
        texts = [f"{each.get('type')}: {each.get('msg')}" for each in entries]
        texts += [
            each for name in ("detail", "error", "status") if isinstance(each := self.body.get(name), str)
        ]
        return vendor_text("; ".join([*texts, self.error_type] if self.error_type else texts), self.private)

    def error(
        self, kind: type[ProviderError], code: str, *, charged: bool = False, **fields: str | None
    ) -> ProviderError:
        """Return an error with fal's words."""
        return kind(code, self.text, charged=charged, vendor_text=self.words, **fields)


def read_units(headers: Mapping[str, str]) -> float | None:
    """Return the units that were billed, None where fal does not say. *Source:* fal.ai, `X-Fal-Billable-Units`."""
    try:
        units = float(headers.get("x-fal-billable-units", ""))
    except ValueError:
        return None
    return units if math.isfinite(units) and 0 <= units < _MOST_UNITS else None


def submit_refusal(said: Said) -> ProviderError:
    """Return the error of a submit that was not taken, or may have been."""
    refusal = _account_error(said) or _gone(said)
    if refusal is not None:
        return refusal
    if said.status in _INPUT_STATUSES and (breach := find_breach(said.body)) is not None:
        error = _of_entry(said, breach)
        # An entry about the input proves that nothing was accepted; one about a run that failed does not.
        is_proof = isinstance(error, ProviderRejected)
        return error if is_proof else said.error(ProviderUnknown, "provider_unknown")
    if said.status == 413 and said.model is not None and said.model.capabilities.references:
        return said.error(ProviderRejected, "provider_bad_reference", reason="its file is too large")
    known = REQUEST_ERRORS.get(said.error_type)
    if known is not None and known.is_unstarted:
        return said.error(known.kind, known.code)
    error = status_error(Purpose.SUBMIT, said.status, said.headers.get("retry-after"), said.text)
    error.vendor_text = said.words
    return error


def run_failure(said: Said) -> ProviderError | None:
    """Return how an accepted order ended without a picture, None where this says nothing about it.

    That a 422 is charged "if GPU time was spent" shows in the billed units only. *Source:* fal.ai, FAQ.
    """
    error, units = _run_error(said), read_units(said.headers) or 0
    if isinstance(error, ProviderRejected) and units > 0:
        price = said.model.price if said.model is not None else None
        error.charged = True
        cost = None if price is None else price.of_units(units)
        error.fields = {**error.fields, "cost_micro_usd": cost}
    return error


def _run_error(said: Said) -> ProviderError | None:
    known = REQUEST_ERRORS.get(said.error_type)
    if known is not None:
        return said.error(known.kind, known.code)
    breach = find_breach(said.body)
    if breach is not None:
        return _of_entry(said, breach)
    return None if _is_about_the_call(said) else _run_error_by_status(said)


def _run_error_by_status(said: Said) -> ProviderError | None:
    if said.status == 404 and said.body.get("status") == "NOT_FOUND":
        return said.error(ProviderBroken, "provider_lost_order")
    if said.status == 504 and said.headers.get("x-fal-request-timeout-type", "").lower() == "user":
        return said.error(ProviderBroken, "provider_timed_out")
    if said.status == 499:
        return said.error(ProviderRejected, "provider_canceled")
    if said.status >= 500:
        return said.error(ProviderBroken, "provider_broken")
    return _gone(said) or said.error(ProviderRejected, "provider_rejected")


def _is_about_the_call(said: Said) -> bool:
    """Tell whether it speaks of our question and not of the order: no JSON, the key, haste, or no result yet."""
    detail = said.body.get("detail")
    is_unready = said.status == 400 and isinstance(detail, str) and _UNREADY.search(detail) is not None
    is_silent = not (said.body.keys() & {"detail", "error", "error_type", "status"})
    return is_silent or is_unready or said.status in {401, 403, 408, 429}


def call_error(answer: Answer) -> ProviderError:
    """Return what went wrong with a call that is no submit: the key, the account, haste, or a moment of weakness."""
    said = Said.of(answer)
    account = _account_error(said)
    if account is not None:
        return account
    error = ProviderBusy("provider_unreachable", said.text, vendor_text=said.words)
    if said.status == 429:
        haste = status_error(Purpose.POLL, 429, said.headers.get("retry-after"), said.text)
        haste.vendor_text = said.words
        return haste
    return error


def _account_error(said: Said) -> ProviderError | None:
    """Return the error of a key or an account that is refused. An empty balance is a 403, no 402."""
    if said.status == 401:
        return said.error(ProviderRefusedKey, "provider_refused_key")
    if said.status == 402 or (said.status == 403 and _BALANCE.search(said.words)):
        return said.error(ProviderRefusedKey, "provider_no_balance")
    return said.error(ProviderRefusedKey, "provider_not_permitted") if said.status == 403 else None


def _gone(said: Said) -> ProviderError | None:
    """Return the error of an endpoint that fal does not have (any more)."""
    if said.status not in _GONE_STATUSES:
        return None
    return said.error(
        ProviderRefusedKey, "provider_model_gone", model=said.model.title if said.model else None
    )


def _of_entry(said: Said, breach: Breach) -> ProviderError:
    """Return the error of one entry of `detail`, with our own value of the field that it names."""
    found = said.parameters.get(breach.field)
    if found is not None:
        breach = replace(breach, found=str(found)[:LONGEST_SHOWN])
    error = entry_error(breach, said.model, said.text, is_retryable=said.is_retryable)
    error.vendor_text = said.words
    return error
