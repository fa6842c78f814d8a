"""A bare gateway client that only listens: what a connected bot is told, in its order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from playground.discord.intents import KNOWN
from tests.waiting import HANGS_AFTER_S


class Ear:
    """Dispatches received, oldest first; `hear` takes the next one of a name."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.names: list[str] = []

    async def _next(self) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(await self._socket.receive_str())
            if frame["op"] == 0:
                self.names.append(frame["t"])
                return frame

    async def hear(self, name: str) -> dict[str, Any]:
        async with asyncio.timeout(HANGS_AFTER_S):
            while True:
                frame = await self._next()
                if frame["t"] == name:
                    return dict(frame["d"])


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, gateway: str, token: str, *, guilds: int = 1
) -> AsyncIterator[Ear]:
    """Identify with every intent and give the ear when that many guilds have been told."""
    async with session.ws_connect(f"{gateway}?v=10&encoding=json") as socket:
        await socket.send_json({"op": 2, "d": {"token": token, "intents": KNOWN, "properties": {}}})
        ear = Ear(socket)
        await ear.hear("READY")
        for _ in range(guilds):
            await ear.hear("GUILD_CREATE")
        ear.names.clear()
        yield ear
