"""Rows D1, D2, D3 and D6: Discord forgets an interaction, says 500 or 429, and drops the gateway.

D4 and D5, whatever happens to a result's way, stand in `test_delivery_ladder.py`.
"""

import asyncio
from collections import Counter
from dataclasses import replace

import discord
import pytest
import sqlalchemy as sa
from discord.backoff import ExponentialBackoff

from cogs._courier import DiscordCourier
from db.tables.schema import requests
from playground.discord import interactions, limits
from services.jobs.courier import RequestResult, Rung, Sending
from services.models import Installation, Origin, OriginKind, Visibility
from tests.cogs.house import House
from tests.cogs.samples import picture
from tests.faults.ladder_scene import Ladder
from tests.faults.passing_time import read
from tests.services.providers.stand_in import picture_of
from tests.waiting import HANGS_AFTER_S

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MANY = 100
STORM_S = 1.0
PATIENT = 8
"""Each answer asks for half a second: one or two who ask do so twice each, a bot that does not wait a hundred times."""
CYCLES = 20


async def test_d1_an_interaction_that_discord_has_forgotten_starts_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(interactions, "ACK_S", -1.0)  # for this Discord every acknowledgement comes too late
        for _ in range(5):
            await house.act(
                "slash?wait=0",
                user="ada",
                channel="portraits",
                name="imagine",
                options={"prompt": "a baker", "model": "scripted/quick"},
            )
        await until_refused(house, 5)
    counted = sa.select(sa.func.count()).select_from(requests)

    assert await read(house.studio, counted) == 0
    assert house.studio.server.submits == 0
    assert (await house.slash("portrait", model="sketch"))["message"]["attachments"]


async def until_refused(house: House, count: int) -> None:
    """Wait until so many acknowledgements were answered with 404."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            seen = await house.requests_seen()
            if sum(one["status"] == 404 and "/callback" in one["path"] for one in seen) >= count:
                return
            await asyncio.sleep(0.05)


async def some_result(house: House) -> RequestResult:
    """Return a finished picture as the job engine would hand it to the courier, for the first channel."""
    stored = await house.studio.context.store.put(picture_of(1))
    shown = picture(digest=stored.digest, image_format="png")
    message = await house.first_answer("help")
    origin = Origin(
        kind=OriginKind.REACTION,
        id="reaction-1",
        user_id=int(house.local.world.user("ada").id),
        channel_id=int(message["message"]["channel_id"]),
        guild_id=int(house.local.world.guild("atelier").id),
        installation=Installation.GUILD,
        application_id=99,
    )
    return RequestResult(1, 1, "imagine", origin, Visibility.PUBLIC, 10 * 1024 * 1024, (shown,), ())


async def test_d2_a_hundred_messages_that_discord_says_failed_are_posted_once_each(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await some_result(house)
    courier = DiscordCourier(house.bot, house.studio.context)
    # A hundred messages to one channel would take two minutes by the usual limit.
    monkeypatch.setattr(limits, "BUCKETS", {**limits.BUCKETS, "create_message": (1_000, 1.0)})
    monkeypatch.setattr(limits, "GLOBAL_PER_S", 1_000)
    await house.act("chaos", kind="accept_then_500", count=MANY, route="POST /channels/")
    sent = await asyncio.gather(
        *(courier.deliver(Rung.CHANNEL, replace(result, delivery_id=number)) for number in range(1, MANY + 1))
    )
    seen = [
        one for one in await house.requests_seen() if one["method"] == "POST" and "/messages" in one["path"]
    ]

    assert Counter(one["status"] for one in seen) == {500: MANY, 200: MANY}
    assert {one.sending for one in sent} == {Sending.SENT}
    assert len({one.message_id for one in sent}) == MANY


@pytest.mark.parametrize("kind", ["429_user", "429_shared", "429_global", "429_cloudflare"])
async def test_d3_a_result_that_is_told_to_wait_comes_once_and_asks_seldom(house: House, kind: str) -> None:
    ladder = Ladder(house)
    await ladder.ask()
    await house.act("chaos", kind=kind, for_s=STORM_S, route="/webhooks/")
    await ladder.finish()
    refused = [one for one in await house.requests_seen() if one["status"] == 429]

    assert len(await ladder.pictures()) == 1
    assert len(refused) <= PATIENT
    assert {outcome for _, outcome in await ladder.rungs()} <= {"sent", "later"}


async def at_once(_client: discord.Client, _shard_id: int | None, *, initial: bool = False) -> None:
    """Wait for nothing before an IDENTIFY; `initial` is the library's."""


async def connections(house: House) -> int:
    """Return how often the bot has identified itself, or taken a session up again."""
    entries, _ = await house.local.transcript.read(0, 1_000_000)
    frames = [entry["frame"] for entry in entries if entry.get("direction") == "in"]
    return sum(frame["op"] in {2, 6} for frame in frames)


def loops_of(names: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in names.items() if name in {"heartbeat", "recovery", "progress"}}


def tasks_by_name() -> Counter[str]:
    return Counter(task.get_name() for task in asyncio.all_tasks())


async def test_d6_twenty_losses_of_the_gateway_leave_one_of_everything(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library's own patience, up to minutes, and its five seconds before each IDENTIFY.
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.0)
    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    before = loops_of(tasks_by_name())
    for number in range(CYCLES):
        known = await connections(house)
        await house.act("chaos", kind=("drop", "op7", "op9")[number % 3])
        async with asyncio.timeout(HANGS_AFTER_S):
            while await connections(house) == known:
                await asyncio.sleep(0.05)
    await house.bot.wait_until_ready()
    answer = await typed_again(house)
    messages = await house.messages()

    assert loops_of(tasks_by_name()) == before == dict.fromkeys(("heartbeat", "recovery", "progress"), 1)
    assert [message["id"] for message in messages if message["attachments"]] == [answer["id"]]
    assert await read(house.studio, sa.select(sa.func.count()).select_from(requests)) == 1


async def typed_again(house: House) -> dict[str, object]:
    """Type until the bot hears it: what is typed while it is away is lost, as on the real Discord."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            answer = await house.act(
                "slash", user="ada", channel="portraits", name="portrait", options={"model": "sketch"}
            )
            if answer["callback"] is not None:
                break
    return await house.until_painted()
