"""What presses about a character do. It must be the person's own: for everybody else there is none."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from discord import ButtonStyle, ui

from cogs._caller import viewer_of
from cogs._character_forms import open_edit_form_of
from cogs._character_ids import CharacterId, CharacterVerb, character_item_id
from cogs._character_words import deleted_text
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._layout import button, row, text_view
from cogs._replies import acknowledge_press
from cogs._text import escape
from services.character_keeping import delete_character
from services.characters import Character, own_character
from services.languages import say

CharacterAction = Callable[[BotInteraction, CharacterId], Awaitable[None]]


def owner_row(language: str, character: Character) -> ui.ActionRow[Any]:
    """Return the buttons of a character's owner."""
    return row(
        button(
            say(language, "characters.edit"), character_item_id(CharacterVerb.EDIT, character.id), emoji="✏️"
        ),
        button(
            say(language, "characters.delete_yes"),
            character_item_id(CharacterVerb.DELETE, character.id),
            emoji="🗑️",
            style=ButtonStyle.danger,
        ),
    )


def delete_character_view(language: str, character: Character) -> ui.LayoutView:
    """Return the question whether to delete a character."""
    yes_id = character_item_id(CharacterVerb.CONFIRM_DELETE, character.id)
    yes = button(say(language, "characters.delete_yes"), yes_id, emoji="🗑️", style=ButtonStyle.danger)
    no = button(say(language, "characters.delete_no"), character_item_id(CharacterVerb.KEEP, character.id))
    text = say(language, "characters.delete_question", name=f"**{escape(character.name)}**")
    return text_view(text, rows=[row(yes, no)])


async def _edit(interaction: BotInteraction, about: CharacterId) -> None:
    await open_edit_form_of(interaction, about.character_id)


async def _own(interaction: BotInteraction, about: CharacterId) -> Character:
    return await own_character(interaction.client.context, viewer_of(interaction), about.character_id)


async def _delete(interaction: BotInteraction, about: CharacterId) -> None:
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        character = await _own(interaction, about)
    view = delete_character_view(language_of(interaction), character)
    await interaction.edit_original_response(view=view, attachments=[])


async def _confirm_delete(interaction: BotInteraction, about: CharacterId) -> None:
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        character = await _own(interaction, about)
        deleted = await delete_character(interaction.client.context, viewer_of(interaction), character.code)
    await interaction.edit_original_response(view=text_view(deleted_text(language_of(interaction), deleted)))


async def _keep(interaction: BotInteraction, about: CharacterId) -> None:
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        character = await _own(interaction, about)
    text = say(language_of(interaction), "characters.kept", name=f"**{escape(character.name)}**")
    await interaction.edit_original_response(view=text_view(text))


CHARACTER_ACTIONS: Final[Mapping[CharacterVerb, CharacterAction]] = MappingProxyType(
    {
        CharacterVerb.EDIT: _edit,
        CharacterVerb.DELETE: _delete,
        CharacterVerb.CONFIRM_DELETE: _confirm_delete,
        CharacterVerb.KEEP: _keep,
    }
)
"""What each verb does."""
