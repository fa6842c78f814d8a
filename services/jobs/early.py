"""A picture that is fetched while the call that named it is being committed.

Fetching is free and can be repeated, so nothing is lost where the commit fails or moves nothing: the picture is thrown
away. It takes the hand that fetches it afterwards, so that no more pictures are fetched at once than there are hands.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.context import Context
from services.jobs import arriving, fetching
from services.jobs.arriving import Arrived, Arriving
from services.providers.base import Picture, Provider


class EarlyPicture:
    """A picture on its way, or none. Whoever fetches its order takes it over."""

    def __init__(self, task: Arriving | None = None) -> None:
        self._task = task

    def take(self) -> Arriving | None:
        """Return the picture, for which the caller answers from now on."""
        task, self._task = self._task, None
        return task


async def _arrive(context: Context, provider: Provider, picture: Picture) -> Arrived:
    return await arriving.arrive(context, await fetching.from_addresses(context, provider, picture))


@asynccontextmanager
async def fetched_early(
    context: Context, provider_name: str, picture: Picture, *, is_wanted: bool
) -> AsyncIterator[EarlyPicture]:
    """Fetch a picture while the block runs, where it is wanted and has an address; what nobody took is thrown away."""
    if not is_wanted or picture.url is None:
        yield EarlyPicture()
        return
    # Without the key of the job's account: it is not needed to know where this provider's pictures may lie.
    provider = context.registry.provider(provider_name)
    early = EarlyPicture(asyncio.create_task(_arrive(context, provider, picture), name="early fetch"))
    try:
        yield early
    finally:
        left = early.take()
        if left is not None:
            await arriving.throw_away(left)
