"""Bring a finished picture home: check its bytes, store them, and only then write its row."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from db import moves
from db.images import ImageRow
from db.moves import Claim
from services.context import Context
from services.errors import LimnerError, ProviderBroken, StorageError
from services.http import fetch_bytes
from services.images.guard import inspect
from services.jobs import faults
from services.models import LEFT_OUT, Dropped, JobState, JsonValue
from services.providers.base import Finished, Picture, Provider
from services.recipes import recipe_from_json, recipe_to_json

FETCH_TRIES: Final = 3
STORE_AGAIN_AFTER_S: Final = 30.0


def outcome_to_json(finished: Finished) -> dict[str, JsonValue]:
    """Return the stored form of a finished picture that is still at its provider."""
    return {
        "url": finished.picture.url,
        "seed": finished.seed,
        "cost_micro_usd": finished.cost_micro_usd,
        "notes": list(finished.notes),
    }


def outcome_from_json(value: Mapping[str, JsonValue]) -> Finished:
    """Read the stored form."""
    seed, cost, notes, url = (value.get(name) for name in ("seed", "cost_micro_usd", "notes", "url"))
    return Finished(
        Picture(url=url if isinstance(url, str) else None),
        seed if isinstance(seed, int) else None,
        cost if isinstance(cost, int) else None,
        tuple(str(note) for note in notes) if isinstance(notes, list) else (),
    )


def _as_painted(claim: Claim, finished: Finished) -> dict[str, JsonValue] | None:
    """Return the recipe as it was really painted, None where it is the one that was asked for.

    The provider may have used another seed, and says what it left out of the picture.
    """
    recipe = recipe_from_json(claim.job.recipe_body)
    asked = (dropped for dropped in recipe.dropped if dropped.name != LEFT_OUT)
    left_out = (Dropped(LEFT_OUT, note) for note in finished.notes)
    seed = recipe.image_seed if finished.seed is None else finished.seed
    painted = replace(recipe, dropped=(*asked, *left_out), image_seed=seed)
    return None if painted == recipe else recipe_to_json(painted)


async def _store(context: Context, claim: Claim, before: JobState, data: bytes, finished: Finished) -> None:
    facts = await context.pixels.run(inspect, data)
    stored = await context.store.put(data)
    image = ImageRow(
        job_id=claim.job.id,
        user_id=claim.job.user_id,
        digest=stored.digest,
        image_format=facts.format,
        width=facts.width,
        height=facts.height,
        size_bytes=stored.size_bytes,
    )
    await context.database.write(
        moves.keep_picture, claim, before, image, finished.cost_micro_usd, _as_painted(claim, finished)
    )
    context.deliveries_bell.ring()


async def _end(
    context: Context, claim: Claim, before: JobState, after: JobState, error: Exception | None
) -> None:
    stored = None if error is None else faults.record(error, claim.job.id)
    await context.database.write(moves.end_without_picture, claim, before, after, stored)
    context.deliveries_bell.ring()


async def store_painted(
    context: Context, claim: Claim, provider: Provider, finished: Finished, data: bytes
) -> None:
    """Store a picture that came with the answer to the submit.

    A canceled one is let go where it was free; one that was paid for is delivered all the same.
    """
    before = JobState.SUBMITTING
    now = await context.database.read(moves.read_claim, claim.job.id)
    if provider.is_repeatable and now is not None and now.job.is_cancel_requested:
        await _end(context, claim, before, JobState.CANCELED, None)
        return
    try:
        await _store(context, claim, before, data, finished)
    except LimnerError as error:
        if provider.is_repeatable and isinstance(error, StorageError):
            stored = faults.record(error, claim.job.id)
            delay_ms = int(STORE_AGAIN_AFTER_S * 1000)
            await context.database.write(moves.put_back, claim, delay_ms, stored, is_counted=False)
            return
        await _end(context, claim, before, JobState.FAILED, error)


async def fetch(context: Context, claim: Claim) -> None:
    """Fetch a finished picture from its provider and store it; a failure is tried again, three times in all."""
    if claim.job.fetch_tries > FETCH_TRIES or claim.attempt.outcome is None:
        error = ProviderBroken("result_lost", "the finished picture could not be fetched")
        await _end(context, claim, JobState.FETCHING, JobState.FAILED, error)
        return
    finished = outcome_from_json(claim.attempt.outcome)
    try:
        data = await fetch_bytes(context.session, finished.picture.url or "")
        await _store(context, claim, JobState.FETCHING, data, finished)
    except LimnerError as error:
        faults.record(error, claim.job.id)
        delay_s = STORE_AGAIN_AFTER_S if isinstance(error, StorageError) else 2.0**claim.job.fetch_tries
        await context.database.write(moves.postpone_fetch, claim, int(delay_s * 1000))
