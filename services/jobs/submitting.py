"""Hand one claimed job to its provider.

The order is: `sent_at` committed under the fence, then the call, then its answer committed. Killed in between, the
attempt says whether anything can have left: without `sent_at` nothing did, with it the order is never sent again
unless the provider is repeatable (free, and the same picture again).
"""

import logging
import time
from typing import Final

from db.dialects import life
from db.engine import CommitUnknownError, Connection
from db.jobs import attempts, moves
from db.jobs.moves import Claim
from services.asker_pauses import pause_of_asker
from services.circuit import Call
from services.context import Context
from services.crash_points import crash_point
from services.errors import (
    LimnerError,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderUnknown,
    StorageError,
    UserError,
)
from services.images.guard import inspect
from services.jobs import faults, storing
from services.jobs.awake import clock_s
from services.jobs.ending import end_without_picture
from services.jobs.handing_over import keep_outcome
from services.jobs.known_after import known_after_s
from services.jobs.looking import HAS_WEBHOOK, first_look_of
from services.jobs.noticing import notice, tell_if_new
from services.jobs.persisting import persist, persist_move
from services.jobs.webhook_address import webhook_address
from services.models import JobState, Recipe
from services.provider_access import provider_for
from services.providers.base import Finished, PaintOrder, Provider, Reference, Waiting
from services.recipes import recipe_from_json
from services.reference_bytes import gone, reference_bytes

log = logging.getLogger(__name__)

SUBMIT_TRIES: Final = 3
SEND_WITHIN_S: Final = 2.0
"""How old the commit of `sent_at` may be when the call starts; a machine that slept in between must not send."""
BUSY_MAX_S: Final = 120.0
LONGEST_IN_LINE_S: Final = 1_800.0
"""How long a provider may keep an order in its own line."""
MODEL_GONE: Final = "provider_model_gone"


async def _load(context: Context, digest: str, user_id: int, lender: str) -> Reference:
    """Return a stored picture to look at. Raises UserError as `reference_bytes.gone` gives where there is none."""
    try:
        data = await reference_bytes(context, digest, user_id, lender)
        facts = await context.pixels.run(inspect, data)
    except StorageError as error:
        if error.code not in {"image_missing", "image_damaged"}:
            raise
        raise await gone(context, digest, user_id, f"reference {digest[:12]}: {error.code}") from error
    return Reference(data, facts.format.media_type, facts.width, facts.height)


async def make_order(context: Context, claim: Claim, recipe: Recipe) -> PaintOrder:
    """Return what the provider is asked for, with the bytes of the pictures to look at.

    Raises UserError as `reference_bytes.gone` gives where one of them is not there any more, StorageError where
    none can be read.
    """
    model = context.catalog.find(recipe.model)
    lender = "" if recipe.character is None else recipe.character.code
    references = [await _load(context, digest, claim.job.user_id, lender) for digest in recipe.references]
    can_call = model.capabilities.webhook
    return PaintOrder(
        model=model.id,
        endpoint=model.endpoint,
        prompt=recipe.prompt,
        image_seed=recipe.image_seed,
        parameters=recipe.parameters,
        features=recipe.features,
        references=tuple(references),
        webhook_url=webhook_address(context, claim.job.provider, claim.attempt.id) if can_call else None,
        deadline_s=min(LONGEST_IN_LINE_S, model.outcome_known_after_s),
    )


def _pause_of(context: Context, claim: Claim) -> LimnerError | None:
    """Return the operator's pause that came while a job stood in line, as its error."""
    paused = context.standing.pause_of(context.catalog.find(claim.job.model))
    if paused is not None:
        return UserError(paused.code, "paused", **paused.fields)
    return pause_of_asker(context.standing.pauses, claim.job.user_id, claim.job.guild_id)


def _mark_sent(conn: Connection, attempt_id: int) -> tuple[float, int] | None:
    """Return when an attempt was marked, and how many were so far; None where it may not be sent."""
    return (clock_s(), life.count_send(conn)) if attempts.mark_sent(conn, attempt_id) else None


def _bear_witness(context: Context, sends: int) -> None:
    """Write beside the database that an order is about to leave: an older copy of it does not know that."""
    if context.database.witness is None:
        return
    try:
        context.database.witness.note_sends(sends)
    except OSError:
        log.exception("the count of orders beside the database cannot be written")


async def _may_send(context: Context, claim: Claim) -> bool:
    """Commit `sent_at`; False where the attempt is not ours (any more), or that commit is too old to act on."""
    try:
        marked = await context.database.write(_mark_sent, claim.attempt.id)
    except CommitUnknownError:
        # Marked or not, nothing leaves: else it would be in doubt for hours.
        await persist(context.database, moves.close_unsent, claim, is_counted=False)
        return False
    if marked is None:
        await context.database.write(moves.close_unsent, claim)
    elif clock_s() - marked[0] > SEND_WITHIN_S:
        await context.database.write(moves.close_unsent, claim, is_counted=False)
    else:
        _bear_witness(context, marked[1])
        return True
    context.deliveries_bell.ring()
    context.jobs_bell.ring()
    return False


async def _fail(context: Context, claim: Claim, error: Exception) -> None:
    await end_without_picture(context, claim, JobState.SUBMITTING, JobState.FAILED, error)


async def _put_back(
    context: Context, claim: Claim, delay_s: float, error: LimnerError, *, is_counted: bool
) -> None:
    if is_counted and claim.job.submit_tries >= SUBMIT_TRIES:
        await _fail(context, claim, error)
        return
    stored = faults.record(error, claim.job)
    await persist(context.database, moves.put_back, claim, int(delay_s * 1000), stored, is_counted=is_counted)
    context.deliveries_bell.ring()  # where it was canceled meanwhile, it has ended
    context.jobs_bell.ring()


async def _wait_while_down(context: Context, claim: Claim, error: ProviderError) -> None:
    """Put a job back until the next trial: what the provider's being down stops is no failure of the job."""
    delay_s = context.standing.trial_in_s(claim.job.provider)
    await _put_back(context, claim, delay_s, error, is_counted=False)


async def _doubt(context: Context, claim: Claim, error: Exception) -> None:
    """Leave a job whose order may have left to the provider's call."""
    stored = faults.record(error, claim.job)
    wait_ms = int(known_after_s(context, claim.job.model) * 1000)
    await persist(context.database, moves.doubt, claim, wait_ms, stored)
    context.jobs_bell.ring_for_room()  # what is in doubt takes up none


async def settle_error(context: Context, claim: Claim, provider: Provider, error: Exception) -> None:
    """Decide what a failed submit means: wait, try again, fail, or leave it in doubt. Nothing is sent here."""
    known = faults.as_known(error)
    if isinstance(known, ProviderBusy):
        await _put_back(context, claim, min(known.retry_after_s, BUSY_MAX_S), known, is_counted=False)
    elif (
        isinstance(known, ProviderError)
        and known.may_retry
        and context.standing.is_down_here(claim.job.provider)
    ):
        await _wait_while_down(context, claim, known)
    elif isinstance(known, ProviderError) and known.may_retry:
        await _put_back(context, claim, 2.0**claim.job.submit_tries, known, is_counted=True)
    elif isinstance(known, ProviderError) and not isinstance(known, ProviderUnknown):
        await _fail(context, claim, known)
    elif provider.is_repeatable:
        await _fail(context, claim, error)
    else:
        # Also an error that we did not foresee: it may have struck after the order had left.
        await _doubt(context, claim, error)


def _keep_standing(context: Context, claim: Claim, error: Exception | None, took_s: float) -> None:
    """Note what the answer to a submit says about the provider and the model.

    Of a model that somebody's own key may not use, nothing is said about anybody else.
    """
    notice(context, claim, Call.SUBMIT, error, took_s=took_s)
    is_gone = isinstance(error, ProviderRefusedKey) and error.code == MODEL_GONE
    if is_gone and claim.job.account.key_id is None:
        context.standing.mark_gone(claim.job.model)
        tell_if_new(context)


async def _keep_waiting(context: Context, claim: Claim, order: PaintOrder, answer: Waiting) -> None:
    has_webhook = order.webhook_url is not None
    # What looks have opened only a look closes: a call by webhook tells nothing of that.
    is_net = has_webhook and not context.standing.is_down_here(claim.job.provider)
    first_s = first_look_of(context, claim.job.model, answer.poll_after_s, has_webhook=is_net)
    handle = {**answer.handle.to_json(), HAS_WEBHOOK: has_webhook}
    await persist_move(context.database, moves.keep_waiting, claim, handle, int(first_s * 1000))


async def keep_answer(
    context: Context, claim: Claim, provider: Provider, order: PaintOrder, answer: Waiting | Finished
) -> None:
    """Commit what the provider answered."""
    if isinstance(answer, Waiting):
        await _keep_waiting(context, claim, order, answer)
    elif answer.picture.data is not None:
        if answer.handle is not None:
            await persist(context.database, attempts.keep_handle, claim.attempt, answer.handle.to_json())
        await storing.store_painted(context, claim, provider, answer, answer.picture.data)
    else:
        await keep_outcome(context, claim, answer)


async def _prepare(context: Context, claim: Claim) -> tuple[Provider, PaintOrder]:
    """Return whom to ask and for what. Raises LimnerError where the job cannot be sent any more; nothing has left."""
    if claim.job.submit_tries > SUBMIT_TRIES:
        raise ProviderError("gave_up", f"{SUBMIT_TRIES} tries did not end")
    paused = _pause_of(context, claim)
    if paused is not None:
        raise paused
    provider = await provider_for(context, claim.job.provider, claim.job.account, is_new_order=True)
    return provider, await make_order(context, claim, recipe_from_json(claim.job.recipe_body))


def _leave_trial(context: Context, claim: Claim) -> None:
    """Leave the trial of a provider that is down to the next job: of this one nothing was sent."""
    if not context.standing.is_down_here(claim.job.provider):
        return
    context.standing.forgo_submit(claim.job.provider, claim.attempt.id)
    tell_if_new(context)
    context.jobs_bell.ring()


async def _ready(context: Context, claim: Claim) -> tuple[Provider, PaintOrder] | None:
    """Return whom to ask and for what, marked as sent; None where it is not sent, and what becomes of it is settled."""
    try:
        prepared = await _prepare(context, claim)
    except StorageError as error:
        # Nothing was sent, and it is no failure of the job: what cannot be read now can be read later.
        await _put_back(context, claim, storing.STORE_AGAIN_AFTER_S, error, is_counted=False)
        return None
    except LimnerError as error:
        await _fail(context, claim, error)
        return None
    crash_point("submit.claimed")
    return prepared if await _may_send(context, claim) else None


async def submit(context: Context, claim: Claim) -> None:
    """Work on one claimed job until its provider has it, or it is certain what became of it."""
    ready = await _ready(context, claim)
    if ready is None:
        _leave_trial(context, claim)
        return
    provider, order = ready
    crash_point("submit.marked")
    begun_s = time.monotonic()
    try:
        answer = await provider.submit(order)
    except Exception as error:  # noqa: BLE001 - whatever it is, the order may have left: settle_error decides
        _keep_standing(context, claim, error, time.monotonic() - begun_s)
        await settle_error(context, claim, provider, error)
        return
    crash_point("submit.answered")
    _keep_standing(context, claim, None, time.monotonic() - begun_s)
    await keep_answer(context, claim, provider, order, answer)
