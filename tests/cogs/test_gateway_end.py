"""What a bot says where the local Discord ends its connection for good, by each code after which none may come back."""

import asyncio

import pytest

from cogs._client import LimnerBot, log_in, point_at
from playground.discord.local import LocalDiscord
from playground.discord.sessions import FATAL
from services.errors import StartError
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S

TO_DO = {
    4004: "set the bot's current token",
    4010: "start every gateway with the same number after the slash",
    4011: "start gateways with more of them",
    4012: "update Limner",
    4013: "update Limner",
    4014: "Privileged Gateway Intents",
}


def test_every_code_that_ends_it_for_good_has_its_sentence() -> None:
    assert set(TO_DO) == FATAL


@pytest.mark.parametrize("code", sorted(TO_DO))
@pytest.mark.usefixtures("_discord_address")
async def test_d6_a_connection_that_is_ended_for_good_says_what_to_do(
    studio: Studio, local: LocalDiscord, code: int
) -> None:
    about = local.announcement()
    point_at(about["api"], about["gateway"])
    bot = LimnerBot(studio.context, guild_ready_timeout_s=0.05)
    await log_in(bot, about["token"])
    connection = asyncio.create_task(bot.connect())
    async with asyncio.timeout(HANGS_AFTER_S):
        await bot.wait_until_ready()
        local.sessions.strike("close", None, code=code)
        with pytest.raises(StartError) as caught:
            await connection
    await bot.close()

    assert caught.value.code == "gateway_closed"
    assert f"(code {code})" in str(caught.value)
    assert TO_DO[code] in str(caught.value)
