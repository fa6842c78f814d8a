"""Errors of jobs as they are stored, shown and logged: one reference ties the reply to the log's traceback."""

import logging
from collections.abc import Mapping

from services.errors import BugError, LimnerError, ProviderError
from services.logs import new_reference
from services.models import JsonValue

log = logging.getLogger(__name__)


def as_known(error: Exception) -> LimnerError:
    """Return the error itself when it is one of ours, else the mistake it stands for."""
    if isinstance(error, LimnerError):
        return error
    return BugError("bug", f"{type(error).__name__} in a job")


def record(error: Exception, job_id: int) -> dict[str, JsonValue]:
    """Log an error of a job under a new reference and return what is stored of it: nothing internal."""
    known = as_known(error)
    reference = new_reference()
    log.warning(
        "job %d: %s: %s",
        job_id,
        known.code,
        known,
        exc_info=error,
        extra={"job": job_id, "reference": reference},
    )
    fields: dict[str, JsonValue] = dict(known.fields)
    is_charged = isinstance(known, ProviderError) and known.charged
    return {"code": known.code, "fields": fields, "reference": reference, "charged": is_charged}


def read_fields(error: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the fields of a stored error."""
    fields = error.get("fields")
    return dict(fields) if isinstance(fields, dict) else {}
