"""How long discord.py waits between its tries to connect, and what it does where the very first one fails."""

import discord.client
import discord.shard
from discord.backoff import ExponentialBackoff

LONGEST_EXPONENT = 8
"""256 s at most, 128 s on average: at most some 700 tries in a day of 1,000 IDENTIFYs, and one within the patience of
`services/gateway_watch.py`. discord.py itself waits up to 1,024 s after a longer outage."""


class Backoff(ExponentialBackoff[bool]):
    """The waits of discord.py, none of them longer than 256 s."""

    def __init__(self, base: int = 1, *, integral: bool = False) -> None:
        super().__init__(base, integral=integral)
        self._max = LONGEST_EXPONENT


def shorten_waits() -> None:
    """Let every connection of this process wait so; discord.py has no setting for it."""
    discord.client.ExponentialBackoff = Backoff  # type: ignore[attr-defined, assignment]
    discord.shard.ExponentialBackoff = Backoff  # type: ignore[attr-defined, assignment]
