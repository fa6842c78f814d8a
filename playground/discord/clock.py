"""A wall clock that can be moved forward, and the times of Discord's wire."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970, real time plus an offset that only grows."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now_s(self) -> float:
        """Return the time that messages, links and interaction tokens go by."""
        return time.time() + self.offset_s

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.offset_s += seconds


def iso(time_s: float) -> str:
    """Return ISO 8601 with microseconds and offset, as Discord writes it."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="microseconds")
