"""Whatever is said on the gateway is answered or ends the connection with one of Discord's codes."""

import asyncio
import json
from collections.abc import Iterator

import aiohttp
import pytest

from tests.playground.discord.conftest import People, Value
from tests.playground.discord.test_hostile import TEXTS, VALUES
from tests.waiting import HANGS_AFTER_S

CODES = range(4000, 4015)
ACK = 11


def frames(people: People) -> Iterator[bytes]:
    token, guild_id = people.about["token"], people.local.world.guild("atelier").id
    made: list[Value] = [{"op": op, "d": one} for op in range(-1, 12) for one in VALUES]
    made += [
        {"op": 8, "d": {"guild_id": guild_id, "query": one, "limit": one, "user_ids": two, "nonce": one}}
        for one in VALUES
        for two in VALUES
    ]
    made += [
        {"op": op, "d": {"token": token, "intents": 1, name: one}}
        for op in (2, 6)
        for name in ("token", "shard", "session_id", "seq", "intents")
        for one in (*VALUES, [0, 0], [2**70, 2**71], ["0", 1])
    ]
    yield from (*TEXTS, *(json.dumps(one).encode() for one in made))


async def until_answered(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Read on to the answer to a heartbeat; False where the server has closed in Discord's way."""
    while True:
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            assert socket.close_code in CODES
            return False
        if json.loads(message.data)["op"] == ACK:
            return True


@pytest.mark.parametrize("is_identified", [False, True], ids=["before IDENTIFY", "after IDENTIFY"])
async def test_answers_or_closes_after_every_frame(people: People, *, is_identified: bool) -> None:
    identify = {"op": 2, "d": {"token": people.about["token"], "intents": 1, "properties": {}}}
    for frame in frames(people):
        async with (
            asyncio.timeout(HANGS_AFTER_S),
            people.session.ws_connect(people.about["gateway"]) as socket,
        ):
            await socket.receive_json()
            if is_identified:
                await socket.send_json(identify)
            await socket.send_bytes(frame)
            await socket.send_json({"op": 1, "d": None})
            await until_answered(socket)
    assert (await people.get("transcript?limit=1000"))["entries"]
