"""A picture that has come: judged while its bytes are written beside their place. Nothing of it counts yet."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from db.jobs.moves import Claim
from services.context import Context
from services.errors import StorageError
from services.images.formats import ImageFacts
from services.images.guard import inspect
from services.images.store import PreparedImage
from services.images.whole import is_picture, judge, unwrapped
from services.jobs.awake import clock_s


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole picture whose bytes are on their way into the store; `begun_at_s` is when that began (`clock_s`)."""

    data: bytes = field(repr=False)
    facts: ImageFacts
    prepared: PreparedImage
    begun_at_s: float
    is_own: bool = False


Arriving = asyncio.Task[Arrived]


@dataclass(frozen=True, slots=True)
class ToFetch:
    """A finished order in a worker's hands; `early` is its picture, where somebody began to fetch it before."""

    claim: Claim
    early: Arriving | None = None


async def arrive(context: Context, content: bytes, *, is_own: bool = False) -> Arrived:
    """Return the picture in `content` (the bytes, or their base64), judged and written beside its place.

    `is_own`: this process has made it, so that its pixels need no second look. Nothing is left behind where this
    raises ProviderBroken("bad_image") for what is no whole picture, StorageError, or is cancelled.
    """
    data = content if is_picture(content) else await context.pixels.run(unwrapped, content)
    if not is_picture(data):
        inspect(data)  # raises: a page of HTML is nothing to be written
    begun_at_s = clock_s()
    writing = asyncio.ensure_future(context.store.prepare(data))
    try:
        facts = await (context.pixels.run(inspect, data) if is_own else _judged(context, data))
        return Arrived(data, facts, await asyncio.shield(writing), begun_at_s, is_own)
    except BaseException:
        await _drop_written(writing)
        raise


async def _judged(context: Context, data: bytes) -> ImageFacts:
    try:
        return await context.pixels.run(judge, data)
    except StorageError:
        # Everything that was paid for waits until somebody mends it, and its service does not keep it for ever.
        context.alerts.note("decoder_failed")
        raise


async def _drop_written(writing: asyncio.Future[PreparedImage]) -> None:
    with suppress(StorageError):
        await (await writing).drop()


async def throw_away(arriving: Arriving) -> None:
    """End what is on its way, and leave nothing of it behind."""
    arriving.cancel()
    await asyncio.wait([arriving])
    if not arriving.cancelled() and arriving.exception() is None:
        with suppress(StorageError):  # what is left is swept like what a power cut leaves
            await arriving.result().prepared.drop()
