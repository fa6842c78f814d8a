"""Commands in other languages: whole, without leftovers, and within Discord's limits."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from cogs._client import add_commands
from cogs._translator import CommandTranslator
from services.languages import ENGLISH, LANGUAGES, texts_of
from services.languages.commands import CommandPart, command_text, command_texts

OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
NAME = re.compile(r"[-_'\w]{1,32}")
"""Of a slash command. *Source:* Discord, "Application Command Naming"."""


class Shelf(commands.Bot):
    """A bot without services, to look at the commands."""


@pytest.fixture
async def tree() -> AsyncIterator[app_commands.CommandTree[Shelf]]:
    bot = Shelf(commands.when_mentioned, intents=discord.Intents.none(), help_command=None)
    await add_commands(bot)
    yield bot.tree
    await bot.close()


def _parts(given: dict[str, Any], *, is_option: bool = False) -> Iterator[tuple[CommandPart, str]]:
    """Yield every text of a command as Discord is given it, with what it is; options keep their names."""
    if not is_option:
        yield CommandPart.NAME, str(given["name"])
    if given.get("description"):
        yield CommandPart.DESCRIPTION, str(given["description"])
    for choice in given.get("choices") or []:
        yield CommandPart.CHOICE, choice["name"]
    for option in given.get("options") or []:
        yield from _parts(option, is_option=option["type"] > 2)


def _in_english(tree: app_commands.CommandTree[Shelf]) -> set[tuple[CommandPart, str]]:
    return {part for command in tree.get_commands() for part in _parts(command.to_dict(tree))}


@pytest.mark.parametrize("language", OTHERS)
async def test_every_text_of_a_command_is_translated_and_nothing_else_is(
    tree: app_commands.CommandTree[Shelf], language: str
) -> None:
    english = _in_english(tree)
    translated = {(part, text) for part, texts in command_texts(language).items() for text in texts}
    assert sorted(english - translated) == []
    assert sorted(translated - english) == []


@pytest.mark.parametrize("language", OTHERS)
async def test_translated_commands_keep_to_discords_limits_and_are_told_apart(
    tree: app_commands.CommandTree[Shelf], language: str
) -> None:
    for command in tree.get_commands():
        for part, text in _parts(command.to_dict(tree)):
            shown = command_text(language, part, text) or text
            assert 1 <= len(shown) <= 100
            is_name = part is CommandPart.NAME and not isinstance(command, app_commands.ContextMenu)
            assert not is_name or (NAME.fullmatch(shown) and shown == shown.lower()), shown
    groups = [each for each in tree.walk_commands() if isinstance(each, app_commands.Group)]
    levels = [
        [each.name for each in tree.get_commands()],
        *([each.name for each in group.commands] for group in groups),
    ]
    for siblings in levels:
        said = [command_text(language, CommandPart.NAME, name) or name for name in siblings]
        assert len(set(said)) == len(siblings)


async def test_discord_is_given_the_translations(tree: app_commands.CommandTree[Shelf]) -> None:
    command = tree.get_command("portrait")
    assert isinstance(command, app_commands.Command)
    given = await command.get_translated_payload(tree, CommandTranslator())
    assert given["name_localizations"] == {"de": "porträt"}
    assert given["description_localizations"].keys() == {"de"}
    option = next(each for each in given["options"] if each["name"] == "private")
    assert option["description_localizations"] == {"de": "Die Antwort nur dir zeigen"}
    assert not option.get("name_localizations")


COMMAND_NAMED = re.compile(r"`/([^\s`]+)(?: ([^\s`:]+))?")
"""A command in a text, `/show CODE` or `/keys add`, with the word behind it."""


def _called(tree: app_commands.CommandTree[Shelf], language: str) -> dict[str, set[str]]:
    """Return every command's name in a language, with those of its subcommands."""

    def name(english: str) -> str:
        return command_text(language, CommandPart.NAME, english) or english

    return {
        name(each.name): {name(child.name) for child in each.commands}
        if isinstance(each, app_commands.Group)
        else set()
        for each in tree.get_commands()
    }


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_a_text_calls_a_command_as_it_is_called_in_that_language(
    tree: app_commands.CommandTree[Shelf], language: str
) -> None:
    called = _called(tree, language)
    named = [
        (name, found[1], found[2])
        for name, text in texts_of(language).items()
        for form in ([text] if isinstance(text, str) else text.values())
        for found in COMMAND_NAMED.finditer(form)
    ]
    assert named
    wrong = [
        (name, command, child)
        for name, command, child in named
        if command not in called or (called[command] and child is not None and child not in called[command])
    ]
    assert wrong == []
