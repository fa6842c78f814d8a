"""Shards, and how many sessions may be started: buckets of `max_concurrency`, 1,000 a day."""

import signal
from dataclasses import replace

import aiohttp
import pytest

from tests.playground.discord.conftest import AGENT, People, Value
from tests.playground.discord.gateway_client import (
    closed_with,
    dialled,
    guild_on,
    heard,
    identified,
    identify,
    names_heard,
    resume,
)
from tests.playground.discord.server_process import started, stopped

MESSAGES = 1 | 1 << 9 | 1 << 12
DAY_S = 86_400


async def test_guild_belongs_to_exactly_one_shard(people: People) -> None:
    added = [await guild_on(people, f"on-{shard}", shard, 3) for shard in (0, 1, 2)]
    every = [people.local.world.guild("atelier").id, *added]
    for shard in (0, 1, 2):
        async with dialled(people) as socket:
            ready, *created = await identified(socket, people, shard=[shard, 3])
        own = [one for one in every if (int(one) >> 22) % 3 == shard]
        assert ready["d"]["shard"] == [shard, 3]
        assert [one["id"] for one in ready["d"]["guilds"]] == own
        assert [one["d"]["id"] for one in created] == own


async def test_event_goes_to_its_guilds_shard_and_one_without_a_guild_to_shard_0(people: People) -> None:
    for shard in (0, 1):
        await guild_on(people, f"on-{shard}", shard, 2)
    async with dialled(people) as zero, dialled(people) as one, dialled(people) as copy:
        sockets = {zero: 0, one: 1, copy: 1}  # several sessions may share a shard
        for socket, shard in sockets.items():
            await identified(socket, people, shard=[shard, 2], intents=MESSAGES)
        said = {}
        for channel in ("on-0-hall", "on-1-hall", "dm"):
            said[channel] = (await people.post("say", user="ada", channel=channel, content="x"))["id"]
        found = [[frame["d"]["id"] for frame in await heard(socket)] for socket in sockets]
    assert found[0] == [said["on-0-hall"], said["dm"]]
    assert found[1] == found[2] == [said["on-1-hall"]]


async def test_interaction_reaches_the_shard_of_its_guild_only(people: People) -> None:
    path = f"/applications/{people.about['application_id']}/commands"
    await people.rest("PUT", path, [{"name": "a", "description": "a"}])
    for shard in (0, 1):
        await guild_on(people, f"on-{shard}", shard, 2)
    async with dialled(people) as zero, dialled(people) as one:
        for shard, socket in enumerate((zero, one)):
            await identified(socket, people, shard=[shard, 2], intents=0)
        for channel in ("on-0-hall", "on-1-hall", "dm"):
            await people.slash("a", channel=channel, wait=0)
        places = [[frame["d"].get("guild_id") for frame in await heard(socket)] for socket in (zero, one)]
    on = [people.local.world.guild(f"on-{shard}").id for shard in (0, 1)]
    assert places == [[on[0], None], [on[1]]]


async def test_second_identify_of_a_bucket_is_invalid_until_the_window_is_over(people: People) -> None:
    await people.post("world", max_concurrency=2)
    people.local.sessions.limits = replace(people.local.sessions.limits, identify_window_s=1000)
    async with dialled(people) as zero, dialled(people) as one, dialled(people) as two:
        assert (await identified(zero, people, shard=[0, 3]))[0]["t"] == "READY"
        assert (await identified(one, people, shard=[1, 3]))[0]["t"] == "READY"  # another bucket
        assert await identified(two, people, shard=[2, 3]) == [{"op": 9, "s": None, "t": None, "d": False}]
        await people.post("clock", advance_s=1000)
        await two.send_str(identify(people, shard=[2, 3]))
        assert (await names_heard(two))[0] == "READY"
        await zero.close(code=4000)
        await people.post("world", max_concurrency=None)
    async with dialled(people) as zero:
        assert (await identified(zero, people, shard=[0, 3]))[0]["t"] == "READY"


@pytest.mark.parametrize("wrong", [0, -1, "1", True, 1.5])
async def test_refuses_a_max_concurrency_that_is_no_positive_whole_number(
    people: People, wrong: Value
) -> None:
    assert (await people.call("POST", "world", max_concurrency=wrong))[0] == 400


async def test_counts_sessions_but_neither_refusals_nor_resumes(people: People) -> None:
    async def limit() -> dict[str, int]:
        answer: dict[str, dict[str, int]] = (await people.rest("GET", "/gateway/bot"))[1]
        return answer["session_start_limit"]

    assert await limit() == {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 16}
    await people.post("world", max_concurrency=1)
    async with dialled(people) as socket, dialled(people) as refused:
        ready, created = await identified(socket, people)
        assert [one["op"] for one in await identified(refused, people)] == [9]
        await socket.close(code=4000)
    async with dialled(people) as socket:
        await socket.receive_json()
        await socket.send_str(resume(people, ready["d"]["session_id"], created["s"]))
        assert (await socket.receive_json())["t"] == "RESUMED"
    after = await limit()
    assert (after["remaining"], after["max_concurrency"]) == (999, 1)
    assert 0 < after["reset_after"] <= DAY_S * 1000
    await people.post("clock", advance_s=DAY_S)
    assert (await limit())["remaining"] == 1000


async def test_token_is_invalid_and_all_sessions_end_when_the_days_sessions_are_used_up(
    people: People,
) -> None:
    people.local.sessions.limits = replace(people.local.sessions.limits, identifies_per_day=1)
    async with dialled(people) as first, dialled(people) as second:
        await identified(first, people)
        await second.receive_json()
        await second.send_str(identify(people))
        assert await closed_with(second) == 4004
        assert await closed_with(first) == 4004
    await people.post("clock", advance_s=DAY_S)
    async with dialled(people) as socket:
        assert (await identified(socket, people))[0]["t"] == "READY"


async def test_command_line_sets_max_concurrency() -> None:
    process, about = await started("--max-concurrency", "1")
    try:
        who = {"Authorization": f"Bot {about['token']}", "User-Agent": AGENT}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{about['api']}/gateway/bot", headers=who) as response,
        ):
            limit = (await response.json())["session_start_limit"]
    finally:
        await stopped(process, signal.SIGTERM)
    assert limit["max_concurrency"] == 1


async def test_advises_a_shard_for_each_thousand_guilds(people: People) -> None:
    world = people.local.world
    assert (await people.rest("GET", "/gateway/bot"))[1]["shards"] == 1
    for number in range(1000):
        guild = world.add_guild(f"guild-{number}", world.user("mod").id)
        world.add_member(guild.id, people.about["application_id"], joined_s=0.0)
    assert (await people.rest("GET", "/gateway/bot"))[1]["shards"] == 2
