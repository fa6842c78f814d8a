"""Fetch a finished picture from its provider: address by address, and from the provider itself where they give none."""

from typing import Final

from db.jobs import attempts, moves
from db.jobs.moves import Claim
from services.context import Context
from services.errors import LimnerError, ProviderBroken, ProviderError, ProviderRefusedKey, StorageError
from services.http import fetch_bytes
from services.jobs import arriving, faults, polling, storing
from services.jobs.arriving import Arrived, ToFetch
from services.jobs.ending import end_without_picture
from services.jobs.outcomes import outcome_from_json, outcome_to_json
from services.models import JobState
from services.provider_access import provider_for
from services.providers.base import Finished, Handle, Picture, Provider

FETCH_TRIES: Final = 3
AGAIN_AFTER_S: Final = 1.0
AGAIN_FACTOR: Final = 2.0
"""The n-th try that failed is followed by the next after 1 s times 2 to the n."""


def _wait_ms(tries: int) -> int:
    return int(1000 * AGAIN_AFTER_S * AGAIN_FACTOR**tries)


async def _provider_of(context: Context, claim: Claim) -> Provider:
    """Return the job's provider; one without its key still knows where pictures may lie."""
    try:
        return await provider_for(context, claim.job.provider, claim.job.account)
    except ProviderRefusedKey:
        return context.registry.provider(claim.job.provider)


async def from_addresses(context: Context, provider: Provider, picture: Picture) -> bytes:
    """Return the bytes at the first address that gives any. Raises the first one's ProviderError where none does."""
    failure: ProviderError | None = None
    for url in (picture.url, *picture.other_urls):
        try:
            return await fetch_bytes(context.session, url or "", provider.may_fetch)
        except ProviderError as error:
            failure = failure or error
    raise failure or ProviderBroken("result_lost", "no address")


async def _ask_again(context: Context, claim: Claim) -> Finished:
    """Return what the provider says of a finished order now. Raises ProviderError where it does not say that."""
    if claim.attempt.handle is None:
        raise ProviderBroken("result_lost", "nothing leads to the order any more")
    provider = await provider_for(context, claim.job.provider, claim.job.account)
    answer = await polling.ask(context, claim, provider, Handle.from_json(claim.attempt.handle))
    if not isinstance(answer, Finished):
        raise ProviderBroken("result_lost", "finished before, and not any more")
    return answer


async def _bytes_of(context: Context, claim: Claim, finished: Finished) -> bytes:
    """Return the picture's bytes; one that has no address comes with the provider's own answer."""
    picture = finished.picture
    if picture.url is None:
        picture = (await _ask_again(context, claim)).picture
    if picture.data is not None:
        return picture.data
    return await from_addresses(context, await _provider_of(context, claim), picture)


async def fetch_again(context: Context, claim: Claim) -> bytes:
    """Return the bytes of a picture that was stored before, from wherever its provider still has them.

    Raises LimnerError where it has not: its address is over, or there never was one.
    """
    if claim.attempt.outcome is None:
        raise ProviderBroken("result_lost", "it came with the answer to its order, and only then")
    try:
        return await _bytes_of(context, claim, outcome_from_json(claim.attempt.outcome))
    except ProviderError:
        return await _bytes_of(context, claim, await _ask_again(context, claim))


async def _renew_addresses(context: Context, claim: Claim) -> None:
    """Keep where the provider says that the picture lies now: addresses expire before pictures do."""
    try:
        answer = await _ask_again(context, claim)
    except LimnerError as error:
        faults.record(error, claim.job)
        return
    await context.database.write(attempts.keep_outcome, claim.attempt.id, outcome_to_json(answer))


async def _arrived(context: Context, work: ToFetch, finished: Finished) -> Arrived:
    """Return the picture, which may be on its way already."""
    if work.early is not None:
        return await work.early
    return await arriving.arrive(context, await _bytes_of(context, work.claim, finished))


async def fetch(context: Context, work: ToFetch) -> None:
    """Fetch a finished picture from its provider and store it; a failure is tried again, three times in all."""
    claim = work.claim
    if claim.job.fetch_tries > FETCH_TRIES or claim.attempt.outcome is None:
        error = ProviderBroken("result_lost", "the finished picture could not be fetched")
        await end_without_picture(context, claim, JobState.FETCHING, JobState.FAILED, error)
        return
    finished = outcome_from_json(claim.attempt.outcome)
    try:
        arrived = await _arrived(context, work, finished)
        await storing.keep(context, claim, JobState.FETCHING, arrived, finished)
    except StorageError as error:
        faults.record(error, claim.job)
        delay_ms = int(storing.STORE_AGAIN_AFTER_S * 1000)
        await context.database.write(moves.postpone_fetch, claim, delay_ms, is_counted=False)
    except ProviderError as error:
        faults.record(error, claim.job)
        await _renew_addresses(context, claim)
        await context.database.write(moves.postpone_fetch, claim, _wait_ms(claim.job.fetch_tries))
