"""Ask a provider after one waiting job, and act on what it says."""

import time
from typing import Final

from db.jobs import jobs
from db.jobs.moves import Claim
from db.jobs.polls import DuePoll, Look
from services.circuit import Call
from services.context import Context
from services.crash_points import crash_point
from services.errors import LimnerError, ProviderUnknown
from services.jobs import faults, looking
from services.jobs.ending import end_without_picture
from services.jobs.handing_over import keep_outcome
from services.jobs.known_after import known_after_s
from services.jobs.noticing import notice
from services.models import JobState, JsonValue
from services.provider_access import provider_for
from services.providers.base import CancelAnswer, Failed, Finished, Handle, Provider, Running

POLL_LEASE_MS: Final = 30_000
KEY_GONE: Final = "key_gone"


async def ask(
    context: Context, claim: Claim, provider: Provider, handle: Handle, *, is_look: bool = False
) -> Running | Finished | Failed:
    """Return what the provider says about an order; its answer counts for the provider's standing.

    A failure counts only where it `is_look`, one that a worker makes in its round: any process asks now and then, for
    one person, and one that sends nothing has nothing that would take a failure back.
    Raises ProviderError where that cannot be told now.
    """
    begun_s = time.monotonic()
    try:
        answer = await provider.poll(handle)
    except Exception as error:
        took_s = time.monotonic() - begun_s
        notice(context, claim, Call.POLL, error, took_s=took_s, counts_failures=is_look)
        raise
    notice(context, claim, Call.POLL, took_s=time.monotonic() - begun_s)
    return answer


async def take_up(context: Context, claim: Claim, answer: Finished | Failed) -> None:
    """Commit that an order has ended."""
    if isinstance(answer, Failed):
        await end_without_picture(context, claim, JobState.WAITING, JobState.FAILED, answer.error)
        return
    await keep_outcome(context, claim, answer)


def progress_of(running: Running) -> dict[str, JsonValue]:
    """Return what is kept of how far an order is."""
    return {"place": running.place, "fraction": running.fraction, "log_line": running.log_line}


async def _cancel(context: Context, claim: Claim, provider: Provider, handle: Handle) -> bool:
    """Pass a cancel on; True when the job ended by it. A vendor that is already done delivers all the same."""
    answer = await provider.cancel(handle)
    crash_point("cancel.answered")
    if answer is not CancelAnswer.CANCELED:
        # It was asked once; the picture is paid for and comes.
        await context.database.write(
            jobs.set_job, claim.job.id, JobState.WAITING, cancel_requested_at_ms=None
        )
        return False
    await end_without_picture(context, claim, JobState.WAITING, JobState.CANCELED, None)
    return True


async def _see(context: Context, claim: Claim, handle: Handle) -> Running | LimnerError | None:
    """Return how far an order is, or the error that says nothing about it; None where its job waits no more."""
    try:
        provider = await provider_for(context, claim.job.provider, claim.job.account)
        if claim.job.is_cancel_requested and await _cancel(context, claim, provider, handle):
            return None
        answer = await ask(context, claim, provider, handle, is_look=True)
        crash_point("look.answered")
    except LimnerError as error:
        if error.code == KEY_GONE:
            gone = ProviderUnknown("key_gone_meanwhile", str(error))
            await end_without_picture(context, claim, JobState.WAITING, JobState.UNKNOWN, gone)
            return None
        faults.record(error, claim.job)
        return error
    if isinstance(answer, Running):
        return answer
    await take_up(context, claim, answer)
    return None


async def _give_up(context: Context, claim: Claim) -> None:
    error = ProviderUnknown("outcome_unknown", "no answer in the time that the provider needs")
    await end_without_picture(context, claim, JobState.WAITING, JobState.UNKNOWN, error)


async def look(context: Context, due: DuePoll) -> Look | None:
    """Look after one waiting job; None where it does not wait any more, else what is to be kept of it.

    What is not an answer about the job leaves it waiting, until its time is over. The look comes first: after a long
    stop the time is over for pictures that are ready.
    """
    claim, handle = due.claim, due.claim.attempt.handle
    if handle is None:
        await _give_up(context, claim)
        return None
    crash_point("look.begun")
    seen = await _see(context, claim, Handle.from_json(handle))
    if seen is None:
        return None
    age_s = claim.attempt.sent_age_s
    if age_s is not None and age_s > known_after_s(context, claim.job.model):
        await _give_up(context, claim)
        return None
    progress = progress_of(seen) if isinstance(seen, Running) else None
    has_webhook = looking.calls_us(handle)
    wait_s = looking.wait_after_s(seen, age_s or 0.0, looks=claim.job.polls, has_webhook=has_webhook)
    return Look(claim.job.id, due.leased_until_ms, int(wait_s * 1000), progress)
