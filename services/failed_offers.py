"""What could paint instead when a provider did not: offered with prices, never painted by itself."""

from collections.abc import Sequence
from typing import Final

from services import history
from services.asks import Caller
from services.commissioning import offers_for
from services.context import Context
from services.errors import NotFoundError, UserError
from services.jobs.courier import FailedResult
from services.models import Origin, Visibility
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


async def failed_offers(
    context: Context, origin: Origin, visibility: Visibility, failures: Sequence[FailedResult]
) -> tuple[Offer, ...]:
    """Return the models that could paint the first of these now, with prices for whoever asked; () where none fits."""
    if not failures or failures[0].code not in OFFERED_AFTER:
        return ()
    try:
        recipe = await history.recipe_of_own_job(context, origin.user_id, failures[0].job_id)
        return await offers_for(context, Caller(origin, visibility), [recipe])
    except (NotFoundError, UserError):
        return ()
