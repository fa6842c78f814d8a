"""How quickly the stand-ins paint: a duration that also counts for what is under way, and a way to stand still."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Seconds that an order takes; with `held_at` (0 to 1) none gets beyond that part of its time."""

    seconds: float
    held_at: float | None = None
    _turned: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, seconds: float) -> None:
        """Let every order take so long, those under way included."""
        self.seconds = seconds
        self._wake()

    def hold(self, at: float | None) -> None:
        """Let no order get beyond that part of its time; None lets go."""
        self.held_at = at
        self._wake()

    def _wake(self) -> None:
        self._turned.set()
        self._turned = asyncio.Event()

    async def turned(self, within_s: float | None) -> None:
        """Wait until somebody changed the pace, for that long at most (None: for as long as it takes)."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._turned.wait(), within_s)


class Work:
    """One order under way. `own_s` is a duration of its own; without one, the vendor's pace counts."""

    def __init__(self, pace: Pace, own_s: float | None = None) -> None:
        self._pace = pace
        self._own_s = own_s
        self._started_s = time.monotonic()

    @property
    def duration_s(self) -> float:
        """Return how long the order takes in all, in seconds."""
        return self._pace.seconds if self._own_s is None else self._own_s

    def fraction(self) -> float:
        """Return how much of its time is over, 0 to 1."""
        spent_s = time.monotonic() - self._started_s
        over = 1.0 if self.duration_s <= 0 else min(spent_s / self.duration_s, 1.0)
        return over if self._pace.held_at is None else min(over, self._pace.held_at)

    async def reaches(self, fraction: float = 1.0) -> None:
        """Wait until that part of the time is over."""
        while self.fraction() < fraction:
            left_s = self._started_s + fraction * self.duration_s - time.monotonic()
            await self._pace.turned(max(left_s, 0.001) if self._pace.held_at is None else None)
