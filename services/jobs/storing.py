"""Bring a finished picture home: check its bytes, store them, and only then write its row."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from db import attempts, moves
from db.images import ImageRow
from db.moves import Claim
from services.context import Context
from services.errors import LimnerError, ProviderBroken, ProviderError, StorageError
from services.http import fetch_bytes
from services.images.guard import inspect
from services.jobs import faults
from services.jobs.ending import end_without_picture
from services.jobs.persisting import persist
from services.models import LEFT_OUT, MAX_SEED, Dropped, JobState, JsonValue
from services.providers.base import Finished, Handle, Picture, Provider
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
    seed = recipe.image_seed
    # A model that takes no seed may name one all the same; it would promise a rerun that nobody can keep.
    if seed is not None and finished.seed is not None and 0 <= finished.seed <= MAX_SEED:
        seed = finished.seed
    painted = replace(recipe, dropped=(*asked, *left_out), image_seed=seed)
    return None if painted == recipe else recipe_to_json(painted)


async def _store(context: Context, claim: Claim, before: JobState, data: bytes, finished: Finished) -> None:
    facts = await context.pixels.run(inspect, data)
    async with context.storing:
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
            moves.keep_picture,
            claim,
            before,
            image,
            cost_micro_usd=finished.cost_micro_usd,
            painted_body=_as_painted(claim, finished),
        )
    context.deliveries_bell.ring()


async def _store_paid(context: Context, claim: Claim, finished: Finished, data: bytes) -> None:
    """Store a picture whose bytes are here and nowhere else, and were paid for: until there is room for them."""
    while True:
        try:
            await _store(context, claim, JobState.SUBMITTING, data, finished)
        except StorageError as error:
            faults.record(error, claim.job.id)
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
        await _store(context, claim, JobState.SUBMITTING, data, finished)
    except StorageError as error:
        stored, delay_ms = faults.record(error, claim.job.id), int(STORE_AGAIN_AFTER_S * 1000)
        await persist(context.database, moves.put_back, claim, delay_ms, stored, is_counted=False)


async def store_painted(
    context: Context, claim: Claim, provider: Provider, finished: Finished, data: bytes
) -> None:
    """Store a picture that came with the answer to the submit.

    A canceled one is let go where it was free; one that was paid for is delivered all the same.
    """
    try:
        await (_store_free if provider.is_repeatable else _store_paid)(context, claim, finished, data)
    except ProviderError as error:
        await end_without_picture(context, claim, JobState.SUBMITTING, JobState.FAILED, error)


async def _ask_for_a_fresh_address(context: Context, claim: Claim) -> None:
    """Ask the provider once more where the picture lies: addresses expire before pictures do."""
    if claim.attempt.handle is None:
        return
    try:
        answer = await context.registry.provider(claim.job.provider).poll(
            Handle.from_json(claim.attempt.handle)
        )
    except LimnerError as error:
        faults.record(error, claim.job.id)
        return
    if isinstance(answer, Finished) and answer.picture.url is not None:
        await context.database.write(attempts.keep_outcome, claim.attempt.id, outcome_to_json(answer))


async def fetch(context: Context, claim: Claim) -> None:
    """Fetch a finished picture from its provider and store it; a failure is tried again, three times in all."""
    if claim.job.fetch_tries > FETCH_TRIES or claim.attempt.outcome is None:
        error = ProviderBroken("result_lost", "the finished picture could not be fetched")
        await end_without_picture(context, claim, JobState.FETCHING, JobState.FAILED, error)
        return
    finished = outcome_from_json(claim.attempt.outcome)
    try:
        data = await fetch_bytes(context.session, finished.picture.url or "")
        await _store(context, claim, JobState.FETCHING, data, finished)
    except StorageError as error:
        faults.record(error, claim.job.id)
        delay_ms = int(STORE_AGAIN_AFTER_S * 1000)
        await context.database.write(moves.postpone_fetch, claim, delay_ms, is_counted=False)
    except ProviderError as error:
        faults.record(error, claim.job.id)
        await _ask_for_a_fresh_address(context, claim)
        await context.database.write(moves.postpone_fetch, claim, 1000 * 2**claim.job.fetch_tries)
