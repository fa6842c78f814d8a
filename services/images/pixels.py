"""Threads for pixel work, no more of them at a time than there are cores, so that the event loop stays free."""

import asyncio
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class PixelWork:
    """Runs plain functions over bytes in threads; belongs to one event loop."""

    def __init__(self, limit: int | None = None) -> None:
        """Allow `limit` functions at a time, as many as there are cores when None."""
        self.limit = limit or os.cpu_count() or 1
        self._slots = asyncio.Semaphore(self.limit)

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `work` returns, or raise what it raises.

        A thread cannot be stopped: a caller that is cancelled while its work runs waits for the end, so that its slot
        is not given away early, and is cancelled then.
        """
        async with self._slots:
            return await to_the_end(asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs)))


async def to_the_end(task: asyncio.Future[_T]) -> _T:
    """Await `task` without ever cancelling it; a cancellation of the caller is raised when it is done."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at, or asyncio would report it as never retrieved
    raise cancelled
