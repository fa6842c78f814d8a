"""The options of `/character`: who is meant, suggested while a person types."""

from typing import Final

from cogs._caller import viewer_of
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._options import LONGEST_CHOICE, Choices, choices_of
from cogs._text import plain
from services.characters import Character, suggest_characters
from services.languages import say

_LONGEST_NAME: Final = 80

CHARACTER_DESCRIPTION: Final = "Which character"
AGREED_DESCRIPTION: Final = "The pictures that I bring show nobody, or everybody in them agreed"


async def suggest_character(interaction: BotInteraction, partial: str) -> Choices:
    """Name the characters that the person may use: own ones by their last use, then shared ones."""
    found = await _suggest(interaction, partial, is_own_only=False)
    return choices_of((_label(interaction, each), each.code) for each in found)


async def suggest_own_character(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's own characters, by their last use."""
    found = await _suggest(interaction, partial, is_own_only=True)
    return choices_of((_label(interaction, each), each.code) for each in found)


async def _suggest(interaction: BotInteraction, partial: str, *, is_own_only: bool) -> list[Character]:
    context, typed = interaction.client.context, partial[:LONGEST_CHOICE]
    return await suggest_characters(context, viewer_of(interaction), typed, is_own_only=is_own_only)


def _label(interaction: BotInteraction, character: Character) -> str:
    name = plain(character.name, _LONGEST_NAME)
    return name if character.is_own else say(language_of(interaction), "characters.suggested_lent", name=name)
