"""One writer a message: progress edits and the result of a request take turns, and the result has the last word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class MessageTurns:
    """The turns at the messages of this process's running requests. Bounded: a request leaves with its result."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._uncertain: set[int] = set()
        self._answered: set[int] = set()

    def begin_tick(self) -> None:
        """Start a round of progress edits; called before the running requests are read.

        What has its result before that reading is not in it. What gets it afterwards is remembered until the next one.
        """
        self._answered.clear()

    @asynccontextmanager
    async def progress(self, request_id: int) -> AsyncIterator[bool]:
        """Give a turn for one progress edit; False where it must be dropped: the result is on its way or was sent."""
        # No lock is made for a request that was answered: nobody would take it away again.
        if request_id in self._answered or self._locks.setdefault(request_id, asyncio.Lock()).locked():
            yield False
            return
        async with self._locks[request_id]:
            yield True

    @asynccontextmanager
    async def result(self, request_id: int) -> AsyncIterator[None]:
        """Give the turn for the result, after the last progress edit has ended."""
        self._answered.add(request_id)
        async with self._locks.setdefault(request_id, asyncio.Lock()):
            yield

    def mark_uncertain(self, request_id: int) -> None:
        """Note that a progress edit was given up half way: it may still overtake the result."""
        self._uncertain.add(request_id)

    def leave(self, request_id: int) -> bool:
        """Forget a request after its result was sent; True where the result must be sent once more, later."""
        self._locks.pop(request_id, None)
        was_uncertain = request_id in self._uncertain
        self._uncertain.discard(request_id)
        return was_uncertain
