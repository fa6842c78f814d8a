"""What Black Forest Labs answers, as values: an accepted order, the state of a task, the credits of an account.

*Source:* OpenAPI of api.bfl.ai, version 0.0.1, where nothing else is said.
"""

import logging
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeGuard

from services.errors import ProviderBroken, ProviderRejected
from services.models import JsonValue
from services.providers.base import Failed, Finished, Handle, Picture, Running
from services.vendor_text import vendor_text

POLLING: Final = "polling"
"""The address that the submit's answer gave. *Source:* AsyncResponse, `polling_url`."""
SAMPLE: Final = "sample"
"""Where a webhook said that the picture lies."""
COST: Final = "cost_micro_usd"
"""What the submit's answer said that the order costs. *Source:* AsyncResponse, `cost`, in credits."""

MICRO_USD_PER_CREDIT: Final = 10_000
"""A credit is one cent. *Source:* docs.bfl.ai, pricing."""

POLL_AFTER_S: Final = 1.0
LONGEST_ID: Final = 200
_ID: Final = re.compile(rf"[\w.-]{{1,{LONGEST_ID}}}", re.ASCII)
_LONGEST_REASON: Final = 100

# FLUX.3 says Reasoning and Generating; Queued and Processing are known from hearsay only.
_RUNNING: Final = frozenset({"pending", "reasoning", "generating", "queued", "processing"})

_logger = logging.getLogger(__name__)


def micro_usd(credits_: JsonValue) -> int | None:
    """Return credits as micro-dollars, None for what is no amount."""
    if isinstance(credits_, bool) or not isinstance(credits_, int | float):
        return None
    return round(credits_ * MICRO_USD_PER_CREDIT) if 0 <= credits_ < 1e9 and math.isfinite(credits_) else None


def is_task_id(value: JsonValue) -> TypeGuard[str]:
    """Tell whether `value` can be a task's id: UUIDs are seen, and people are shown it."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def read_accepted(answer: Mapping[str, JsonValue], model: str) -> Handle | None:
    """Return the handle of an accepted order, None where the answer names none.

    With a webhook the vendor promises no `polling_url` (AsyncWebhookResponse); `get_result` is asked then.
    """
    remote_id, polling_url = answer.get("id"), answer.get("polling_url")
    cost = micro_usd(answer.get("cost"))
    if not is_task_id(remote_id):
        return None
    return Handle(
        remote_id,
        {POLLING: polling_url} if isinstance(polling_url, str) and polling_url else {},
        model,
        {} if cost is None else {COST: str(cost)},
    )


def status_of(task: Mapping[str, JsonValue]) -> str:
    """Return the status of a task in lower case with spaces ("task not found"), "" where it has none."""
    status = task.get("status")
    return " ".join(status.replace("_", " ").lower().split()) if isinstance(status, str) else ""


def read_task(task: Mapping[str, JsonValue], handle: Handle) -> Running | Finished | Failed | None:
    """Return how far a task is, None for a finished one without a picture's address.

    An unknown status means that it is running: new ones have come with new models.
    """
    match status_of(task):
        case "ready":
            return _finished(task, handle)
        case "request moderated":
            return _moderated(task, "provider_moderated_input", "input", _cost(task))
        case "content moderated":
            return _moderated(task, "provider_moderated_output", "output", _cost(task, handle))
        case "error" | "failed":
            cost, text = _cost(task), f"{handle.remote_id}: the run failed"
            error = ProviderBroken(
                "provider_broken", text, charged=bool(cost), vendor_text=_said(task), **_taken(cost)
            )
            return Failed(error)
        case "task not found":
            return Failed(ProviderBroken("provider_lost_order", f"{handle.remote_id}: not found"))
    return _running(task)


def _running(task: Mapping[str, JsonValue]) -> Running:
    status = status_of(task)
    if status not in _RUNNING:
        _note_unknown(vendor_text(status))
    line = vendor_text(status) if status not in {"", "pending"} else None
    return Running(fraction=_fraction(task.get("progress")), log_line=line, poll_after_s=POLL_AFTER_S)


@lru_cache(maxsize=64)
def _note_unknown(status: str) -> None:
    """Log an unknown status, once each."""
    _logger.warning("a task has the unknown status %r; it is taken as running", status)


def _fraction(progress: JsonValue) -> float | None:
    """Return `progress` as 0..1. Its unit is not documented: what is above 1 is taken as percent."""
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        return None
    # Bounded before anything else: no float can hold a number of hundreds of digits.
    bounded = min(max(progress, 0), 100)
    if math.isnan(bounded):
        return None
    return bounded / 100 if bounded > 1 else float(bounded)


def _finished(task: Mapping[str, JsonValue], handle: Handle) -> Finished | None:
    result = task.get("result")
    if not isinstance(result, dict):
        return None
    sample, seed = result.get("sample"), result.get("seed")
    if not isinstance(sample, str) or not sample:
        return None
    used_seed = seed if isinstance(seed, int) and not isinstance(seed, bool) else None
    return Finished(Picture(url=sample), used_seed, _cost(task, handle))


def _cost(task: Mapping[str, JsonValue], handle: Handle | None = None) -> int | None:
    """Return what a task cost: its own word (seen on finished ones, not in the OpenAPI), else the submit's."""
    own = micro_usd(task.get("cost"))
    if own is not None or handle is None:
        return own
    known = handle.facts.get(COST, "")
    return int(known) if known.isascii() and known.isdigit() else None


def _moderated(task: Mapping[str, JsonValue], code: str, stage: str, cost: int | None) -> Failed:
    """Return the end of a moderated task.

    Whether the vendor charges for one is not documented. A picture that was made and then withheld counts as charged
    where an answer named its cost; a request that was refused before, only where its own answer does.
    """
    reason = _reasons(task)
    return Failed(
        ProviderRejected(
            code,
            f"moderated: {stage}",
            charged=bool(cost),
            vendor_text=_said(task),
            stage=stage,
            reason=reason or None,
            **_taken(cost),
        )
    )


def _taken(cost: int | None) -> dict[str, int]:
    """Return what was paid for an order without a picture, as a field of its error."""
    return {COST: cost} if cost else {}


def _reasons(task: Mapping[str, JsonValue]) -> str:
    """Return the vendor's reasons, such as "Sexual Content", joined. *Source:* a live run of others; not in OpenAPI."""
    details = task.get("details")
    reasons = details.get("Moderation Reasons") if isinstance(details, dict) else None
    texts = reasons if isinstance(reasons, list) else [reasons]
    return vendor_text(", ".join(each for each in texts if isinstance(each, str)))[:_LONGEST_REASON]


def _said(task: Mapping[str, JsonValue]) -> str:
    """Return what a task says about its failure. `result` is left out: it repeats the prompt."""
    details = task.get("details")
    places = (task, details) if isinstance(details, dict) else (task,)
    names = ("error", "message", "detail", "details")
    texts = [place.get(name) for place in places for name in names]
    return vendor_text("; ".join([each for each in texts if isinstance(each, str)] or [_reasons(task)]))
