"""The gateway's protocol, spoken by hand."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.playground.discord.conftest import People, Value

IDENTIFY = {"intents": 1, "properties": {}}


@asynccontextmanager
async def dialled(
    people: People, query: str = "v=10&encoding=json"
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with people.session.ws_connect(f"{people.about['gateway']}?{query}") as socket:
        yield socket


async def close_code(people: People, *frames: str, query: str = "v=10") -> int | None:
    async with dialled(people, query) as socket, asyncio.timeout(5):
        for frame in frames:
            await socket.send_str(frame)
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        return socket.close_code


def op(number: int, payload: Value = None) -> str:
    return json.dumps({"op": number, "d": payload})


async def test_closes_with_the_documented_code(people: People) -> None:
    token = {"token": people.about["token"]}
    cases = {
        "not JSON": (4002, ["{"]),
        "over 4,096 bytes": (4002, [op(1, "x" * 4096)]),
        "nothing before IDENTIFY": (4003, [op(8, {})]),
        "wrong token": (4004, [op(2, IDENTIFY | {"token": "x"})]),
        "second IDENTIFY": (4005, [op(2, IDENTIFY | token)] * 2),
        "unknown opcode": (4001, [op(2, IDENTIFY | token), op(99)]),
        "shard out of range": (4010, [op(2, IDENTIFY | token | {"shard": [2, 2]})]),
        "unknown intents": (4013, [op(2, IDENTIFY | token | {"intents": 1 << 40})]),
    }
    found = {name: await close_code(people, *frames) for name, (_, frames) in cases.items()}
    assert found == {name: code for name, (code, _) in cases.items()}
    assert await close_code(people, query="v=6") == 4012


async def test_compresses_the_stream_when_asked(people: People) -> None:
    async with dialled(people, "v=10&compress=zlib-stream") as socket:
        inflate = zlib.decompressobj()
        hello = await socket.receive_bytes()
        assert hello.endswith(b"\x00\x00\xff\xff")
        assert json.loads(inflate.decompress(hello))["op"] == 10
        await socket.send_str(op(1))
        beat = json.loads(inflate.decompress(await socket.receive_bytes()))
        assert beat == {"op": 11, "s": None, "t": None, "d": None}


async def identified(
    socket: aiohttp.ClientWebSocketResponse, people: People, **more: Value
) -> list[dict[str, Any]]:
    """Identify and return the dispatches up to what a heartbeat's answer ends."""
    await socket.receive_json()
    await socket.send_str(op(2, IDENTIFY | {"token": people.about["token"]} | more))
    await socket.send_str(op(1))
    frames = []
    while (frame := await socket.receive_json())["op"] == 0:
        frames.append(frame)
    return frames


async def test_guild_belongs_to_exactly_one_shard(people: People) -> None:
    guilds = {}
    for shard in (0, 1, 2):
        async with dialled(people) as socket:
            ready, *created = await identified(socket, people, shard=[shard, 3])
            assert ready["d"]["shard"] == [shard, 3]
            assert [one["d"]["id"] for one in created] == [one["id"] for one in ready["d"]["guilds"]]
            guilds[shard] = [int(one["id"]) for one in ready["d"]["guilds"]]
    atelier = int((await people.get("state"))["guilds"][0]["id"])
    assert guilds == {shard: [atelier] if (atelier >> 22) % 3 == shard else [] for shard in (0, 1, 2)}


async def test_resumes_with_what_was_missed_unless_the_client_said_goodbye(people: People) -> None:
    for code, resumable in ((4000, True), (1000, False)):
        async with dialled(people) as socket:
            ready, created = await identified(socket, people, intents=1 | 1 << 9)
            await socket.close(code=code)
        await people.post("say", user="ada", channel="lounge", content="x")
        async with dialled(people) as socket:
            await socket.receive_json()
            about = {
                "token": people.about["token"],
                "session_id": ready["d"]["session_id"],
                "seq": created["s"],
            }
            await socket.send_str(op(6, about))
            answer = await socket.receive_json()
            if not resumable:
                assert (answer["op"], answer["d"]) == (9, False)
                continue
            assert (answer["t"], answer["s"]) == ("MESSAGE_CREATE", created["s"] + 1)
            assert (await socket.receive_json())["t"] == "RESUMED"


@pytest.mark.parametrize(("kind", "opcode"), [("op7", 7), ("op9", 9)])
async def test_says_what_chaos_asks_for(people: People, kind: str, opcode: int) -> None:
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.post("chaos", kind=kind)
        assert (await socket.receive_json())["op"] == opcode


async def test_zombie_neither_answers_nor_tells(people: People) -> None:
    async with dialled(people) as socket:
        await identified(socket, people, intents=1 | 1 << 9)
        await people.post("chaos", kind="zombie")
        await people.post("say", user="ada", channel="lounge", content="x")
        await socket.send_str(op(1))
        with pytest.raises(TimeoutError):
            await socket.receive_json(timeout=0.2)
