"""What a provider's call does to its job. It is accepted at any time: before the submit's answer, late, and twice.

Each call is one transaction, and a repeated one writes nothing.
"""

import logging
from collections.abc import Mapping

from db.jobs import calls, moves
from db.jobs.calls import Called, Effect
from db.jobs.moves import Claim
from services.context import Context
from services.crash_points import crash_point
from services.errors import NotFoundError
from services.jobs import faults, polling
from services.jobs.arriving import ToFetch
from services.jobs.early import fetched_early
from services.jobs.handing_over import keep_outcome
from services.jobs.looking import HAS_WEBHOOK
from services.jobs.outcomes import outcome_to_json
from services.logs import about
from services.models import JsonValue
from services.provider_access import provider_for
from services.providers.base import Failed, Finished, Handle, Running, WebhookNotice

log = logging.getLogger(__name__)


def _handle_of(notice: WebhookNotice) -> dict[str, JsonValue]:
    """Return what a call says of how to ask after its order; it only adds to what is known."""
    return {**Handle(notice.remote_id, notice.addresses or {}).to_json(), HAS_WEBHOOK: True}


def _known(effect: Effect | None, provider: str, attempt_id: int) -> Effect:
    if effect is None:
        raise NotFoundError("no_such_attempt", f"{provider}/{attempt_id}")
    return effect


async def _finish(
    context: Context, provider: str, attempt_id: int, notice: WebhookNotice, finished: Finished
) -> None:
    outcome, handle = outcome_to_json(finished), _handle_of(notice)
    is_first = context.first_calls.is_first(attempt_id)
    with context.fetch_lane.hand() as hand:
        is_wanted = is_first and bool(hand.worker_id)
        async with fetched_early(context, provider, finished.picture, is_wanted=is_wanted) as early:
            effect = await context.database.move(
                calls.finished, attempt_id, provider, handle, outcome, worker_id=hand.worker_id
            )
            has_moved = effect is not None and effect.called is Called.MOVED
            to_fetch = ToFetch(effect.claim, early.take()) if effect is not None and has_moved else None
            has_started = hand.start(to_fetch)
    _known(effect, provider, attempt_id)
    if has_moved and not has_started:
        context.fetches_bell.ring()
    if has_moved:
        context.jobs_bell.ring_for_room()


async def _fail(context: Context, provider: str, attempt_id: int, failed: Failed) -> None:
    described = faults.describe(failed.error)
    effect = await context.database.write(calls.failed, attempt_id, provider, described)
    known = _known(effect, provider, attempt_id)
    if known.called is Called.MOVED:
        faults.write_log(failed.error, described, known.claim.job.id)
        context.deliveries_bell.ring()
        context.jobs_bell.ring()


async def _ask_late(context: Context, claim: Claim) -> None:
    """Ask after an order that was given up and of which a call came: only what its provider says counts.

    Raises ProviderError where that cannot be told now; the sender then calls again.
    """
    provider = await provider_for(context, claim.job.provider, claim.job.account)
    answer = await polling.ask(context, claim, provider, Handle.from_json(claim.attempt.handle or {}))
    if isinstance(answer, Running):
        log.info(
            "job %d was given up, and still runs at its provider", claim.job.id, extra={"job": claim.job.id}
        )
    elif isinstance(answer, Finished):
        await keep_outcome(context, claim, answer)
    else:
        await context.database.write(moves.settle_unknown, claim, faults.record(answer.error, claim.job))


async def _hint(context: Context, provider: str, attempt_id: int, notice: WebhookNotice) -> None:
    effect = await context.database.write(calls.hinted, attempt_id, provider, _handle_of(notice))
    known = _known(effect, provider, attempt_id)
    if known.called is Called.ASK:
        await _ask_late(context, known.claim)
    elif known.called is Called.MOVED:
        context.polls_bell.ring()


async def receive_webhook(
    context: Context, provider_name: str, attempt_id: int, body: bytes, headers: Mapping[str, str]
) -> None:
    """Apply a provider's call; doing it again changes nothing.

    Raises NotFoundError for an attempt of another provider or none, ProviderRejected for a signature that does not
    fit, ProviderBusy or ProviderBroken where that cannot be told now, StorageError where it could not be kept (the
    provider then calls again).
    """
    with about(attempt=attempt_id, provider=provider_name):
        await _apply(context, provider_name, attempt_id, body, headers)


async def _apply(
    context: Context, provider_name: str, attempt_id: int, body: bytes, headers: Mapping[str, str]
) -> None:
    notice = await context.registry.provider(provider_name).parse_webhook(body, headers)
    crash_point("webhook.before_commit")
    if isinstance(notice.result, Failed):
        await _fail(context, provider_name, attempt_id, notice.result)
    elif notice.result is not None:
        await _finish(context, provider_name, attempt_id, notice, notice.result)
    else:
        await _hint(context, provider_name, attempt_id, notice)
    crash_point("webhook.after_commit")
