"""Brings alerts to the operator's channel: `services/alert_desk.py` over plain messages. No gateway is needed."""

import asyncio
import logging
from typing import Final

import aiohttp
import discord

TIMEOUT_S: Final = 30.0
LONGEST: Final = 2000
"""Characters of a message. Source: Discord, Create Message."""

_logger = logging.getLogger(__name__)


class ChannelHerald:
    """Sends with the bot's own session. `client` is logged in; it need not be connected to the gateway."""

    def __init__(self, client: discord.Client, channel_id: int) -> None:
        self._client = client
        self._channel_id = channel_id

    async def send(self, text: str) -> bool:
        """Post a message that pings nobody; return whether it was posted."""
        channel = self._client.get_partial_messageable(self._channel_id)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await channel.send(text[:LONGEST], allowed_mentions=discord.AllowedMentions.none())
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            # Never the address or the answer: only what kind of failure it was.
            status = f" {error.status}" if isinstance(error, discord.HTTPException) else ""
            _logger.warning(
                "the channel of LIMNER_ALERT_CHANNEL took nothing: %s%s", type(error).__name__, status
            )
            return False
        return True
