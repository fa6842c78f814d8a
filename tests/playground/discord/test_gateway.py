"""The gateway from its address to READY, spoken by hand: encodings, order, heartbeats."""

import asyncio
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import zstandard

from playground.discord.gateway_limits import GatewayLimits
from tests.playground.discord.conftest import People, Value
from tests.playground.discord.gateway_client import (
    Frame,
    barely_dialled,
    closed_with,
    dialled,
    heard,
    identified,
    identify,
    names_heard,
    op,
    resume,
)
from tests.waiting import until

ACK = {"op": 11, "s": None, "t": None, "d": None}


def inflating(kind: str) -> Any:  # noqa: ANN401 (two libraries' objects of the same shape)
    return zlib.decompressobj() if kind == "zlib-stream" else zstandard.ZstdDecompressor().decompressobj()


@pytest.mark.parametrize("kind", ["zlib-stream", "zstd-stream"])
async def test_compresses_one_stream_with_a_flush_after_each_frame(people: People, kind: str) -> None:
    async with dialled(people, f"v=10&encoding=json&compress={kind}") as socket:
        stream, frames, sizes = inflating(kind), list[Frame](), list[int]()
        await socket.send_str(identify(people))
        for _ in range(60):
            await socket.send_str(op(1))
        while len(frames) < 63:
            packet = await socket.receive_bytes()
            frames.append(json.loads(stream.decompress(packet)))
            sizes.append(len(packet))
            assert kind == "zstd-stream" or packet.endswith(b"\x00\x00\xff\xff")
    assert [frame["op"] for frame in frames[:3]] == [10, 0, 0]
    assert frames[-1] == ACK
    assert sizes[-1] < len(json.dumps(ACK))  # only a context that outlives the frame can do that


@pytest.mark.parametrize("query", ["encoding=etf", "compress=gzip", "compress=zstd-stream"])
async def test_refuses_an_address_that_it_cannot_speak(
    people: People, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)  # as where the package is not installed
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await people.session.ws_connect(f"{people.about['gateway']}?v=10&{query}")
    assert caught.value.status == 400


async def test_greets_then_ready_then_each_guild(people: People) -> None:
    await people.post("world", guilds=["annex"])
    async with dialled(people, "v=9") as socket:
        hello = await socket.receive_json()
        assert hello == {"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": 41_250}}
        await socket.send_str(identify(people))
        ready, *created = await heard(socket)
    guilds = [one["id"] for one in (await people.get("state"))["guilds"]]
    assert [(one["op"], one["t"], one["s"]) for one in (ready, *created)] == [
        (0, "READY", 1),
        (0, "GUILD_CREATE", 2),
        (0, "GUILD_CREATE", 3),
    ]
    assert [one["d"]["id"] for one in created] == guilds
    assert ready["d"]["guilds"] == [{"id": one, "unavailable": True} for one in guilds]
    assert ready["d"]["v"] == 9
    assert ready["d"]["user"]["id"] == ready["d"]["application"]["id"] == people.about["application_id"]
    assert "shard" not in ready["d"]
    assert [one["d"]["unavailable"] for one in created] == [False, False]


async def test_answers_a_heartbeat_also_before_identify(people: People) -> None:
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(op(1, 251))
        assert await socket.receive_json() == ACK


async def test_answers_a_heartbeat_later_than_it_hears_it_and_never_once_the_connection_is_over(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client's thread has the time to write down when it left; see `ACK_AFTER_S`."""
    loop, due = asyncio.get_running_loop(), []
    call_later = loop.call_later

    def later(delay_s: float, callback: Callable[..., Any], *args: Value) -> asyncio.TimerHandle:
        if getattr(callback, "__name__", "") != "_acknowledge":
            return call_later(delay_s, callback, *args)
        due.append(callback)
        return call_later(0, int)

    monkeypatch.setattr(loop, "call_later", later)
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(op(1))
        await socket.send_str(identify(people))
        assert [(await socket.receive_json())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]
        [acknowledge] = due
        acknowledge()
        assert await socket.receive_json() == ACK
    await until(lambda: not people.local.sessions.is_ready(people.about["application_id"]))
    acknowledge()
    frames = [entry["frame"] for entry in (await people.get("transcript"))["entries"] if "frame" in entry]
    assert sum(frame["op"] == ACK["op"] for frame in frames) == 1


async def test_asks_for_an_overdue_heartbeat_and_closes_with_4009_when_none_comes(people: People) -> None:
    presence = op(3, {"since": None, "activities": [], "status": "idle", "afk": False})
    async with dialled(people) as socket:
        ready, _ = await identified(socket, people)
        people.local.sessions.limits = replace(people.local.sessions.limits, heartbeat_ms=50)
        await socket.send_str(presence)
        assert await socket.receive_json() == {"op": 1, "s": None, "t": None, "d": None}
        await socket.send_str(presence)
        assert await closed_with(socket) == 4009  # only heartbeats count as heartbeats
    people.local.sessions.limits = GatewayLimits()
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, ready["d"]["session_id"], 2))
        assert (await socket.receive_json())["t"] == "RESUMED"


async def test_keeps_a_client_that_answers_what_it_is_asked(people: People) -> None:
    limits = replace(people.local.sessions.limits, heartbeat_ms=50, given_up_after=10_000)
    people.local.sessions.limits = limits
    async with dialled(people) as socket:
        await identified(socket, people)
        for _ in range(3):
            assert (await socket.receive_json())["op"] == 1
            await socket.send_str(op(1))
            assert await socket.receive_json() == ACK


async def test_takes_binary_frames_and_fragments(people: People) -> None:
    async with barely_dialled(people) as socket:
        assert json.loads(await socket.receive())["op"] == 10
        socket.send(2, op(1).encode())
        assert json.loads(await socket.receive()) == ACK
        text = identify(people).encode()
        socket.send(1, text[:9], final=False)
        socket.send(0, text[9:40], final=False)
        socket.send(0, text[40:])
        assert json.loads(await socket.receive())["t"] == "READY"


async def test_zombie_neither_answers_nor_tells_until_it_is_resumed(people: People) -> None:
    async with dialled(people) as socket:
        ready, created = await identified(socket, people, intents=1 | 1 << 9)
        await people.post("chaos", kind="zombie")
        said = await people.post("say", user="ada", channel="lounge", content="x")
        await socket.send_str(op(1))
        # another connection takes the session over: whatever the zombie had to say would lie before its end
        async with dialled(people) as second:
            await second.receive_json()
            await second.send_str(resume(people, ready["d"]["session_id"], created["s"]))
            told, resumed = await heard(second)
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert (told["d"]["id"], resumed["t"]) == (said["id"], "RESUMED")


@pytest.mark.parametrize(("kind", "resumable", "opcode", "d"), [
    ("op7", False, 7, None),
    ("op9", False, 9, False),
    ("op9", True, 9, True),
])  # fmt: skip
async def test_says_what_chaos_asks_for(
    people: People, kind: str, resumable: bool, opcode: int, d: bool | None
) -> None:
    async with dialled(people) as socket:
        ready, created = await identified(socket, people)
        await people.post("chaos", kind=kind, resumable=resumable)
        assert await socket.receive_json() == {"op": opcode, "s": None, "t": None, "d": d}
        await socket.close(code=4000)
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, ready["d"]["session_id"], created["s"]))
        assert (await socket.receive_json())["op"] == (9 if d is False else 0)


@pytest.mark.parametrize(("code", "opcode"), [(4000, 0), (4009, 0), (4004, 9), (4014, 9)])
async def test_closes_with_the_code_that_chaos_asks_for(people: People, code: int, opcode: int) -> None:
    async with dialled(people) as socket:
        ready, created = await identified(socket, people)
        await people.post("chaos", kind="close", code=code)
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == code
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, ready["d"]["session_id"], created["s"]))
        assert (await socket.receive_json())["op"] == opcode


async def test_refuses_to_close_with_a_code_that_discord_does_not_have(people: People) -> None:
    status, said = await people.call("POST", "chaos", kind="close", code=1006)
    assert (status, said["error"]["code"]) == (400, "bad_field")


async def test_identifies_again_on_the_connection_whose_session_was_invalidated(people: People) -> None:
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.post("chaos", kind="op9")
        assert (await socket.receive_json())["op"] == 9
        await socket.send_str(identify(people))
        assert await names_heard(socket) == ["READY", "GUILD_CREATE"]


async def test_answers_a_request_for_members(people: People) -> None:
    await people.post("world", users=["adam"], members=[{"user": "adam"}])
    guild = people.local.world.guild("atelier")
    ada, ben = (people.local.world.user(name).id for name in ("ada", "ben"))
    async with dialled(people) as socket:
        await identified(socket, people)
        asked: list[dict[str, Any]] = [
            {"user_ids": [ada, "1"], "nonce": "n"},
            {"query": "ada", "limit": 1, "nonce": "n" * 33},
            {"query": "AD", "limit": 0},
            {"user_ids": ben},
            {"query": "", "limit": 0},  # not without the intent for members
        ]
        for one in asked:
            await socket.send_str(op(8, {"guild_id": guild.id} | one))
        chunks = [frame["d"] for frame in await heard(socket)]
    names = [[one["user"]["username"] for one in chunk["members"]] for chunk in chunks]
    assert names == [["ada"], ["ada"], ["ada", "adam"], ["ben"]]
    assert chunks[0]["not_found"] == ["1"]
    assert [chunk.get("nonce") for chunk in chunks] == ["n", None, None, None]
    async with dialled(people) as socket:
        await identified(socket, people, intents=3)
        await socket.send_str(op(8, {"guild_id": guild.id, "query": "", "limit": 0}))
        (chunk,) = await heard(socket)
    assert len(chunk["d"]["members"]) == 5


async def test_sends_members_in_chunks_of_a_thousand(people: People) -> None:
    world, guild = people.local.world, people.local.world.guild("atelier")
    for number in range(1_997):
        world.add_member(guild.id, world.add_user(f"member-{number}").id, joined_s=0.0)
    async with dialled(people) as socket:
        await identified(socket, people, intents=3)
        await socket.send_str(op(8, {"guild_id": guild.id, "query": "", "limit": 0}))
        chunks = [frame["d"] for frame in await heard(socket)]
    assert [len(chunk["members"]) for chunk in chunks] == [1_000, 1_000, 1]
    assert [(chunk["chunk_index"], chunk["chunk_count"]) for chunk in chunks] == [(0, 3), (1, 3), (2, 3)]


async def test_is_ready_as_long_as_a_client_is_connected(people: People) -> None:
    async with dialled(people) as socket:
        await identified(socket, people)
        assert [one["ready"] for one in (await people.get("state"))["bots"]] == [True]
    await until(lambda: not people.local.sessions.is_ready(people.about["application_id"]))
