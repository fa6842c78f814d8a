"""Bring a finished picture home: check its bytes, store them, and only then write its row."""

import asyncio
from typing import Final

from db import moves
from db.engine import Connection
from db.images import ImageRow
from db.moves import Claim
from services.context import Context
from services.crash_points import crash_point
from services.errors import ProviderError, StorageError, UserError
from services.images.formats import ImageFacts
from services.images.guard import inspect
from services.images.whole import read_whole
from services.jobs import delivering, faults, putting
from services.jobs.ending import end_without_picture
from services.jobs.outcomes import painted_body
from services.jobs.persisting import persist
from services.jobs.putting import Put
from services.models import JobState, JsonValue
from services.providers.base import Finished, Provider
from services.providers.price import Size
from services.recipes import recipe_from_json

STORE_AGAIN_AFTER_S: Final = 30.0


def _read_own(data: bytes) -> tuple[bytes, ImageFacts]:
    return data, inspect(data)


def _asked_size(context: Context, claim: Claim) -> Size | None:
    """Return the size in px that was asked for, None where the model chooses or does not exist any more."""
    recipe = recipe_from_json(claim.job.recipe_body)
    try:
        return context.catalog.find(recipe.model).size_px(recipe.parameters)
    except UserError:
        return None


async def store(
    context: Context,
    claim: Claim,
    before: JobState,
    content: bytes,
    finished: Finished,
    *,
    is_own: bool = False,
) -> None:
    """Check a picture's bytes (or their base64), store them and move its job from `before` to stored.

    `is_own`: this process has made it, so that its pixels need no second look. Raises ProviderBroken("bad_image") for
    what is no whole picture, StorageError where there is no room.
    """
    data, facts = await context.pixels.run(_read_own if is_own else read_whole, content)
    put = await putting.put(context, data)
    crash_point("store.renamed")
    while (has_started := await _keep_row(context, claim, before, finished, facts=facts, put=put)) is None:
        put = await putting.put_again(context, data, put)
    crash_point("settle.committed")
    if not has_started:
        context.deliveries_bell.ring()
    if before is JobState.SUBMITTING:
        context.jobs_bell.ring()  # there is room at the painter


async def _keep_row(
    context: Context, claim: Claim, before: JobState, finished: Finished, *, facts: ImageFacts, put: Put
) -> bool | None:
    """Write the row of bytes that were put; None where they have to be put again before.

    Returns whether a hand of this process has begun with the result.
    """
    image = ImageRow(
        job_id=claim.job.id,
        user_id=claim.job.user_id,
        digest=put.stored.digest,
        image_format=facts.format,
        width=facts.width,
        height=facts.height,
        size_bytes=put.stored.size_bytes,
    )
    painted = painted_body(claim, finished, facts, _asked_size(context, claim))
    with context.delivery_lane.hand() as hand:
        is_kept, begun = await context.database.write(
            _keep,
            claim,
            before,
            image,
            put,
            cost_micro_usd=finished.cost_micro_usd,
            painted_body=painted,
            worker_id=hand.worker_id,
        )
        has_started = hand.start(begun)
    return has_started if is_kept else None


def _keep(
    conn: Connection,
    claim: Claim,
    before: JobState,
    image: ImageRow,
    put: Put,
    *,
    cost_micro_usd: int | None,
    painted_body: dict[str, JsonValue] | None,
    worker_id: str,
) -> tuple[bool, delivering.Begun | None]:
    """Write a picture's row and, where a worker has a hand for it, begin with the result in the same transaction.

    The first is False where nothing was written, because the bytes may have been removed since they were put.
    """
    if not putting.is_safe(conn, put):
        return False, None
    kept = moves.keep_picture(
        conn,
        claim,
        before,
        image,
        cost_micro_usd=cost_micro_usd,
        painted_body=painted_body,
        worker_id=worker_id,
    )
    return True, None if kept.delivery is None else delivering.begin(conn, kept.delivery)


async def _store_paid(context: Context, claim: Claim, finished: Finished, data: bytes) -> None:
    """Store a picture whose bytes are here and nowhere else, and were paid for: until there is room for them."""
    while True:
        try:
            await store(context, claim, JobState.SUBMITTING, data, finished)
        except StorageError as error:
            faults.record(error, claim.job)
            await asyncio.sleep(STORE_AGAIN_AFTER_S)
        else:
            return


async def _store_free(context: Context, claim: Claim, finished: Finished, data: bytes) -> None:
    """Store a picture that can be painted again for nothing; where there is no room, it is, later."""
    now = await context.database.read(moves.read_claim, claim.job.id)
    if now is not None and now.job.is_cancel_requested:
        await end_without_picture(context, claim, JobState.SUBMITTING, JobState.CANCELED, None)
        return
    try:
        await store(context, claim, JobState.SUBMITTING, data, finished, is_own=True)
    except StorageError as error:
        stored, delay_ms = faults.record(error, claim.job), int(STORE_AGAIN_AFTER_S * 1000)
        await persist(context.database, moves.put_back, claim, delay_ms, stored, is_counted=False)
        context.jobs_bell.ring()  # there is room at the painter


async def store_painted(
    context: Context, claim: Claim, provider: Provider, finished: Finished, data: bytes
) -> None:
    """Store a picture that came with the answer to the submit.

    A canceled one is let go where it was free; one that was paid for is delivered all the same.
    """
    try:
        await (_store_free if provider.is_repeatable else _store_paid)(context, claim, finished, data)
    except ProviderError as error:
        is_paid = not provider.is_repeatable
        await end_without_picture(
            context, claim, JobState.SUBMITTING, JobState.FAILED, error, is_paid=is_paid
        )
