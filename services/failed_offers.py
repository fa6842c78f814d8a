"""What could paint instead when a provider did not: offered with prices, never painted by itself."""

from collections.abc import Sequence
from typing import Final

from services import history
from services.asks import Caller
from services.commissioning import offer_again, offers_for
from services.context import Context
from services.errors import NotFoundError, UserError
from services.jobs.courier import FailedResult
from services.models import JobState, Origin, Visibility
from services.offers import Offer

OFFERED_AFTER: Final = frozenset(
    {
        "gave_up",
        "key_gone",
        "model_gone",
        "model_paused",
        "provider_broken",
        "provider_down",
        "provider_failed_inside",
        "provider_model_gone",
        "provider_no_balance",
        "provider_not_permitted",
        "provider_not_ready",
        "provider_refused_key",
        "provider_timed_out",
        "provider_unreachable",
        "waited_too_long",
    }
)
"""Failures that say something about the provider. A refusal of somebody's words is no reason to go elsewhere."""


MOST_AGAIN: Final = 5
"""As many buttons stand in one row."""


async def failed_offers(
    context: Context, origin: Origin, visibility: Visibility, failures: Sequence[FailedResult]
) -> tuple[Offer, ...]:
    """Return what could be painted now instead, with prices for whoever asked; () where nothing fits.

    Of orders whose outcome nobody knows each is offered once more, which may be paid twice; of a failure, the models
    that could paint the first one.
    """
    caller = Caller(origin, visibility)
    in_doubt = [failure for failure in failures if failure.state == JobState.UNKNOWN]
    if in_doubt:
        again = [await _again(context, caller, failure) for failure in in_doubt[:MOST_AGAIN]]
        return tuple(offer for offer in again if offer is not None)
    if not failures or failures[0].code not in OFFERED_AFTER:
        return ()
    try:
        recipe = await history.recipe_of_own_job(context, origin.user_id, failures[0].job_id)
        return await offers_for(context, caller, [recipe])
    except (NotFoundError, UserError):
        return ()


async def _again(context: Context, caller: Caller, failure: FailedResult) -> Offer | None:
    """Return the offer to run one job again, None where its recipe was deleted or its model is gone."""
    try:
        recipe = await history.recipe_of_own_job(context, caller.origin.user_id, failure.job_id)
        return await offer_again(context, caller, failure.job_id, recipe)
    except (NotFoundError, UserError):
        return None
