"""The client as it stands before any connection: its commands, what it hears and what it keeps."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from cogs._client import LimnerBot, add_commands, command_modules, commands_digest, commands_for_discord
from cogs._edge import EdgeBot
from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.cogs.house import connected
from tests.services.studio import Studio

COMMANDS = {
    *("portrait", "pair", "imagine", "show", "models", "cancel", "help"),
    *(
        "reroll",
        "compare",
        "seed",
        "preset",
        "history",
        "search",
        "character",
        "headshot",
        "photos",
        "uploads",
    ),
    *("Save as character", "Use as reference"),
    *("keys", "result", "status", "pause", "resume", "budget", "queue", "settings"),
}


class Shelf(commands.Bot):
    """A bot without services, to look at the commands."""


@pytest.fixture
async def loaded() -> AsyncIterator[Shelf]:
    bot = Shelf(commands.when_mentioned, intents=discord.Intents.none(), help_command=None)
    await add_commands(bot)
    yield bot
    await bot.close()


async def test_finds_every_command_by_walking_the_folder(loaded: Shelf) -> None:
    assert {command.name for command in loaded.tree.get_commands()} == COMMANDS
    assert "cogs.reactions" in command_modules()


async def test_commands_keep_to_discords_limits(loaded: Shelf) -> None:
    for command in loaded.tree.get_commands():
        payload = command.to_dict(loaded.tree)
        options = payload.get("options", [])
        assert len(options) <= 25
        # An entry of a message's menu has no description.
        own = [payload["description"]] if "description" in payload else []
        texts = [*own, *(option["description"] for option in options)]
        assert all(1 <= len(text) <= 100 for text in texts)
        assert sum(map(len, texts)) <= 8000
        assert not any("…" in text for text in texts)


async def test_every_option_is_described(loaded: Shelf) -> None:
    for command in loaded.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            assert all(str(option.description) != "…" for option in command.parameters), command.name


async def digest_of(bot: Shelf) -> str:
    return commands_digest(await commands_for_discord(bot.tree))


async def test_the_digest_follows_the_commands_and_not_their_order(loaded: Shelf) -> None:
    before = await digest_of(loaded)
    removed = loaded.tree.remove_command("help")
    assert removed is not None
    assert await digest_of(loaded) != before
    loaded.tree.add_command(removed)
    assert await digest_of(loaded) == before


async def test_the_bot_hears_nothing_privileged_and_keeps_nothing(bare_bot: LimnerBot) -> None:
    heard = {name for name, is_on in bare_bot.intents if is_on}
    assert heard == {"guilds", "guild_reactions", "dm_reactions"}
    mentions = bare_bot.allowed_mentions
    assert mentions is not None
    assert not any((mentions.everyone, mentions.users, mentions.roles, mentions.replied_user))
    assert list(bare_bot.cached_messages) == []
    assert bare_bot._connection.member_cache_flags == discord.MemberCacheFlags.none()


async def test_every_command_works_in_servers_messages_and_user_installs(bare_bot: LimnerBot) -> None:
    assert isinstance(bare_bot, EdgeBot)
    await add_commands(bare_bot)
    for command in bare_bot.tree.get_commands():
        payload = command.to_dict(bare_bot.tree)
        assert payload["integration_types"] == [0, 1], command.name
        assert payload["contexts"] == [0, 1, 2], command.name


@pytest.fixture
async def bare_bot() -> AsyncIterator[LimnerBot]:
    # Nothing of the services is touched before a command runs.
    bot = LimnerBot(context=None)  # type: ignore[arg-type] # see above
    yield bot
    await bot.close()


def test_the_folder_of_commands_is_this_one() -> None:
    assert Path(str(sys.modules["cogs"].__file__)).parent == Path(__file__).parents[2] / "cogs"


@pytest.mark.usefixtures("_discord_address")
async def test_a_command_that_discord_refuses_is_named(studio: Studio, tmp_path: Path) -> None:
    # One of its own: what the others have heard is looked through for refusals.
    local = LocalDiscord(tmp_path / "discord", is_kept=False)
    async with running(local, 0), connected(studio.context, local) as bot:
        command = bot.tree.get_command("help")
        assert isinstance(command, app_commands.Command)
        command.description = "x" * 101
        with pytest.raises(app_commands.CommandSyncFailure, match="'help'"):
            await bot.push_commands(is_forced=True)
