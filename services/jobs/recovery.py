"""Take over from dead workers: at the start and every few seconds, from what the rows say and nothing else."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from db.engine import Connection
from db.jobs import deliveries, line, moves, polls, progress_edits, requests, workers
from db.jobs.moves import Claim
from db.jobs.take_overs import unless_moved_on
from db.people import drafts
from db.pictures import listings
from db.upkeep import clock_steps
from services.context import Context
from services.errors import ProviderBusy, ProviderUnknown
from services.jobs import down, faults
from services.jobs.known_after import known_after_s
from services.jobs.submitting import SUBMIT_TRIES
from services.logs import about
from services.models import JobState

log = logging.getLogger(__name__)

QUEUED_AT_MOST_MS: Final = 6 * 3600 * 1000
"""Nobody waits for a picture that stood in line for six hours."""


def _is_repeatable(context: Context, provider_name: str) -> bool:
    """Return whether a submit may simply be made again; never for a provider that is not open (any more)."""
    registry = context.registry
    return provider_name in registry.speaks and registry.provider(provider_name).is_repeatable


async def _take_over_submit(context: Context, claim: Claim) -> None:
    write = context.database.write
    if claim.attempt.sent_age_s is None:
        await write(unless_moved_on, moves.close_unsent, claim)
        return
    error = ProviderUnknown("worker_died", "the worker died before the provider's answer was kept")
    stored = faults.record(error, claim.job)
    if not _is_repeatable(context, claim.job.provider):
        wait_ms = int(known_after_s(context, claim.job.model) * 1000)
        await write(unless_moved_on, moves.doubt, claim, wait_ms, stored)
    elif claim.job.submit_tries < SUBMIT_TRIES:
        await write(unless_moved_on, moves.put_back, claim, 0, stored, is_counted=True)
    else:
        await write(
            unless_moved_on, moves.end_without_picture, claim, JobState.SUBMITTING, JobState.FAILED, stored
        )


async def take_over(context: Context, claim: Claim) -> None:
    """Make of an abandoned job what its row says, unless it has moved on since it was read as `claim`."""
    log.info("taking over job %d in %s", claim.job.id, claim.job.state)
    if claim.job.state is JobState.FETCHING:
        await context.database.write(unless_moved_on, moves.postpone_fetch, claim, 0)
    else:
        await _take_over_submit(context, claim)


async def _end_doubt(context: Context, claim: Claim) -> None:
    error = ProviderUnknown(
        "outcome_unknown", "no word from the provider about an order that may have been accepted"
    )
    stored = faults.record(error, claim.job)
    await context.database.write(
        moves.end_without_picture, claim, JobState.SUBMITTING, JobState.UNKNOWN, stored
    )
    context.alerts.note("jobs_unknown", claim.job.provider)


async def _each(
    context: Context, claims: Sequence[Claim], mend: Callable[[Context, Claim], Awaitable[None]]
) -> None:
    """Mend claims one by one; one that cannot be mended keeps no other from it."""
    for claim in claims:
        with about(request=claim.job.request_id, job=claim.job.id, attempt=claim.attempt.id):
            try:
                await mend(context, claim)
            except Exception:
                log.exception("job %d cannot be taken over", claim.job.id)


def _forget(conn: Connection) -> None:
    requests.forget_expired_tokens(conn)
    drafts.forget_old_drafts(conn)
    listings.forget_old_searches(conn)
    progress_edits.forget_edits(conn)


async def _pull_back(context: Context) -> None:
    """Let nothing wait for a time that the clock, put back, reaches only much later."""
    pulled = await context.database.write(clock_steps.pull_back)
    if pulled:
        log.warning("the database's clock was put back: %d times that lay far ahead are now", pulled)


async def recover(context: Context) -> None:
    """Take over what dead workers left, end what is in doubt for too long or stood in line for too long."""
    database = context.database
    await _pull_back(context)
    await _each(context, await database.read(moves.abandoned_claims), take_over)
    await _each(context, await database.read(moves.claims_past_doubt), _end_doubt)
    too_old = ProviderBusy("waited_too_long", "stood in line for six hours")
    described = faults.describe(too_old)
    faults.write_ended(await database.write(line.expire_queued, QUEUED_AT_MOST_MS, described), described)
    await down.tell_of_answers(context)
    await down.end_what_waits_for_the_down(context)
    await database.write(deliveries.release_abandoned)
    await database.write(_forget)
    for bell in (context.jobs_bell, context.fetches_bell, context.deliveries_bell):
        bell.ring()


def _enter(conn: Connection, worker_id: str) -> None:
    is_first = conn.dialect.name == "sqlite" or not workers.is_anybody_alive(conn)
    workers.register(conn, worker_id, is_only_worker=conn.dialect.name == "sqlite")
    if is_first:
        # Providers' calls may have come while nobody listened.
        polls.look_at_once(conn)


async def enter(context: Context, worker_id: str) -> None:
    """Enter this process as a worker; on SQLite it is the only one, and what earlier starts held is free at once.

    The first one looks after everything that waits at its provider. What was told of providers went with an older row,
    and is told anew.
    """
    await context.database.write(_enter, worker_id)
    context.standing.forget_told()
