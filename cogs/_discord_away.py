"""Why the gateway is not connected: Discord cannot be reached, it is not our turn, or there is no reason but ourselves.

Looked at with connections of their own, as a fresh process would make them. They stop before IDENTIFY, so that they
cost nothing.
*Source:* Discord, "Gateway", "Connections": HELLO, op 10, comes first; only IDENTIFY counts against the limit.
"""

import asyncio
from typing import Final

import aiohttp
import discord
from discord.gateway import DiscordWebSocket
from discord.http import INTERNAL_API_VERSION, Route

from cogs._client import ShardedLimnerBot

WITHIN_S: Final = 10.0


async def find_excuse(client: discord.Client) -> str:
    """Return why no connection can be had now, "" where a fresh process might have one."""
    if isinstance(client, ShardedLimnerBot) and client.is_in_line:
        return "a shard waits for its turn to identify"
    # A session of its own: the one of the services goes to the image services and to nobody else.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        return await _rest_trouble(client, session) or await _gateway_trouble(session)


async def _rest_trouble(client: discord.Client, session: aiohttp.ClientSession) -> str:
    """Return what is wrong with Discord's API, "" where it answers: without it no process can log in."""
    # Without a user agent of a bot's Discord refuses every call. Source: Discord, "API Reference", "User Agent".
    headers = {"Authorization": f"Bot {client.http.token}", "User-Agent": client.http.user_agent}
    try:
        async with (
            asyncio.timeout(WITHIN_S),
            session.get(f"{Route.BASE}/gateway/bot", headers=headers) as said,
        ):
            # 429 without a call too many is a ban of this address for a while: no process can log in then.
            is_away = said.status >= 500 or said.status == 429
            return f"Discord's API answers {said.status}" if is_away else ""
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return f"Discord's API cannot be reached ({type(error).__name__})"


async def _gateway_trouble(session: aiohttp.ClientSession) -> str:
    """Return what is wrong with Discord's gateway, "" where it says HELLO."""
    url = DiscordWebSocket.DEFAULT_GATEWAY.with_query(v=INTERNAL_API_VERSION, encoding="json")
    try:
        async with asyncio.timeout(WITHIN_S), session.ws_connect(url) as socket:
            message = await socket.receive()
            is_hello = (
                message.type is aiohttp.WSMsgType.TEXT and message.json().get("op") == DiscordWebSocket.HELLO
            )
            return "" if is_hello else "Discord's gateway closes new connections"
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError) as error:
        return f"Discord's gateway cannot be reached ({type(error).__name__})"
