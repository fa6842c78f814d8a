"""The one way in which a worker ends a job that has no picture."""

from db.jobs import moves
from db.jobs.moves import Claim
from services.context import Context
from services.crash_points import crash_point
from services.jobs import faults
from services.jobs.persisting import persist
from services.models import JobState


async def end_without_picture(
    context: Context,
    claim: Claim,
    before: JobState,
    after: JobState,
    error: Exception | None,
    *,
    is_paid: bool = False,
) -> None:
    """End a job as failed, canceled (`error` is None) or unknown, and put the result on its way.

    `is_paid`: the provider has taken its price, and nobody can be asked for it.
    """
    stored = None if error is None else faults.record(error, claim.job)
    await persist(context.database, moves.end_without_picture, claim, before, after, stored, is_paid=is_paid)
    crash_point("refund.committed")
    if after is JobState.UNKNOWN:
        context.alerts.note("jobs_unknown", claim.job.provider)
    context.deliveries_bell.ring()
    context.jobs_bell.ring_for_room()
