"""Jobs as whoever runs the service sees them, and what that person may do with them.

Nothing is paid twice without `may_pay_twice`: an order that may have been accepted is asked after, and only said to be
lost. What is ordered anew is a new job with its own hold, on its owner's account, as "Run again" makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from db.engine import Connection
from db.jobs import jobs, moves, operator_jobs, requests
from db.jobs.jobs import JobRow
from db.jobs.requests import RequestRow
from services import reruns, task_results
from services.asks import Caller, Viewer
from services.context import Context
from services.errors import LimnerError, StartError
from services.models import JobState, JsonValue, OriginKind
from services.task_results import TaskState

MOST_AT_ONCE: Final = 20
LONGEST_REASON: Final = 200
MAY_BE_PAID: Final = frozenset({"restored_meanwhile"})
"""Failures of which nobody knows whether an order left: what was in line when a copy was made."""


class Step(StrEnum):
    """What is done with a job that is to be tried again."""

    HURRY = "hurry"
    LEFT_ALONE = "left_alone"
    DELIVER = "deliver"
    ASK = "ask"
    AGAIN = "again"
    NEEDS_CONSENT = "needs_consent"


SAYS: Final = {
    Step.HURRY: "goes on at once instead of waiting for its time",
    Step.LEFT_ALONE: "is left alone",
    Step.DELIVER: "its result is brought to its owner once more; nothing is ordered",
    Step.ASK: "its provider is asked after it, and a picture that exists is fetched; nothing is ordered",
    Step.AGAIN: "is ordered anew as a new job with a hold of its own: the earlier order certainly gave nothing",
    Step.NEEDS_CONSENT: "may have been accepted and paid, so it is not ordered again; --may-pay-twice does it as a new "
    "job with a hold of its own",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """A job with what decides about another try of it."""

    job: JobRow
    request: RequestRow
    remote_id: str | None
    has_parked: bool
    may_be_paid: bool


def _see(conn: Connection, job_id: int) -> Sight | None:
    full = operator_jobs.read_job_in_full(conn, job_id)
    claim = operator_jobs.newest_claim(conn, job_id)
    job = jobs.read_job(conn, job_id)
    request = None if job is None else requests.read_request(conn, job.request_id)
    if full is None or job is None or request is None:
        return None
    remote_id = (
        None if claim is None or claim.attempt.handle is None else claim.attempt.handle.get("remote_id")
    )
    return Sight(
        job=job,
        request=request,
        remote_id=str(remote_id) if remote_id else None,
        has_parked=operator_jobs.has_parked(conn, job.request_id),
        may_be_paid=bool(full["cost_micro_usd"]) or operator_jobs.was_charged(conn, job_id),
    )


_BY_STATE: Final = {
    JobState.QUEUED: (Step.HURRY, ""),
    JobState.WAITING: (Step.HURRY, ""),
    JobState.FETCHING: (Step.HURRY, ""),
    JobState.SUBMITTING: (
        Step.LEFT_ALONE,
        "it is being ordered right now, or waits for news of an order that may have left",
    ),
    JobState.CANCELED: (Step.LEFT_ALONE, "its owner stopped it"),
}


def decide(sight: Sight) -> tuple[Step, str]:
    """Return what another try of a job is, and why where it is none."""
    state, code = sight.job.state, operator_jobs.code_of(sight.job.error)
    if state in _BY_STATE:
        return _BY_STATE[state]
    if state is JobState.STORED:
        return (Step.DELIVER, "") if sight.has_parked else (Step.LEFT_ALONE, "its picture is here")
    if not sight.job.recipe_body:
        return Step.LEFT_ALONE, "its owner deleted it, and its recipe with it"
    if state is JobState.UNKNOWN or code in moves.LOST:
        return (Step.NEEDS_CONSENT if sight.remote_id is None else Step.ASK), ""
    return (Step.NEEDS_CONSENT if sight.may_be_paid or code in MAY_BE_PAID else Step.AGAIN), ""


def _owner(sight: Sight) -> Caller:
    """Return the job's owner as the one who asks, without the interaction of then; the same job gives one request.

    Without roles: Discord tells them with an interaction, a request does not keep them, and a verb has nobody to ask.
    So of roles only @everyone's budget counts for the new job, and no weight; the budgets of the person and of the
    server count as ever.
    """
    origin = replace(
        sight.request.origin,
        kind=OriginKind.REACTION,
        id=f"requeue-{sight.job.id}",
        token=None,
        token_expires_at_ms=None,
    )
    return Caller(origin, sight.request.visibility, sight.request.upload_limit_bytes)


async def _order_again(context: Context, sight: Sight) -> str:
    accepted = await reruns.on_another_model(context, _owner(sight), sight.job.id, sight.job.model)
    new = ", ".join(map(str, accepted.job_ids))
    return f"was ordered anew as job {new}" if accepted.is_new else f"was ordered anew before, as job {new}"


_ASKED: Final = {
    TaskState.COMING: "its provider has the picture, which is being fetched",
    TaskState.SHOWN: "its picture is here",
    TaskState.RUNNING: "is still being painted at its provider",
    TaskState.NOT_TOLD: "its provider cannot be asked right now: try later",
}


async def _ask(context: Context, sight: Sight, *, may_pay_twice: bool) -> str:
    viewer = Viewer(sight.job.user_id, sight.job.guild_id)
    found = await task_results.find_result(context, viewer, sight.job.provider, sight.remote_id or "")
    if found.state in _ASKED:
        return _ASKED[found.state]
    if may_pay_twice:
        return await _order_again(context, sight)
    return f"its provider was asked and has no picture; it {SAYS[Step.NEEDS_CONSENT]}"


async def _do(context: Context, sight: Sight, step: Step, *, may_pay_twice: bool) -> str:
    job, database = sight.job, context.database
    if step is Step.HURRY:
        await database.write(operator_jobs.hurry, job.id)
        for bell in (context.jobs_bell, context.polls_bell, context.fetches_bell):
            bell.ring()
    elif step is Step.DELIVER:
        await database.write(operator_jobs.deliver_again, job.request_id)
        context.deliveries_bell.ring()
    elif step is Step.ASK:
        return await _ask(context, sight, may_pay_twice=may_pay_twice)
    elif step is Step.AGAIN or (step is Step.NEEDS_CONSENT and may_pay_twice):
        return await _order_again(context, sight)
    return SAYS[step]


async def _requeue(
    context: Context, job_id: int, *, may_pay_twice: bool, is_plan: bool
) -> dict[str, JsonValue]:
    sight = await context.database.read(_see, job_id)
    if sight is None:
        return {"job": job_id, "step": Step.LEFT_ALONE, "says": "does not exist"}
    step, why = decide(sight)
    if is_plan or why:
        says = f"is left alone: {why}" if why else SAYS[step]
        if step is Step.NEEDS_CONSENT and may_pay_twice:
            says = "is ordered anew as a new job with a hold of its own, and MAY BE PAID TWICE"
        return {"job": job_id, "step": step, "says": says}
    try:
        says = await _do(context, sight, step, may_pay_twice=may_pay_twice)
    except LimnerError as error:
        says = f"could not be tried again: {error.code}: {error}"
    return {"job": job_id, "step": step, "says": says}


async def requeue(
    context: Context, job_ids: Sequence[int], *, may_pay_twice: bool = False, is_plan: bool = False
) -> JsonValue:
    """Try jobs again, one by one, and return a sentence for each; a plan only says what would be done."""
    return [
        await _requeue(context, job_id, may_pay_twice=may_pay_twice, is_plan=is_plan) for job_id in job_ids
    ]


async def list_jobs(context: Context, states: Sequence[str], user_id: int | None, limit: int) -> JsonValue:
    """Return the newest jobs as rows of JSON, without anybody's words."""
    return list(await context.database.read(operator_jobs.list_jobs, states, user_id, limit))


async def show_job(context: Context, job_id: int, *, with_prompt: bool = False) -> JsonValue:
    """Return everything about a job; its recipe only `with_prompt`. Raises StartError("no_such_job")."""
    found = await context.database.read(operator_jobs.read_job_in_full, job_id)
    if found is None:
        raise StartError("no_such_job", f"There is no job {job_id}.")
    return {name: value for name, value in found.items() if with_prompt or name != "recipe"}
