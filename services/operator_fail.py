"""`bot.py jobs fail`: end an open job by hand, stop its order where its provider can, and say what is paid.

The provider is asked first: a process that dies in between leaves a job that goes on, and that its next look ends as
its provider says.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from db.engine import Connection
from db.jobs import jobs, moves, operator_jobs
from db.jobs.jobs import JobRow
from db.jobs.moves import Claim
from services.context import Context
from services.errors import LimnerError, ProviderBroken, StartError
from services.jobs import faults
from services.models import JobState, JsonValue
from services.provider_access import provider_for
from services.providers.base import CancelAnswer, Handle

STOP_WITHIN_S: Final = 20.0

_MAY_COME: Final = (
    "The price stays in the book of what was spent, and a picture that still comes is delivered for nothing."
)
_ANSWERS: Final[Mapping[CancelAnswer | None, str]] = MappingProxyType(
    {
        CancelAnswer.CANCELED: "Its provider has stopped the order: nothing is paid for it.",
        CancelAnswer.TOO_LATE: "Its provider was asked to stop the order and may have finished it: it may have been "
        f"paid. {_MAY_COME}",
        CancelAnswer.NOT_SUPPORTED: f"Its provider cannot stop an order: it may have been paid. {_MAY_COME}",
        None: f"Its provider could not be asked to stop the order: it may have been paid. {_MAY_COME}",
    }
)
_NOT_SENT: Final = "Nothing of it was sent: nothing is paid."
_PAINTED: Final = "Its picture was painted: ${cost:.4f} are paid for it."


def _see(conn: Connection, job_id: int) -> tuple[Claim | None, int | None]:
    """Return an open job with its newest attempt, and what its picture cost so far as that is known."""
    full = operator_jobs.read_job_in_full(conn, job_id)
    return moves.read_claim(conn, job_id), None if full is None else full["cost_micro_usd"]


async def _ask_to_stop(context: Context, claim: Claim) -> CancelAnswer | None:
    """Return what the provider says to a cancel of a waiting order; None where it cannot be asked."""
    if claim.attempt.handle is None:
        return None
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            provider = await provider_for(context, claim.job.provider, claim.job.account)
            return await provider.cancel(Handle.from_json(claim.attempt.handle))
    except (LimnerError, TimeoutError) as error:
        faults.record(error, claim.job)
        return None


def _fail(
    conn: Connection, job_id: int, error: dict[str, JsonValue], stopped_attempt: int | None
) -> tuple[JobState, JobState, int | None]:
    moved = operator_jobs.fail_job(conn, job_id, error, stopped_attempt=stopped_attempt)
    if moved is None:
        job = jobs.read_job(conn, job_id)
        raise StartError("not_open", _not_open(job_id, job))
    return *moved, _see(conn, job_id)[1]


def _not_open(job_id: int, job: JobRow | None) -> str:
    state = "" if job is None else f" It is {job.state}."
    return f"Job {job_id} does not exist, or has ended.{state}"


def _paid(before: JobState, after: JobState, answer: CancelAnswer | None, cost_micro_usd: int | None) -> str:
    """Return what is known to be paid."""
    if before is JobState.FETCHING:
        return _PAINTED.format(cost=(cost_micro_usd or 0) / 1_000_000)
    if after is JobState.FAILED and answer is not CancelAnswer.CANCELED:
        return _NOT_SENT
    return _ANSWERS[answer]


async def fail_job(context: Context, job_id: int, reason: str) -> JsonValue:
    """End an open job with a sentence for its owner, and ask its provider to stop it. Raises StartError("not_open")."""
    error = faults.describe(ProviderBroken("ended_by_operator", "ended by hand", sentence=reason))
    claim, _ = await context.database.read(_see, job_id)
    answer = None
    if claim is not None and claim.job.state is JobState.WAITING:
        answer = await _ask_to_stop(context, claim)
    stopped = claim.attempt.id if claim is not None and answer is CancelAnswer.CANCELED else None
    before, after, cost = await context.database.write(_fail, job_id, error, stopped)
    context.deliveries_bell.ring()
    context.jobs_bell.ring_for_room()
    says = f"Job {job_id} is {after}. Its owner is told, and has the price back. {_paid(before, after, answer, cost)}"
    return {"job": job_id, "before": before, "state": after, "says": says}
