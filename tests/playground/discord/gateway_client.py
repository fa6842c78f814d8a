"""A gateway client that does only what it is told, for tests that look at single frames."""

import asyncio
import json
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from playground.discord.snowflake import EPOCH_MS
from tests.playground.discord.conftest import People, Value
from tests.waiting import HANGS_AFTER_S

Socket = aiohttp.ClientWebSocketResponse
Frame = dict[str, Any]


def op(number: int, payload: Value = None) -> str:
    return json.dumps({"op": number, "d": payload})


def identify(people: People, **more: Value) -> str:
    """IDENTIFY with the GUILDS intent; `more` changes its fields."""
    return op(2, {"token": people.about["token"], "intents": 1, "properties": {}} | more)


def resume(people: People, session_id: str, seq: int | None, **more: Value) -> str:
    return op(6, {"token": people.about["token"], "session_id": session_id, "seq": seq} | more)


@asynccontextmanager
async def dialled(people: People, query: str = "v=10&encoding=json", url: str = "") -> AsyncIterator[Socket]:
    """A connection that has not read its HELLO yet."""
    async with (
        asyncio.timeout(HANGS_AFTER_S),
        people.session.ws_connect(f"{url or people.about['gateway']}?{query}") as socket,
    ):
        yield socket


async def heard(socket: Socket) -> list[Frame]:
    """The dispatches that were sent until now: a heartbeat's answer comes after them."""
    await socket.send_str(op(1))
    frames = []
    while (frame := await socket.receive_json())["op"] != 11:
        frames.append(frame)
    return frames


async def names_heard(socket: Socket) -> list[str]:
    return [frame["t"] for frame in await heard(socket)]


async def identified(socket: Socket, people: People, **more: Value) -> list[Frame]:
    """Take HELLO, identify and return READY with what follows at once."""
    assert (await socket.receive_json())["op"] == 10
    await socket.send_str(identify(people, **more))
    return await heard(socket)


async def closed_with(socket: Socket) -> int | None:
    """Read on until the connection ends and return the close code."""
    async for _ in socket:
        pass
    return socket.close_code


async def close_code(people: People, *frames: str, query: str = "v=10") -> int | None:
    async with dialled(people, query) as socket:
        for frame in frames:
            await socket.send_str(frame)
        return await closed_with(socket)


async def guild_on(people: People, name: str, shard: int, shards: int) -> str:
    """Found a guild of that name, with ada and a channel `NAME-hall`, whose id falls on a shard; return the id."""
    ids = people.local.ids
    soon_ms = max(int(people.local.clock.now_s() * 1000) - EPOCH_MS + 60_000, (ids.last >> 22) + 1)
    at_ms = next(ms for ms in range(soon_ms, soon_ms + shards) if ms % shards == shard)
    ids.last = (at_ms << 22) - 1
    members = [{"user": "ada", "guild": name}]
    await people.post(
        "world", guilds=[name], members=members, channels=[{"name": f"{name}-hall", "guild": name}]
    )
    guild = people.local.world.guild(name)
    assert (int(guild.id) >> 22) % shards == shard
    return guild.id


class BareSocket:
    """A websocket spoken by hand, for frames that no client library sends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, opcode: int, payload: bytes, *, final: bool = True) -> None:
        """Send one masked frame: 1 text, 2 binary, 0 continuation."""
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.writer.write(bytes([(0x80 if final else 0) | opcode]) + length + mask + masked)

    async def receive(self) -> bytes:
        """One frame's payload."""
        _, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return await self.reader.readexactly(length)


@asynccontextmanager
async def barely_dialled(people: People) -> AsyncIterator[BareSocket]:
    url = URL(people.about["gateway"])
    async with asyncio.timeout(HANGS_AFTER_S):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = (
            f"GET {url.path}?v=10&encoding=json HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        writer.write(head.encode())
        assert b" 101 " in (await reader.readuntil(b"\r\n\r\n")).splitlines()[0]
        try:
            yield BareSocket(reader, writer)
        finally:
            writer.close()
