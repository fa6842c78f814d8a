"""`/result`: what became of an order, by the provider's own id of it, for whoever asked for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from db.engine import Connection
from db.jobs import job_queries, moves, tasks
from db.jobs.moves import Claim
from services import history
from services.asks import Viewer
from services.context import Context
from services.errors import LimnerError, NotFoundError
from services.jobs import faults, polling, results
from services.jobs.courier import FailedResult, PictureResult
from services.jobs.handing_over import keep_outcome
from services.keys import known_provider
from services.languages import ENGLISH, say
from services.models import JobState
from services.provider_access import provider_for
from services.providers.base import Failed, Finished, Handle, Running

LONGEST_ID: Final = 200
SUGGESTIONS: Final = 25


class TaskState(StrEnum):
    """What became of an order."""

    SHOWN = "shown"
    """The picture is here."""
    DELETED = "deleted"
    """It was here, and its owner deleted it."""
    IN_LINE = "in_line"
    """It has not been sent (again) yet."""
    RUNNING = "running"
    COMING = "coming"
    """The provider has the picture, and it is being fetched."""
    NOT_TOLD = "not_told"
    """The provider cannot be asked right now."""
    LOST = "lost"
    """The provider was asked once more and has no picture."""
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """An order as it stands now: the picture where there is one, why it failed, or how far it is."""

    state: TaskState
    provider: str
    task_id: str
    job_id: int
    picture: PictureResult | None = None
    failure: FailedResult | None = None
    running: Running | None = None


_PLAIN: Final = {
    JobState.QUEUED: TaskState.IN_LINE,
    JobState.SUBMITTING: TaskState.IN_LINE,
    JobState.FETCHING: TaskState.COMING,
    JobState.CANCELED: TaskState.CANCELED,
}


def _read_failure(conn: Connection, job_id: int) -> FailedResult | None:
    rows = job_queries.picture_rows(conn, [job_id])
    return results.failed_result(rows[0]) if rows else None


async def find_result(context: Context, viewer: Viewer, provider: str, task_id: str) -> TaskResult:
    """Return what became of the viewer's own order; where it waits, or was lost, the provider is asked now.

    Raises NotFoundError("no_such_provider"), NotFoundError("no_such_task") also for an order of somebody else's.
    """
    name = known_provider(context, provider)
    claim = await context.database.read(tasks.find_task, viewer.user_id, name, task_id.strip()[:LONGEST_ID])
    if claim is None:
        raise NotFoundError("no_such_task", f"{name}/{task_id[:60]}", found=task_id.strip()[:60])
    return await _result(context, viewer, claim, task_id.strip())


async def _result(context: Context, viewer: Viewer, claim: Claim, task_id: str) -> TaskResult:
    job = claim.job
    blank = TaskResult(TaskState.FAILED, job.provider, task_id, job.id)
    if job.state is JobState.STORED:
        return await _stored(context, viewer, blank)
    if job.state in _PLAIN:
        return _with_state(blank, _PLAIN[job.state])
    failure = await context.database.read(_read_failure, job.id)
    is_lost = job.state is JobState.UNKNOWN or (failure is not None and failure.code in moves.LOST)
    if job.state is JobState.FAILED and not is_lost:
        return _with_state(blank, TaskState.FAILED, failure=failure)
    return await _asked(context, claim, _with_state(blank, TaskState.LOST, failure=failure))


def _with_state(
    blank: TaskResult,
    state: TaskState,
    *,
    picture: PictureResult | None = None,
    failure: FailedResult | None = None,
    running: Running | None = None,
) -> TaskResult:
    return TaskResult(state, blank.provider, blank.task_id, blank.job_id, picture, failure, running)


async def _stored(context: Context, viewer: Viewer, blank: TaskResult) -> TaskResult:
    try:
        picture = await history.find_picture_of_job(context, viewer, blank.job_id)
    except NotFoundError:
        return _with_state(blank, TaskState.DELETED)
    return _with_state(blank, TaskState.SHOWN, picture=picture)


async def _asked(context: Context, claim: Claim, lost: TaskResult) -> TaskResult:
    """Ask the provider after an order that waits or was lost, and take up what it says. Nothing is sent again."""
    if claim.attempt.handle is None:
        return lost
    try:
        provider = await provider_for(context, claim.job.provider, claim.job.account)
        answer = await polling.ask(context, claim, provider, Handle.from_json(claim.attempt.handle))
    except LimnerError as error:
        faults.record(error, claim.job)
        return _with_state(lost, TaskState.NOT_TOLD)
    if isinstance(answer, Running):
        return _with_state(lost, TaskState.RUNNING, running=answer)
    return await _taken_up(context, claim, lost, answer)


async def _taken_up(
    context: Context, claim: Claim, lost: TaskResult, answer: Finished | Failed
) -> TaskResult:
    if isinstance(answer, Finished):
        await keep_outcome(context, claim, answer)
        return _with_state(lost, TaskState.COMING)
    if claim.job.state is not JobState.WAITING:
        return lost
    await polling.take_up(context, claim, answer)
    failure = await context.database.read(_read_failure, claim.job.id)
    return _with_state(lost, TaskState.FAILED, failure=failure)


async def suggest_tasks(
    context: Context, user_id: int, provider: str, partial: str, language: str = ENGLISH
) -> list[tuple[str, str]]:
    """Return at most 25 (label, id) of a person's own newest orders at a provider, () for an unknown one.

    Labels say in that language how an order stands.
    """
    try:
        name = known_provider(context, provider)
    except NotFoundError:
        return []
    prefix = partial.strip()[:LONGEST_ID]
    found = await context.database.read(tasks.list_tasks, user_id, name, prefix, SUGGESTIONS)
    return [
        (f"{task_id} · {model} · {say(language, f'orders.task_{state}')}", task_id)
        for task_id, model, state in found
    ]
