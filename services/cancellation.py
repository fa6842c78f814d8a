"""`/cancel` and the Cancel button: stop a request, and say honestly what that still changes."""

from dataclasses import dataclass
from enum import StrEnum

from db import job_queries, line
from db.engine import Connection
from db.jobs import JobRow
from services.context import Context
from services.errors import NotAllowedError, NotFoundError
from services.models import JobState


class CancelOutcome(StrEnum):
    """What a cancel did."""

    CANCELED = "canceled"
    """Nothing was sent yet: it is over and cost nothing."""
    ASKED_PROVIDER = "asked_provider"
    """It was sent already: the provider is asked to stop, and a picture that is finished anyway is delivered."""
    TOO_LATE = "too_late"
    """It had ended before."""


@dataclass(frozen=True, slots=True)
class Cancelable:
    """A request of somebody's that can still be stopped, named by its first open job."""

    job_id: int
    label: str


def _outcome(before: list[JobRow]) -> CancelOutcome:
    states = {job.state for job in before}
    if states & {JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING}:
        return CancelOutcome.ASKED_PROVIDER
    return CancelOutcome.CANCELED if JobState.QUEUED in states else CancelOutcome.TOO_LATE


def _cancel(conn: Connection, user_id: int, job_id: int) -> CancelOutcome:
    owner = job_queries.owner_of_job(conn, job_id)
    if owner is None:
        raise NotFoundError("no_such_job", field="job")
    if owner[0] != user_id:
        raise NotAllowedError("not_yours")
    return _outcome(line.cancel_request(conn, owner[1]))


async def cancel(context: Context, user_id: int, job_id: int) -> CancelOutcome:
    """Stop the request that a job belongs to.

    Raises NotFoundError, NotAllowedError("not_yours") for anybody but its owner.
    """
    outcome = await context.database.write(_cancel, user_id, job_id)
    context.polls_bell.ring()
    context.deliveries_bell.ring()
    return outcome


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds < 90 else f"{seconds / 60:.0f} min ago"


async def list_cancelable(context: Context, user_id: int) -> list[Cancelable]:
    """Return a user's open requests, newest first, at most 25."""
    found = await context.database.read(job_queries.list_open_jobs, user_id, 100)
    first_of_request = {job.request_id: job for job in found}
    labels = [
        Cancelable(job.job_id, f"{job.code} · {job.model} · {job.state} · {_age(job.age_s)}"[:100])
        for job in first_of_request.values()
    ]
    return labels[:25]
