"""What a provider's call does to its job. It is accepted at any time: before the submit's answer, late, and twice."""

from collections.abc import Mapping

from db import attempts, moves
from db.engine import Connection
from db.moves import Claim
from services.context import Context
from services.errors import NotFoundError
from services.jobs import faults, storing
from services.models import JobState
from services.providers.base import Failed, Handle


def _read_claim_of_attempt(conn: Connection, attempt_id: int) -> Claim | None:
    attempt = attempts.read_attempt(conn, attempt_id)
    claim = None if attempt is None else moves.read_claim(conn, attempt.job_id)
    return None if attempt is None or claim is None else Claim(claim.job, attempt)


async def _end(context: Context, claim: Claim, failed: Failed) -> None:
    """End a job whose order failed; a word about an earlier attempt says nothing of the newest one."""
    newest = await context.database.read(moves.read_claim, claim.job.id)
    if newest is None or newest.attempt.id != claim.attempt.id:
        return
    stored = faults.record(failed.error, claim.job.id)
    for before in (JobState.WAITING, JobState.SUBMITTING):
        await context.database.write(moves.end_without_picture, claim, before, JobState.FAILED, stored)
    context.deliveries_bell.ring()


async def receive_webhook(
    context: Context, provider_name: str, attempt_id: int, body: bytes, headers: Mapping[str, str]
) -> None:
    """Apply a provider's call; doing it again changes nothing.

    Raises NotFoundError for an attempt of another provider or none, ProviderRejected for a signature that does not
    fit, StorageError where it could not be kept (the provider then calls again).
    """
    claim = await context.database.read(_read_claim_of_attempt, attempt_id)
    if claim is None or claim.job.provider != provider_name:
        raise NotFoundError("no_such_attempt", f"{provider_name}/{attempt_id}")
    provider = context.registry.provider(provider_name)
    notice = await provider.parse_webhook(body, headers)
    if isinstance(notice.result, Failed):
        await _end(context, claim, notice.result)
    elif notice.result is not None:
        await context.database.write(moves.keep_outcome, claim, storing.outcome_to_json(notice.result))
        context.fetches_bell.ring()
    else:
        handle = Handle(notice.remote_id, notice.addresses or {}, claim.job.model)
        await context.database.write(moves.adopt, claim, handle.remote_id, handle.to_json())
        context.polls_bell.ring()
