"""Ask providers after waiting jobs: one sweeper drives them all, nothing waits in a task of its own."""

from typing import Final

from db import jobs, moves
from db.moves import Claim
from services.context import Context
from services.errors import LimnerError, ProviderUnknown
from services.jobs import faults, storing
from services.jobs.ending import end_without_picture
from services.jobs.known_after import known_after_s
from services.jobs.persisting import persist
from services.models import JobState, JsonValue
from services.providers.base import CancelAnswer, Failed, Handle, Running

POLL_LEASE_MS: Final = 30_000
POLL_MAX_S: Final = 15.0


def next_poll_s(running: Running, polls: int) -> float:
    """Return the wait until the next look: the provider's wish, growing by a fifth each time, 15 s at most."""
    return min(running.poll_after_s * 1.2 ** min(polls, 20), POLL_MAX_S)


def _progress(running: Running) -> dict[str, JsonValue]:
    return {"place": running.place, "fraction": running.fraction, "log_line": running.log_line}


async def _cancel(context: Context, claim: Claim, handle: Handle) -> bool:
    """Pass a cancel on; True when the job ended by it. A vendor that is already done delivers all the same."""
    answer = await context.registry.provider(claim.job.provider).cancel(handle)
    if answer is not CancelAnswer.CANCELED:
        # It was asked once; the picture is paid for and comes.
        await context.database.write(
            jobs.set_job, claim.job.id, JobState.WAITING, cancel_requested_at_ms=None
        )
        return False
    await end_without_picture(context, claim, JobState.WAITING, JobState.CANCELED, None)
    return True


async def _look(context: Context, claim: Claim, handle: Handle) -> bool:
    """Ask the provider; True where the job does not wait any more."""
    answer = await context.registry.provider(claim.job.provider).poll(handle)
    if isinstance(answer, Failed):
        await end_without_picture(context, claim, JobState.WAITING, JobState.FAILED, answer.error)
        return True
    if isinstance(answer, Running):
        delay_ms = int(next_poll_s(answer, claim.job.polls) * 1000)
        await context.database.write(moves.keep_progress, claim, _progress(answer), delay_ms)
        return False
    await persist(context.database, moves.keep_outcome, claim, storing.outcome_to_json(answer))
    context.fetches_bell.ring()
    return True


async def _has_ended(context: Context, claim: Claim, handle: Handle) -> bool:
    try:
        if claim.job.is_cancel_requested and await _cancel(context, claim, handle):
            return True
        return await _look(context, claim, handle)
    except LimnerError as error:
        faults.record(error, claim.job.id)
        return False


async def poll(context: Context, claim: Claim) -> None:
    """Look after one waiting job. What is not an answer about the job leaves it waiting, until its time is over.

    The look comes first: after a long stop the time is over for pictures that are ready.
    """
    handle = claim.attempt.handle
    if handle is not None and await _has_ended(context, claim, Handle.from_json(handle)):
        return
    age_s = claim.attempt.sent_age_s
    if handle is None or (age_s is not None and age_s > known_after_s(context, claim.job.model)):
        error = ProviderUnknown("outcome_unknown", "no answer in the time that the provider needs")
        await end_without_picture(context, claim, JobState.WAITING, JobState.UNKNOWN, error)
