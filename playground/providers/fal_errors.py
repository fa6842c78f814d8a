"""fal's error bodies. *Source:* fal.ai, model errors and request errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FLAGGED = "The content could not be processed because it contained material flagged by a content checker."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an order ended: what its result's address answers. `error_type` is set for fal's own failures only.

    `is_json` is false for a body that fal cannot put into a webhook.
    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    error_type: str = ""
    is_json: bool = True

    @property
    def is_success(self) -> bool:
        """Say whether there is a picture."""
        return self.status < 300


class ModelError(Exception):
    """A model's refusal: one or more entries of `detail`."""

    def __init__(self, *entries: Mapping[str, Any], status: int = 422, is_retryable: bool = False) -> None:
        super().__init__(", ".join(str(entry["type"]) for entry in entries))
        self.outcome = Outcome(
            status,
            {"detail": [dict(entry) for entry in entries]},
            {"X-Fal-Retryable": str(is_retryable).lower(), "X-Fal-Billable-Units": "0"},
        )


def entry(
    loc: Sequence[str | int], kind: str, text: str, *, given: object = None, **context: object
) -> dict[str, Any]:
    """Return one entry of `detail`; `given` is the input that it complains about, `context` its `ctx`."""
    made: dict[str, Any] = {
        "loc": ["body", *loc],
        "msg": text,
        "type": kind,
        "url": f"https://docs.fal.ai/errors#{kind}",
    }
    if context:
        made["ctx"] = context
    if given is not None:
        made["input"] = given
    return made


def request_error(status: int, error_type: str, text: str, **headers: str) -> Outcome:
    """Return a failure of fal's own; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outcome(
        status,
        {"detail": text, "error_type": error_type},
        {"X-Fal-Error-Type": error_type, **named},
        error_type,
    )
