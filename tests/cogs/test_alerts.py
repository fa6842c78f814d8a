"""Alerts reach a channel of the local Discord by a client that hears nothing, and a failure is no exception."""

import logging
import socket
from collections.abc import AsyncIterator

import discord
import pytest

from cogs._alerts import ChannelHerald
from cogs._client import log_in, point_at, sending_client
from playground.discord.local import LocalDiscord
from tests.cogs.house import House


@pytest.fixture
async def client(local: LocalDiscord, _discord_address: None) -> AsyncIterator[discord.Client]:
    about = local.announcement()
    point_at(about["api"], about["gateway"])
    client = sending_client()
    await log_in(client, about["token"])
    yield client
    await client.close()


def channel_id(local: LocalDiscord, name: str) -> int:
    return next(int(each.id) for each in local.world.channels.values() if each.name == name)


async def test_an_alert_is_a_plain_message_that_pings_nobody(
    house: House, client: discord.Client, local: LocalDiscord
) -> None:
    herald = ChannelHerald(client, channel_id(local, "lounge"))
    assert await herald.send("CRITICAL: fal refuses the bot's own key. @everyone")
    (message,) = await house.messages(channel="lounge")
    assert message["content"] == "CRITICAL: fal refuses the bot's own key. @everyone"
    assert message["mention_everyone"] is False
    assert message["author"]["bot"] is True


async def test_a_channel_that_is_not_there_is_told_to_the_log(
    client: discord.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert not await ChannelHerald(client, 1).send("WARNING: x")
    assert "took nothing: NotFound 404" in caplog.text


async def test_a_discord_that_is_away_is_told_to_the_log(
    client: discord.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        point_at(f"http://127.0.0.1:{port}/api/v10", f"ws://127.0.0.1:{port}/gateway")
        with caplog.at_level(logging.WARNING):
            assert not await ChannelHerald(client, 1).send("WARNING: x")
    assert "took nothing: ClientConnectorError" in caplog.text
