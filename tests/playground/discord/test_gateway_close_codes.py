"""Every close code of the gateway's table, from what the table says leads to it."""

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import (
    close_code,
    closed_with,
    dialled,
    guild_on,
    identified,
    identify,
    op,
    resume,
)

WRONG_IDENTIFY: dict[str, tuple[int, dict[str, Any]]] = {
    "wrong token": (4004, {"token": "x"}),
    "token beyond ASCII": (4004, {"token": "ü"}),
    "no token": (4004, {"token": None}),
    "shard beyond its count": (4010, {"shard": [2, 2]}),
    "negative shard": (4010, {"shard": [-1, 2]}),
    "no shards": (4010, {"shard": [0, 0]}),
    "shard that is no pair": (4010, {"shard": [0]}),
    "shard of words": (4010, {"shard": ["0", "1"]}),
    "shard of truths": (4010, {"shard": [False, True]}),
    "unknown intent": (4013, {"intents": 1 << 40}),
    "intent that was never given a meaning": (4013, {"intents": 1 << 17}),
    "negative intents": (4013, {"intents": -1}),
    "no intents": (4013, {"intents": None}),
    "intents as text": (4013, {"intents": "1"}),
}
WRONG_FRAMES: dict[str, tuple[int, list[str]]] = {
    "unknown opcode": (4001, [op(99, {})]),
    "opcode that only the server says": (4001, [op(10, {})]),
    "not JSON": (4002, ["{"]),
    "no opcode": (4002, ['{"d":1}']),
    "no object": (4002, ["[1]"]),
    "opcode of the wrong type": (4002, ['{"op":[]}']),
    "nested beyond reading": (4002, ['{"op":1,"d":' + "[" * 4_000]),
    "payload of the wrong type": (4002, [op(8, "x")]),
    "over 4,096 bytes": (4002, [op(1, "x" * 4_096)]),
    "over 4,096 bytes in fewer letters": (4002, ['{"op":1,"d":"' + "ü" * 2_048 + '"}']),
    "second IDENTIFY": (4005, [op(2, {})]),
    "RESUME after IDENTIFY": (4005, [op(6, {})]),
}


@pytest.mark.parametrize("case", WRONG_IDENTIFY)
async def test_refuses_an_identify_with_its_code(people: People, case: str) -> None:
    code, more = WRONG_IDENTIFY[case]
    assert await close_code(people, identify(people, **more)) == code


@pytest.mark.parametrize("case", WRONG_FRAMES)
async def test_refuses_a_frame_with_its_code(people: People, case: str) -> None:
    code, frames = WRONG_FRAMES[case]
    assert await close_code(people, identify(people), *frames) == code


async def test_takes_frames_of_exactly_4096_bytes(people: People) -> None:
    frame = op(1, "x" * (4_096 - len(op(1, ""))))
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(frame)
        assert (await socket.receive_json())["op"] == 11
    assert len(frame) == 4_096


async def test_closes_with_4000_when_another_connection_takes_the_session_over(people: People) -> None:
    async with dialled(people) as first, dialled(people) as second:
        ready, created = await identified(first, people)
        await second.send_str(resume(people, ready["d"]["session_id"], created["s"]))
        assert await closed_with(first) == 4000
        assert (await second.receive_json())["op"] == 10
        assert (await second.receive_json())["t"] == "RESUMED"


async def test_closes_with_4003_before_identify_and_after_the_session_was_invalidated(people: People) -> None:
    assert await close_code(people, op(8, {})) == 4003
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.post("chaos", kind="op9")
        await socket.send_str(op(8, {}))
        assert await closed_with(socket) == 4003


@pytest.mark.parametrize("seq", [3, 10**30, -1])
async def test_closes_with_4007_for_a_number_that_was_never_sent(people: People, seq: int) -> None:
    async with dialled(people) as socket:
        ready, _ = await identified(socket, people)
        await socket.close(code=4000)
    assert await close_code(people, resume(people, ready["d"]["session_id"], seq)) == 4007


async def test_closes_with_4008_after_120_frames_in_a_minute_of_the_clock(people: People) -> None:
    async with dialled(people) as socket:
        await socket.receive_json()
        for count in range(240):
            if count == 120:
                await people.post("clock", advance_s=60)
            await socket.send_str(op(1))
            assert (await socket.receive_json())["op"] == 11
        await socket.send_str(op(1))
        assert await closed_with(socket) == 4008


async def test_closes_with_4011_when_a_session_would_carry_too_many_guilds(people: People) -> None:
    atelier = int(people.local.world.guild("atelier").id)
    shard = (atelier >> 22) % 2
    people.local.sessions.limits = replace(people.local.sessions.limits, guilds_per_shard=1)
    assert await close_code(people, identify(people)) == 4011
    assert await close_code(people, identify(people, shard=[0, 1])) == 4011
    async with dialled(people) as socket:
        await identified(socket, people, shard=[shard, 2])
    await guild_on(people, "annex", shard, 2)
    assert await close_code(people, identify(people, shard=[shard, 2])) == 4011


@pytest.mark.parametrize("version", ["6", "8", "11", "ten", ""])
async def test_closes_with_4012_for_another_version(people: People, version: str) -> None:
    assert await close_code(people, query=f"v={version}") == 4012


async def test_closes_with_4014_for_a_privileged_intent_that_is_not_granted(people: People) -> None:
    content, members, presences = 1 << 15, 1 << 1, 1 << 8
    async with dialled(people) as socket:
        await identified(
            socket, people, intents=content | members | presences
        )  # granted unless it was changed
    await people.post("world", applications=[{"privileged_intents": ["GUILD_MEMBERS"]}])
    found = {bit: await close_code(people, identify(people, intents=bit)) for bit in (content, presences)}
    assert found == {content: 4014, presences: 4014}
    async with dialled(people) as socket:
        ready = (await identified(socket, people, intents=members))[0]["d"]
    status, application = await people.rest("GET", "/applications/@me")
    assert (status, application["flags"]) == (200, 1 << 15)
    assert ready["application"] == {"id": ready["user"]["id"], "flags": 1 << 15, "flags_new": str(1 << 15)}


async def test_refuses_an_intent_that_is_not_privileged_or_not_known_as_a_grant(people: People) -> None:
    wrong = [{"privileged_intents": ["GUILDS"]}]
    status, answer = await people.call("POST", "world", applications=wrong)
    assert (status, answer["error"]["code"]) == (400, "bad_field")


async def test_tells_clients_to_come_back_when_the_server_stops(people: People) -> None:
    async with dialled(people) as socket:
        await identified(socket, people)
        await people.local.sessions.close()
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1001
