"""`/queue`: what a person has in line and in the works, why it waits, and when it is expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.jobs import job_queries, queue_queries
from db.jobs.queue_queries import Ahead, OwnQueue, QueuedJob
from services.context import Context
from services.errors import UserError
from services.jobs.known_after import expected_s
from services.line_waits import Facts, Reason, reason_of, wait_s
from services.models import JobState

MOST_JOBS: Final = 100
"""More are not read: nobody is shown that many."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One picture. `ahead` and `reason` are None once it runs; `expected_s` is None where nobody can say."""

    job_id: int
    request_id: int
    code: str
    model: str
    state: JobState
    age_s: float
    ahead: int | None
    reason: Reason | None
    expected_s: float | None
    is_in_doubt: bool
    is_cancel_requested: bool


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """What was asked for at once, and is canceled at once: by the button of its first job."""

    job_id: int
    entries: tuple[QueueEntry, ...]


def _title(context: Context, model_id: str) -> str:
    try:
        return context.catalog.find(model_id).title
    except UserError:
        return model_id


def _pause(context: Context, job: QueuedJob) -> str:
    pauses = context.standing.pauses
    return pauses.get(job.model) or pauses.get(job.provider) or ""


def facts_of(context: Context, user_id: int, queue: OwnQueue, job: QueuedJob, usual_s: float) -> Facts:
    """Return what is known of a job in line."""
    standing, caps, works = context.standing, context.limits.share_caps, queue.works
    ahead = queue.ahead.get(job.job_id, Ahead())
    return Facts(
        usual_s=usual_s,
        ahead=ahead.all,
        share_ahead=ahead.share,
        own_ahead=ahead.own,
        account_running=works.accounts.get((job.provider, job.account_id), 0),
        account_cap=context.registry.running_caps.get(job.provider, 1),
        share_running=works.shares.get(job.share_id, 0),
        share_cap=caps.per_server,
        own_running=works.people.get(user_id, 0),
        own_cap=caps.per_user,
        held_s=job.held_s,
        held_by=job.held_by,
        trial_in_s=standing.trial_in_s(job.provider) if standing.is_down(job.provider) else None,
        pause=_pause(context, job),
        is_in_server=job.share_id != user_id,
    )


def _entry(context: Context, user_id: int, queue: OwnQueue, job: QueuedJob, usual_s: float) -> QueueEntry:
    facts = facts_of(context, user_id, queue, job, usual_s)
    is_waiting = job.state is JobState.QUEUED
    left_s = max(usual_s - (job.ran_s or 0.0), 0.0)
    return QueueEntry(
        job_id=job.job_id,
        request_id=job.request_id,
        code=job.code,
        model=_title(context, job.model),
        state=job.state,
        age_s=job.age_s,
        ahead=facts.ahead if is_waiting else None,
        reason=reason_of(facts) if is_waiting else None,
        expected_s=wait_s(facts) if is_waiting else None if job.is_in_doubt else left_s,
        is_in_doubt=job.is_in_doubt,
        is_cancel_requested=job.is_cancel_requested,
    )


async def _usual(context: Context, models: Sequence[str]) -> dict[str, float]:
    """Return how long a picture of each model usually takes: by its last ones, by the catalogue before the first."""
    found = {model: await context.database.read(job_queries.expected_seconds, model) for model in models}
    return {model: seconds or expected_s(context, model) for model, seconds in found.items()}


async def show_queue(context: Context, user_id: int) -> list[QueuedRequest]:
    """Return what the person has in line and in the works, oldest first. Raises StorageError."""
    queue = await context.database.read(queue_queries.read_own_queue, user_id, MOST_JOBS)
    usual = await _usual(context, sorted({job.model for job in queue.jobs}))
    groups: dict[int, list[QueueEntry]] = {}
    for job in queue.jobs:
        groups.setdefault(job.request_id, []).append(_entry(context, user_id, queue, job, usual[job.model]))
    return [QueuedRequest(entries[0].job_id, tuple(entries)) for entries in groups.values()]
