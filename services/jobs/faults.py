"""Errors of jobs as they are stored, shown and logged: one reference ties the reply to the log's traceback."""

import logging
from collections.abc import Mapping

from db.jobs.jobs import JobRow
from services.errors import BugError, LimnerError, ProviderError
from services.logs import new_reference
from services.models import JsonValue
from services.vendor_text import without_private, words_of

log = logging.getLogger(__name__)

COST: str = "cost_micro_usd"
"""The field of a charged failure in which a provider's module says what it took."""


def as_known(error: Exception) -> LimnerError:
    """Return the error itself when it is one of ours, else the mistake it stands for."""
    if isinstance(error, LimnerError):
        return error
    return BugError("bug", f"{type(error).__name__} in a job")


def describe(error: Exception, job: JobRow | None = None) -> dict[str, JsonValue]:
    """Return what is stored of an error under a new reference: nothing internal.

    What the provider said itself is kept with the attempt only (`db/jobs/failures.py`, shown_error), without the
    words of the person whose `job` it is: providers repeat them.
    """
    known = as_known(error)
    described: dict[str, JsonValue] = {
        "code": known.code,
        "fields": dict(known.fields),
        "reference": new_reference(),
        "charged": False,
    }
    if isinstance(known, ProviderError):
        cost = known.fields.get(COST)
        text = without_private(known.vendor_text, () if job is None else _words_of(job))
        said: dict[str, JsonValue] = {"vendor_text": text} if text else {}
        paid: dict[str, JsonValue] = {COST: cost} if known.charged and isinstance(cost, int) else {}
        described |= {"charged": known.charged, **said, **paid}
    return described


def write_log(error: Exception, described: Mapping[str, JsonValue], job_id: int) -> None:
    """Write an error of a job to the log, under its reference and with what the provider said."""
    known, said = as_known(error), described.get("vendor_text")
    log.warning(
        "job %d: %s: %s%s",
        job_id,
        known.code,
        known,
        f" ({said})" if said else "",
        exc_info=error,
        extra={"job": job_id, "reference": described.get("reference")},
    )


def write_ended(ended: int, described: Mapping[str, JsonValue]) -> None:
    """Write that jobs in line were ended, under the reference that their owners see."""
    if ended:
        reference = {"reference": described["reference"]}
        log.warning("%d jobs in line ended: %s", ended, described["code"], extra=reference)


def _words_of(job: JobRow) -> tuple[str, ...]:
    parameters = job.recipe_body.get("parameters")
    prompt = str(job.recipe_body.get("prompt") or "")
    return words_of(prompt, parameters if isinstance(parameters, dict) else {})


def record(error: Exception, job: JobRow) -> dict[str, JsonValue]:
    """Log an error of a job under a new reference and return what is stored of it."""
    described = describe(error, job)
    write_log(error, described, job.id)
    return described


def read_fields(error: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the fields of a stored error."""
    fields = error.get("fields")
    return dict(fields) if isinstance(fields, dict) else {}
