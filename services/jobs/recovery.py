"""Take over from dead workers: at the start and every few seconds, from what the rows say and nothing else."""

import logging
from typing import Final

from db import deliveries, moves, requests, workers
from db.moves import Claim
from services.context import Context
from services.errors import ProviderUnknown
from services.jobs import faults
from services.jobs.submitting import SUBMIT_TRIES
from services.models import JobState

log = logging.getLogger(__name__)

QUEUED_AT_MOST_MS: Final = 6 * 3600 * 1000
"""Nobody waits for a picture that stood in line for six hours."""


async def _take_over_submit(context: Context, claim: Claim) -> None:
    if claim.attempt.sent_age_s is None:
        await context.database.write(moves.close_unsent, claim)
        return
    error = ProviderUnknown("worker_died", "the worker died before the provider's answer was kept")
    provider = context.registry.provider(claim.job.provider)
    if not provider.is_repeatable:
        model = context.catalog.find(claim.job.model)
        stored = faults.record(error, claim.job.id)
        await context.database.write(moves.doubt, claim, int(model.outcome_known_after_s * 1000), stored)
    elif claim.job.submit_tries < SUBMIT_TRIES:
        stored = faults.record(error, claim.job.id)
        await context.database.write(moves.put_back, claim, 0, stored, is_counted=True)
    else:
        stored = faults.record(error, claim.job.id)
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
    stored = faults.record(error, claim.job.id)
    await context.database.write(
        moves.end_without_picture, claim, JobState.SUBMITTING, JobState.UNKNOWN, stored
    )


async def recover(context: Context) -> None:
    """Take over what dead workers left, end what is in doubt for too long or stood in line for too long."""
    for claim in await context.database.read(moves.abandoned_claims):
        await _take_over(context, claim)
    for claim in await context.database.read(moves.claims_past_doubt):
        await _end_doubt(context, claim)
    too_old: moves.ErrorJson = {"code": "waited_too_long", "fields": {}, "reference": "", "charged": False}
    await context.database.write(moves.expire_queued, QUEUED_AT_MOST_MS, too_old)
    await context.database.write(deliveries.release_abandoned)
    await context.database.write(requests.forget_expired_tokens)
    context.jobs_bell.ring()
    context.deliveries_bell.ring()


async def enter(context: Context, worker_id: str) -> None:
    """Enter this process as a worker; on SQLite it is the only one, and what earlier starts held is free at once."""
    await context.database.write(
        workers.register, worker_id, is_only_worker=context.database.dialect == "sqlite"
    )
