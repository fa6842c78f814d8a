"""Threads for pixel work, no more of them at a time than there are cores, so that the event loop stays free."""

import asyncio
import contextvars
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
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
            return await to_the_end(begin_in_thread(work, *args, **kwargs))


def begin_in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> asyncio.Future[_T]:
    """Begin as `asyncio.to_thread` does, without a task of its own around it; return what will come of it."""
    called = partial(contextvars.copy_context().run, partial(work, *args, **kwargs))
    return asyncio.get_running_loop().run_in_executor(None, called)


async def to_the_end(begun: asyncio.Future[_T]) -> _T:
    """Await `begun` without ever cancelling it; a cancellation of the caller is raised when it is done."""
    try:
        return await asyncio.shield(begun)
    except asyncio.CancelledError as error:
        cancelled = error
    while not begun.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({begun})
    if not begun.cancelled():
        begun.exception()  # looked at, or asyncio would report it as never retrieved
    raise cancelled
