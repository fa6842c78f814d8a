"""A gate that lets acknowledgements go first: Discord forgets an interaction that is not answered within 3 seconds.

Two hundred commands may arrive in one moment. Their acknowledgements are small; what follows (database, providers) is
not. Work passes only while no acknowledgement is on its way, and only so much of it at once. In a burst it also waits
for a lull, because the next commands are already in the socket; a command alone waits for nothing.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.metrics import count, observe

UNKNOWN_INTERACTION: Final = 10062
"""Source: Discord, JSON error codes, "Unknown interaction": it was not answered within 3 seconds."""

WORK_AT_ONCE: Final = 16
"""More at once only wait for each other: the database writes one after the other."""

LONGEST_HOLD_S: Final = 2.0
"""Work waits no longer than this, so that a stream of new interactions cannot starve it."""

BURST: Final = 8
BURST_WITHIN_S: Final = 0.25
"""So many interactions within this time are a burst."""
LULL_S: Final = 0.1
"""After a burst, work begins when nothing came for this long."""


class Gate:
    """Counts interactions that are received and not yet acknowledged, and holds work back while there are any."""

    def __init__(self, *, work_at_once: int = WORK_AT_ONCE, longest_hold_s: float = LONGEST_HOLD_S) -> None:
        self._slots = asyncio.Semaphore(work_at_once)
        self._longest_hold_s = longest_hold_s
        self._waiting = 0
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._arrivals_s: deque[float] = deque(maxlen=BURST)
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def waiting(self) -> int:
        """Return how many acknowledgements are on their way."""
        return self._waiting

    @asynccontextmanager
    async def acknowledging(self, arrived_s: float | None = None) -> AsyncIterator[None]:
        """Count one interaction as waiting for its acknowledgement while the body runs, and how that ended.

        `arrived_s` is when it came, by `time.monotonic`, where that is known better than now.
        """
        now_s = time.monotonic()
        self._waiting += 1
        self._idle.clear()
        self._arrivals_s.append(now_s)
        self._quiet.clear()
        try:
            yield
            count("limner_acknowledgements_total", outcome="acknowledged")
            observe("limner_acknowledgement_seconds", time.monotonic() - (arrived_s or now_s))
        except Exception as error:
            is_forgotten = getattr(error, "code", None) == UNKNOWN_INTERACTION
            count("limner_acknowledgements_total", outcome="forgotten" if is_forgotten else "failed")
            raise
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._quiet.set()
            self._note_idle()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """Run the body once the acknowledgements are out and a place is free."""
        self._working += 1
        self._idle.clear()
        try:
            await self._wait_for_quiet()
            async with self._slots:
                yield
        finally:
            self._working -= 1
            self._note_idle()

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """Run a body that waits for somebody outside: it is work to wait for, and takes no place from others."""
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            self._note_idle()

    async def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until everything that was received is accepted or answered; False where that took too long."""
        try:
            async with asyncio.timeout(timeout_s):
                # What was acknowledged a moment ago begins its work with the next turn of the loop.
                await asyncio.sleep(0)
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _note_idle(self) -> None:
        if self._waiting == 0 and self._working == 0:
            self._idle.set()

    async def _wait_for_quiet(self) -> None:
        """Wait until nothing waits for its acknowledgement and no burst is going on, `longest_hold_s` at most."""
        try:
            async with asyncio.timeout(self._longest_hold_s):
                # The event may be set and cleared again before this task gets its turn.
                while self._waiting or self._lull_left_s():
                    await self._quiet.wait()
                    await asyncio.sleep(self._lull_left_s())
        except TimeoutError:
            return

    def _lull_left_s(self) -> float:
        """Return how long to wait for the lull after a burst, 0 where there is no burst."""
        if len(self._arrivals_s) < BURST or self._arrivals_s[-1] - self._arrivals_s[0] > BURST_WITHIN_S:
            return 0.0
        return max(0.0, self._arrivals_s[-1] + LULL_S - time.monotonic())
