"""What was said in a channel since a moment: all of it, or the word that there was too much to look through."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import discord

MOST_FROM_EACH_END: Final = 500
"""Messages, five requests; what lies between both ends is not seen."""


class UnseenError(Exception):
    """Some of what was said cannot be seen: nobody can tell what it is."""


async def messages_since(
    channel: discord.abc.Messageable, since: datetime, *, is_direct: bool
) -> AsyncIterator[discord.Message]:
    """Yield every message since a moment, at first from there on, then from now back; some of them twice.

    Raises UnseenError at the end where they were not all there were, and what discord.py raises for Discord's answers.
    """
    count, last = 0, None
    async for message in channel.history(limit=MOST_FROM_EACH_END, after=since, oldest_first=True):
        count, last = count + 1, message
        yield message
    if count == 0 and not is_direct and not await _is_readable(channel):
        raise UnseenError("the history cannot be read")
    if count < MOST_FROM_EACH_END:
        return
    count = 0
    async for message in channel.history(limit=MOST_FROM_EACH_END, after=last, oldest_first=False):
        count += 1
        yield message
    if count == MOST_FROM_EACH_END:
        raise UnseenError("too much was said since then")


async def _is_readable(channel: discord.abc.Messageable) -> bool:
    """Tell whether anything can be seen in a channel.

    Without Read Message History Discord answers with no messages, and not with a refusal. Source: Discord's "Get
    Channel Messages".
    """
    async for _ in channel.history(limit=1):
        return True
    return False
