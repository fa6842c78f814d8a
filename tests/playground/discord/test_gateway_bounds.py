"""What clients cannot do to the gateway's memory: a slow reader is cut, data is encoded and kept once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from playground.discord.app import running
from playground.discord.gateway_limits import GatewayLimits
from playground.discord.local import LocalDiscord
from playground.discord.sessions import Event
from tests.playground.discord.conftest import People
from tests.playground.discord.gateway_client import (
    barely_dialled,
    dialled,
    heard,
    identified,
    identify,
)
from tests.waiting import until

MIB = 1024 * 1024


@pytest.fixture
async def tight(tmp_path: Path) -> AsyncIterator[People]:
    """A server of its own with a small backlog; its frames are too large for a transcript."""
    here = LocalDiscord(tmp_path, is_kept=False, gateway=GatewayLimits(backlog_bytes=4 * MIB))
    async with running(here, 0), aiohttp.ClientSession() as session:
        yield People(session, here, here.announcement())


async def test_cuts_a_client_that_does_not_read_and_spares_one_that_does(
    tight: People, expected_on_the_wire: set[int | str]
) -> None:
    expected_on_the_wire.add("SOMETHING_LARGE")
    people, bot = tight, tight.about["application_id"]
    async with dialled(people) as reading, barely_dialled(people) as idle:
        await identified(reading, people)
        idle.send(1, identify(people).encode())
        await until(lambda: len(people.local.sessions.by_id) == 2)
        slow = list(people.local.sessions.by_id.values())[1]
        told = 0
        # the system's own buffers take some of it, how much is not ours to say
        while slow.socket is not None:
            people.local.sessions.dispatch(bot, Event("SOMETHING_LARGE", {"padding": "x" * MIB}))
            told += 1
            received = await reading.receive_json()
            assert len(received["d"]["padding"]) == MIB
            await asyncio.sleep(0)
        assert told > 4
        assert await heard(reading) == []


async def test_encodes_an_event_once_and_keeps_it_once_for_thousands_of_sessions(people: People) -> None:
    bot, sessions = people.about["application_id"], people.local.sessions
    readers = [sessions.open(bot, 1 << 9 | 1 << 15 * (number % 2), (0, 1)) for number in range(2_000)]
    sessions.dispatch(bot, Event("MESSAGE_CREATE", {"content": "x"}, None, {"content": ""}))
    assert {len(reader.replay) for reader in readers} == {0}  # no direct messages without their intent
    guild_id = people.local.world.guild("atelier").id
    sessions.dispatch(bot, Event("MESSAGE_CREATE", {"content": "x"}, guild_id, {"content": ""}))
    texts = [reader.replay[0].data_text for reader in readers]
    assert set(texts) == {'{"content":"x"}', '{"content":""}'}
    assert len({id(text) for text in texts}) == 2


async def test_keeps_no_more_events_than_it_may(people: People) -> None:
    bot, sessions = people.about["application_id"], people.local.sessions
    sessions.limits = replace(sessions.limits, replay_events=10)
    session = sessions.open(bot, 1, (0, 1))
    for number in range(25):
        sessions.dispatch(bot, Event("SOMETHING_NEW", {"number": number}))
    assert [one.seq for one in session.replay] == list(range(16, 26))


async def test_forgets_sessions_that_nobody_came_back_to(people: People) -> None:
    for _ in range(3):
        async with dialled(people) as socket:
            await identified(socket, people)
            await socket.close(code=4000)
        await until(lambda: all(one.socket is None for one in people.local.sessions.by_id.values()))
        await people.post("clock", advance_s=181)
    async with dialled(people) as socket:
        await identified(socket, people)
        assert len(people.local.sessions.by_id) == 1
