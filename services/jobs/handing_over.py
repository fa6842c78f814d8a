"""A finished order on its way to be fetched: to a free hand of this process at once, else into the line."""

from db.jobs import moves
from db.jobs.moves import Claim
from services.context import Context
from services.jobs.arriving import ToFetch
from services.jobs.outcomes import outcome_to_json
from services.jobs.persisting import persist_move
from services.providers.base import Finished


async def keep_outcome(context: Context, claim: Claim, finished: Finished) -> None:
    """Commit that an order is finished and let its picture be fetched, whatever the database says meanwhile."""
    with context.fetch_lane.hand() as hand:
        outcome = outcome_to_json(finished)
        handle = None if finished.handle is None else finished.handle.to_json()
        to_fetch = await persist_move(
            context.database, moves.keep_outcome, claim, outcome, hand.worker_id, handle
        )
        has_started = hand.start(None if to_fetch is None else ToFetch(to_fetch))
        if to_fetch is None:
            hand.doubt()
    if not has_started:
        context.fetches_bell.ring()
    context.jobs_bell.ring_for_room()
