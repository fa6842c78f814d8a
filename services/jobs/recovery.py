"""Take over from dead workers: at the start and every few seconds, from what the rows say and nothing else."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from db import deliveries, drafts, line, moves, requests, workers
from db.moves import Claim
from services.context import Context
from services.errors import ProviderBroken, ProviderBusy, ProviderUnknown
from services.jobs import faults
from services.jobs.known_after import known_after_s
from services.jobs.submitting import SUBMIT_TRIES
from services.models import JobState

log = logging.getLogger(__name__)

QUEUED_AT_MOST_MS: Final = 6 * 3600 * 1000
"""Nobody waits for a picture that stood in line for six hours."""
DOWN_AT_MOST_S: Final = 600.0
"""How long jobs wait in line for a provider that does not answer."""


def _is_repeatable(context: Context, provider_name: str) -> bool:
    """Return whether a submit may simply be made again; never for a provider that is not open (any more)."""
    registry = context.registry
    return provider_name in registry.speaks and registry.provider(provider_name).is_repeatable


async def _take_over_submit(context: Context, claim: Claim) -> None:
    if claim.attempt.sent_age_s is None:
        await context.database.write(moves.close_unsent, claim)
        return
    error = ProviderUnknown("worker_died", "the worker died before the provider's answer was kept")
    stored = faults.record(error, claim.job)
    if not _is_repeatable(context, claim.job.provider):
        wait_ms = int(known_after_s(context, claim.job.model) * 1000)
        await context.database.write(moves.doubt, claim, wait_ms, stored)
    elif claim.job.submit_tries < SUBMIT_TRIES:
        await context.database.write(moves.put_back, claim, 0, stored, is_counted=True)
    else:
        await context.database.write(
            moves.end_without_picture, claim, JobState.SUBMITTING, JobState.FAILED, stored
        )


async def _take_over(context: Context, claim: Claim) -> None:
    log.info("taking over job %d in %s", claim.job.id, claim.job.state, extra={"job": claim.job.id})
    if claim.job.state is JobState.FETCHING:
        await context.database.write(moves.postpone_fetch, claim, 0)
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


async def _each(
    context: Context, claims: Sequence[Claim], mend: Callable[[Context, Claim], Awaitable[None]]
) -> None:
    """Mend claims one by one; one that cannot be mended keeps no other from it."""
    for claim in claims:
        try:
            await mend(context, claim)
        except Exception:
            log.exception("job %d cannot be taken over", claim.job.id, extra={"job": claim.job.id})


def _write_log(ended: int, described: moves.ErrorJson) -> None:
    """Write that jobs in line were ended, under the reference that their owners see."""
    if ended:
        reference = {"reference": described["reference"]}
        log.warning("%d jobs in line ended: %s", ended, described["code"], extra=reference)


async def _end_what_waits_for_the_down(context: Context) -> None:
    """End the jobs in line of providers that have not answered for too long; nothing of them was sent."""
    for name in sorted(context.registry.speaks):
        if context.standing.down_for_s(name) >= DOWN_AT_MOST_S:
            title = context.catalog.providers[name].title
            error = ProviderBroken("provider_down", f"{name} does not answer", provider=title)
            described = faults.describe(error)
            _write_log(await context.database.write(line.fail_queued, name, described), described)


async def _tidy(context: Context) -> None:
    """Delete what is not needed any more, and see what other processes have changed."""
    database = context.database
    await database.write(requests.forget_expired_tokens)
    await database.write(drafts.forget_old_drafts)
    await context.standing.reload(database)
    await context.accounts.tidy(database)


async def recover(context: Context) -> None:
    """Take over what dead workers left, end what is in doubt for too long or stood in line for too long."""
    database = context.database
    await _each(context, await database.read(moves.abandoned_claims), _take_over)
    await _each(context, await database.read(moves.claims_past_doubt), _end_doubt)
    too_old = ProviderBusy("waited_too_long", "stood in line for six hours")
    described = faults.describe(too_old)
    _write_log(await database.write(line.expire_queued, QUEUED_AT_MOST_MS, described), described)
    await _end_what_waits_for_the_down(context)
    await database.write(deliveries.release_abandoned)
    await _tidy(context)
    for bell in (context.jobs_bell, context.fetches_bell, context.deliveries_bell):
        bell.ring()


async def enter(context: Context, worker_id: str) -> None:
    """Enter this process as a worker; on SQLite it is the only one, and what earlier starts held is free at once."""
    await context.database.write(
        workers.register, worker_id, is_only_worker=context.database.dialect == "sqlite"
    )
