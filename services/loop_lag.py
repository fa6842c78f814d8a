"""How late the event loop runs what is due: the one figure that shows that something holds it up."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from services.metrics import observe

EVERY_S: Final = 0.25
REMEMBERED_S: Final = 60.0


class LoopLag:
    """Measures while `run` runs. `now_s` is a clock that only goes forward."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic, every_s: float = EVERY_S) -> None:
        self._now_s = now_s
        self._every_s = every_s
        self._seen: deque[tuple[float, float]] = deque()

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due_s = self._now_s() + self._every_s
            await asyncio.sleep(self._every_s)
            self.add(max(self._now_s() - due_s, 0.0))

    def add(self, lag_s: float) -> None:
        """Keep one lag, in seconds."""
        observe("limner_event_loop_lag_seconds", lag_s)
        now_s = self._now_s()
        # Only what may still become the worst of the last minute is kept: later ones that are worse outlive it.
        while self._seen and self._seen[-1][1] <= lag_s:
            self._seen.pop()
        self._seen.append((now_s, lag_s))
        self._forget(now_s)

    def worst_s(self) -> float:
        """Return the worst lag of the last minute, 0 where there was none."""
        self._forget(self._now_s())
        return self._seen[0][1] if self._seen else 0.0

    def _forget(self, now_s: float) -> None:
        while self._seen and self._seen[0][0] < now_s - REMEMBERED_S:
            self._seen.popleft()
