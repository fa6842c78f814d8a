"""Discord's ids: milliseconds since 2015 in the upper 42 bits, a counter below.

*Source:* Discord's reference, "Snowflakes".
"""

from playground.discord.clock import Clock

EPOCH_MS = 1_420_070_400_000


class Snowflakes:
    """Hands out ids that always grow, also within one millisecond and after a restart."""

    def __init__(self, clock: Clock, last: int = 0) -> None:
        self._clock = clock
        self.last = last

    def next(self) -> str:
        """Return a new id in its wire form."""
        now = (int(self._clock.now_s() * 1000) - EPOCH_MS) << 22
        self.last = max(self.last + 1, now)
        return str(self.last)


def time_of(snowflake: str) -> float:
    """Return the seconds since 1970 that an id carries."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000
