"""Hand one claimed job to its provider.

The order is: `sent_at` committed under the fence, then the call, then its answer committed. Killed in between, the
attempt says whether anything can have left: without `sent_at` nothing did, with it the order is never sent again
unless the provider is repeatable (free, and the same picture again).
"""

import time
from typing import Final

from db import attempts, moves
from db.engine import Connection
from db.moves import Claim
from services.context import Context
from services.errors import ProviderBusy, ProviderError, ProviderUnknown
from services.jobs import faults, storing
from services.jobs.ending import end_without_picture
from services.jobs.known_after import known_after_s
from services.jobs.persisting import persist
from services.jobs.webhook_address import webhook_address
from services.models import JobState, Recipe
from services.providers.base import Finished, PaintOrder, Provider, Waiting
from services.recipes import recipe_from_json

SUBMIT_TRIES: Final = 3
SEND_WITHIN_S: Final = 2.0
"""How old the commit of `sent_at` may be when the call starts; a machine that slept in between must not send."""
BUSY_MAX_S: Final = 120.0


def make_order(context: Context, claim: Claim, recipe: Recipe) -> PaintOrder:
    """Return what the provider is asked for."""
    model = context.catalog.find(recipe.model)
    return PaintOrder(
        model=model.id,
        endpoint=model.endpoint,
        prompt=recipe.prompt,
        image_seed=recipe.image_seed,
        parameters=recipe.parameters,
        features=recipe.features,
        webhook_url=webhook_address(context, claim.job.provider, claim.attempt.id),
    )


def _clock_s() -> float:
    """Return a clock that goes on while the machine sleeps, where there is one (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _mark_sent(conn: Connection, attempt_id: int) -> float | None:
    return _clock_s() if attempts.mark_sent(conn, attempt_id) else None


async def _may_send(context: Context, claim: Claim) -> bool:
    """Commit `sent_at`; False where the attempt is not ours (any more), or that commit is too old to act on."""
    marked_s = await context.database.write(_mark_sent, claim.attempt.id)
    if marked_s is None:
        await context.database.write(moves.close_unsent, claim)
    elif _clock_s() - marked_s > SEND_WITHIN_S:
        await context.database.write(moves.close_unsent, claim, is_counted=False)
    else:
        return True
    context.deliveries_bell.ring()
    context.jobs_bell.ring()
    return False


async def _fail(context: Context, claim: Claim, error: Exception) -> None:
    await end_without_picture(context, claim, JobState.SUBMITTING, JobState.FAILED, error)


async def _put_back(
    context: Context, claim: Claim, delay_s: float, error: ProviderError, *, is_counted: bool
) -> None:
    if is_counted and claim.job.submit_tries >= SUBMIT_TRIES:
        await _fail(context, claim, error)
        return
    stored = faults.record(error, claim.job.id)
    await persist(context.database, moves.put_back, claim, int(delay_s * 1000), stored, is_counted=is_counted)


async def settle_error(context: Context, claim: Claim, provider: Provider, error: Exception) -> None:
    """Decide what a failed submit means: wait, try again, fail, or leave it in doubt. Nothing is sent here."""
    known = faults.as_known(error)
    if isinstance(known, ProviderBusy):
        await _put_back(context, claim, min(known.retry_after_s, BUSY_MAX_S), known, is_counted=False)
    elif isinstance(known, ProviderError) and known.may_retry:
        await _put_back(context, claim, 2.0**claim.job.submit_tries, known, is_counted=True)
    elif isinstance(known, ProviderError) and not isinstance(known, ProviderUnknown):
        await _fail(context, claim, known)
    elif provider.is_repeatable:
        await _fail(context, claim, error)
    else:
        # Also an error that we did not foresee: it may have struck after the order had left.
        stored = faults.record(error, claim.job.id)
        wait_ms = int(known_after_s(context, claim.job.model) * 1000)
        await persist(context.database, moves.doubt, claim, wait_ms, stored)


async def keep_answer(context: Context, claim: Claim, provider: Provider, answer: Waiting | Finished) -> None:
    """Commit what the provider answered."""
    if isinstance(answer, Waiting):
        handle, delay_ms = answer.handle, int(answer.poll_after_s * 1000)
        await persist(
            context.database, moves.keep_waiting, claim, handle.remote_id, handle.to_json(), delay_ms
        )
    elif answer.picture.data is not None:
        await storing.store_painted(context, claim, provider, answer, answer.picture.data)
    else:
        await persist(context.database, moves.keep_outcome, claim, storing.outcome_to_json(answer))
        context.fetches_bell.ring()


async def submit(context: Context, claim: Claim) -> None:
    """Work on one claimed job until its provider has it, or it is certain what became of it."""
    if claim.job.submit_tries > SUBMIT_TRIES:
        error = ProviderError("gave_up", f"{SUBMIT_TRIES} tries did not end")
        await _fail(context, claim, error)
        return
    provider = context.registry.provider(claim.job.provider)
    order = make_order(context, claim, recipe_from_json(claim.job.recipe_body))
    if not await _may_send(context, claim):
        return
    try:
        answer = await provider.submit(order)
    except Exception as error:  # noqa: BLE001 - whatever it is, the order may have left: settle_error decides
        await settle_error(context, claim, provider, error)
        return
    await keep_answer(context, claim, provider, answer)
