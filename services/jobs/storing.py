"""Bring a finished picture home: check its bytes, store them, and only then write its row."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from db.engine import Connection
from db.jobs import moves
from db.jobs.moves import Claim
from db.pictures.images import ImageRow
from services.context import Context
from services.crash_points import crash_point
from services.errors import ProviderError, StorageError, UserError
from services.images.formats import Flaw, ImageFacts
from services.jobs import arriving, delivering, faults, putting, ready_files
from services.jobs.arriving import Arrived
from services.jobs.ending import end_without_picture
from services.jobs.outcomes import painted_recipe
from services.jobs.persisting import persist
from services.jobs.putting import Put
from services.jobs.ready_files import ReadyFile
from services.models import JobState, JsonValue, Recipe
from services.providers.base import Finished, Provider
from services.providers.price import Size
from services.recipes import recipe_from_json, recipe_to_json

STORE_AGAIN_AFTER_S: Final = 30.0
DEATHS_AT_MOST: Final = 10
"""How often a paid picture that is nowhere else may end its decoder before it counts as none."""


def _asked_size(context: Context, recipe: Recipe) -> Size | None:
    """Return the size in px that was asked for, None where the model chooses or does not exist any more."""
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
    arrived = await arriving.arrive(context, content, is_own=is_own)
    await keep(context, claim, before, arrived, finished)


@dataclass(frozen=True, slots=True)
class _News:
    """What is written of a picture whose bytes are safe: its job moves from `before` to stored."""

    claim: Claim
    before: JobState
    facts: ImageFacts
    cost_micro_usd: int | None
    painted: dict[str, JsonValue] | None

    def row(self, put: Put) -> ImageRow:
        """Return the picture's row."""
        return ImageRow(
            job_id=self.claim.job.id,
            user_id=self.claim.job.user_id,
            digest=put.stored.digest,
            image_format=self.facts.format,
            width=self.facts.width,
            height=self.facts.height,
            size_bytes=put.stored.size_bytes,
        )


async def keep(
    context: Context, claim: Claim, before: JobState, arrived: Arrived, finished: Finished
) -> None:
    """Store a picture that has arrived and move its job from `before` to stored. Raises StorageError."""
    recipe = recipe_from_json(claim.job.recipe_body)
    painted = painted_recipe(recipe, finished, arrived.facts, _asked_size(context, recipe))
    painted_body = None if painted is None else recipe_to_json(painted)
    news = _News(claim, before, arrived.facts, finished.cost_micro_usd, painted_body)
    ready = ready_files.begin(context, claim.job, arrived, painted or recipe)
    put = await putting.put_arrived(arrived)
    crash_point("store.renamed")
    while (has_started := await _keep_row(context, news, put, ready)) is None:
        put = await putting.put_again(context, arrived.data, put)
    crash_point("settle.committed")
    if not has_started:
        context.deliveries_bell.ring()
    if before is JobState.SUBMITTING:
        context.jobs_bell.ring_for_room()


async def _keep_row(context: Context, news: _News, put: Put, ready: ReadyFile | None) -> bool | None:
    """Write the row of bytes that were put; None where they have to be put again before.

    Returns whether a hand of this process has begun with the result.
    """
    with context.delivery_lane.hand() as hand:
        try:
            begun = await context.database.move(_keep, news, put, hand.worker_id)
        except _BytesNotSafeError:
            return None
        return hand.start(None if begun is None else replace(begun, ready=ready))


class _BytesNotSafeError(Exception):
    """The bytes may have been removed since they were put: nothing is written of their picture."""


def _keep(conn: Connection, news: _News, put: Put, worker_id: str) -> delivering.Begun | None:
    """Write a picture's row and, where a worker has a hand for it, begin with the result in the same transaction.

    Raises _BytesNotSafeError.
    """
    kept = moves.keep_picture(
        conn,
        news.claim,
        news.before,
        news.row(put),
        cost_micro_usd=news.cost_micro_usd,
        painted_body=news.painted,
        worker_id=worker_id,
    )
    # Not before: the move has locked the file, and whoever begins to remove it now finds the picture's row.
    if kept.has_moved and not putting.is_safe_beside(put, kept.removal):
        raise _BytesNotSafeError
    return None if kept.delivery is None else delivering.begin(conn, kept.delivery)


async def _store_paid(context: Context, claim: Claim, finished: Finished, data: bytes) -> None:
    """Store a picture whose bytes are here and nowhere else, and were paid for: until there is room for them.

    A decoder that died of it may have been killed for want of memory, so that is tried again for a while.
    """
    deaths = 0
    while True:
        try:
            await store(context, claim, JobState.SUBMITTING, data, finished)
        except StorageError as error:
            faults.record(error, claim.job)
        except ProviderError as error:
            deaths += 1
            if error.fields.get("reason") != Flaw.TOO_HEAVY or deaths == DEATHS_AT_MOST:
                raise
            faults.record(error, claim.job)
        else:
            return
        await asyncio.sleep(STORE_AGAIN_AFTER_S)


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
        context.jobs_bell.ring()


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
