"""`/character reference`: the pictures of a character and their numbers. Every answer is seen by the person alone."""

from discord import Attachment, app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs._attachments import discord_files
from cogs._brought import brought_address, brought_attachment
from cogs._caller import viewer_of
from cogs._character_options import (
    AGREED_DESCRIPTION,
    CHARACTER_DESCRIPTION,
    suggest_character,
    suggest_own_character,
)
from cogs._character_sheets import character_sheet, with_sheet
from cogs._character_words import added_text, references_text, removed_text
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import suggest_codes
from cogs._replies import acknowledge
from services.character_pictures import (
    LARGEST_NUMBER,
    add_pictures,
    check_agreed,
    remove_picture,
    view_character,
)
from services.models import Visibility

Number = Range[int, 0, LARGEST_NUMBER]


class ReferenceCommands(commands.Cog):
    """The commands about a character's pictures; a part of `cogs/character.py`."""

    reference = app_commands.Group(
        name="reference", description="The pictures of a character, by their numbers"
    )

    @reference.command(name="add", description="Give a character more pictures; each gets the next number")
    @app_commands.describe(
        character=CHARACTER_DESCRIPTION,
        codes="Codes of your pictures that show it, such as 7k2m9xq4",
        file="A picture from your device",
        address="Where a picture lies: https://...",
        agreed=AGREED_DESCRIPTION,
    )
    @app_commands.autocomplete(character=suggest_own_character, codes=suggest_codes)
    async def add_reference(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        character: str,
        codes: str = "",
        file: Attachment | None = None,
        address: str = "",
        agreed: bool = False,
    ) -> None:
        """Check, acknowledge, add, say the numbers."""
        brought = [] if file is None else [brought_attachment(file)]
        brought += [brought_address(address)] if address.strip() else []
        check_agreed(brought, is_agreed=agreed)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            context, viewer = interaction.client.context, viewer_of(interaction)
            found, added = await add_pictures(context, viewer, character, codes, brought)
        text = added_text(language_of(interaction), found, added)
        await interaction.edit_original_response(view=text_view(text))

    @reference.command(name="list", description="The pictures of a character with their numbers")
    @app_commands.describe(character=CHARACTER_DESCRIPTION)
    @app_commands.autocomplete(character=suggest_character)
    async def list_references(self, interaction: BotInteraction, character: str) -> None:
        """Acknowledge, look, show."""
        context, language = interaction.client.context, language_of(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await view_character(context, viewer_of(interaction), character)
            files = await character_sheet(context, language, found, interaction.filesize_limit)
        view = with_sheet(references_text(language, found), files)
        await interaction.edit_original_response(view=view, attachments=discord_files(files))

    @reference.command(
        name="remove", description="Take a picture from a character; its number is not given out again"
    )
    @app_commands.describe(character=CHARACTER_DESCRIPTION, number="The number of the picture")
    @app_commands.autocomplete(character=suggest_own_character)
    async def remove_reference(self, interaction: BotInteraction, character: str, number: Number) -> None:
        """Acknowledge, remove, say what that changes."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            context, viewer = interaction.client.context, viewer_of(interaction)
            removed = await remove_picture(context, viewer, character, number)
        await interaction.edit_original_response(
            view=text_view(removed_text(language_of(interaction), removed))
        )
