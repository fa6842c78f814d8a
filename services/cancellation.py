"""`/cancel` and the Cancel button: stop a request, and say honestly what that still changes."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from db.engine import Connection
from db.jobs import job_queries, line, queue_queries
from db.jobs.job_queries import OpenJob
from db.jobs.jobs import JobRow
from services.context import Context
from services.crash_points import crash_point
from services.errors import NotAllowedError, NotFoundError, UserError
from services.languages import ENGLISH, say
from services.models import JobState


class CancelStage(StrEnum):
    """How far a picture was when it was to be stopped, and so what that still changes."""

    IN_LINE = "in_line"
    """Nothing was sent yet: it is over and cost nothing."""
    ORDERING = "ordering"
    """Being sent this moment: it ends where it has not left; else it is as if it stood at its service."""
    STOPPABLE = "stoppable"
    """Its service has it and can stop it where it has not begun; one that is finished anyway is delivered."""
    UNSTOPPABLE = "unstoppable"
    """Its service has it and cannot stop it: it is delivered."""
    DOUBTFUL = "doubtful"
    """Nobody knows whether its service took it."""
    PAINTED = "painted"
    """It is painted and paid for, and on its way to us."""
    STORED = "stored"
    """It is finished and comes with the rest of its request."""
    OVER = "over"
    """It had ended without a picture."""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What a cancel found: how many pictures at each stage, and what those cost together in micro-dollars.

    `is_too_late`: the whole request had ended before.
    """

    counts: Mapping[CancelStage, int]
    prices_micro_usd: Mapping[CancelStage, int]

    @property
    def is_too_late(self) -> bool:
        """Return whether there was nothing left to stop."""
        return not set(self.counts) - {CancelStage.STORED, CancelStage.OVER}


@dataclass(frozen=True, slots=True)
class Cancelable:
    """A request of somebody's that can still be stopped, named by its first open job."""

    job_id: int
    label: str


_STAGES: Final[Mapping[JobState, CancelStage]] = MappingProxyType(
    {
        JobState.QUEUED: CancelStage.IN_LINE,
        JobState.SUBMITTING: CancelStage.ORDERING,
        JobState.FETCHING: CancelStage.PAINTED,
        JobState.STORED: CancelStage.STORED,
    }
)


def _stage(context: Context, job: JobRow, doubtful: Container[int]) -> CancelStage:
    """Return how far a job was, by its row from before the cancel."""
    if job.id in doubtful:
        return CancelStage.DOUBTFUL
    if job.state is JobState.WAITING:
        return CancelStage.STOPPABLE if _can_stop(context, job.model) else CancelStage.UNSTOPPABLE
    return _STAGES.get(job.state, CancelStage.OVER)


def _can_stop(context: Context, model_id: str) -> bool:
    try:
        return context.catalog.find(model_id).capabilities.cancel
    except UserError:
        return False


def _report(context: Context, before: Sequence[JobRow], doubtful: Container[int]) -> CancelReport:
    counts, prices = Counter[CancelStage](), Counter[CancelStage]()
    for job in before:
        stage = _stage(context, job, doubtful)
        counts[stage] += 1
        prices[stage] += job.price_micro_usd
    return CancelReport(counts, prices)


def _cancel(conn: Connection, user_id: int, job_id: int) -> tuple[list[JobRow], frozenset[int]]:
    owner = job_queries.owner_of_job(conn, job_id)
    if owner is None:
        raise NotFoundError("no_such_job", field="job")
    if owner[0] != user_id:
        raise NotAllowedError("not_yours")
    doubtful = queue_queries.doubtful_jobs(conn, owner[1])
    return line.cancel_request(conn, owner[1]), doubtful


async def cancel(context: Context, user_id: int, job_id: int) -> CancelReport:
    """Stop the request that a job belongs to, and return what was found.

    Raises NotFoundError, NotAllowedError("not_yours") for anybody but its owner.
    """
    before, doubtful = await context.database.write(_cancel, user_id, job_id)
    crash_point("cancel.committed")
    context.polls_bell.ring()
    context.deliveries_bell.ring()
    return _report(context, before, doubtful)


async def list_cancelable(context: Context, user_id: int, language: str = ENGLISH) -> list[Cancelable]:
    """Return a user's open requests, newest first, at most 25, with labels in that language."""
    found = await context.database.read(job_queries.list_open_jobs, user_id, 100)
    first_of_request = {job.request_id: job for job in found}
    sizes = Counter(job.request_id for job in found)
    return [
        Cancelable(job.job_id, _label(job, sizes[job.request_id], language))
        for job in list(first_of_request.values())[:25]
    ]


def _label(job: OpenJob, size: int, language: str) -> str:
    """Return what a request of `size` open pictures is called, by its first: at most 100 characters."""
    parts = [
        job.code,
        say(language, "orders.pictures", count=size) if size > 1 else "",
        job.model,
        say(language, f"orders.state_{job.state}"),
        _age(job.age_s, language),
    ]
    return " · ".join(filter(None, parts))[:100]


def _age(seconds: float, language: str) -> str:
    if seconds < 90:
        return say(language, "orders.seconds_ago", number=f"{seconds:.0f}")
    return say(language, "orders.minutes_ago", number=f"{seconds / 60:.0f}")
