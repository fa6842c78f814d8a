"""`/character create`, `show`, `list`, `edit`, `rename`, `delete` and `help`: who a character is.

Every answer is seen by the person alone.
"""

from typing import Final

from discord import Attachment, app_commands
from discord.ext import commands

from cogs._attachments import discord_files
from cogs._brought import brought_attachment
from cogs._caller import viewer_of
from cogs._character_actions import delete_character_view, owner_row
from cogs._character_forms import open_edit_form
from cogs._character_options import (
    AGREED_DESCRIPTION,
    CHARACTER_DESCRIPTION,
    suggest_character,
    suggest_own_character,
)
from cogs._character_sheets import character_sheet, with_sheet
from cogs._character_words import (
    created_text,
    edited_text,
    help_text,
    list_text,
    renamed_text,
    shares_text,
    shown_text,
)
from cogs._edge import BotInteraction, acknowledging
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import suggest_codes, suggest_features
from cogs._replies import acknowledge
from services.character_keeping import (
    CharacterChange,
    NewCharacter,
    create_character,
    edit_character,
    plan_character,
    rename_character,
)
from services.character_pictures import view_character
from services.character_sharing import list_shares
from services.characters import find_character, list_characters
from services.errors import NotAllowedError
from services.models import Visibility

_FEATURES: Final = "What never changes, such as hair color=red; eye color=green"


class KeepingCommands(commands.Cog):
    """The commands about who a character is; a part of `cogs/character.py`."""

    @app_commands.command(description="Keep a character: somebody who looks the same in every scene")
    @app_commands.describe(
        name="What you call it",
        description="Age, hair, clothes, what it carries: the more exact, the more alike",
        features=_FEATURES,
        references="Codes of your pictures that show it, such as 7k2m9xq4",
        picture1="A picture from your device",
        picture2="A second one",
        picture3="A third one",
        agreed=AGREED_DESCRIPTION,
    )
    @app_commands.autocomplete(features=suggest_features, references=suggest_codes)
    async def create(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        name: str,
        description: str,
        features: str = "",
        references: str = "",
        picture1: Attachment | None = None,
        picture2: Attachment | None = None,
        picture3: Attachment | None = None,
        agreed: bool = False,
    ) -> None:
        """Plan, acknowledge, keep, say so."""
        context = interaction.client.context
        attached = [each for each in (picture1, picture2, picture3) if each is not None]
        brought = tuple(map(brought_attachment, attached))
        new = NewCharacter(name, description, features, references, brought, is_agreed=agreed)
        plan = plan_character(context, new)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            character = await create_character(context, viewer_of(interaction), plan)
        text = created_text(language_of(interaction), character)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="A character, with its pictures and their numbers")
    @app_commands.describe(character=CHARACTER_DESCRIPTION)
    @app_commands.autocomplete(character=suggest_character)
    async def show(self, interaction: BotInteraction, character: str) -> None:
        """Acknowledge, look, show."""
        context, language = interaction.client.context, language_of(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await view_character(context, viewer_of(interaction), character)
            targets = await list_shares(context, viewer_of(interaction), found.character)
            files = await character_sheet(context, language, found, interaction.filesize_limit)
        rows = [owner_row(language, found.character)] if found.character.is_own else []
        shares = shares_text(language, targets, interaction.guild_id)
        view = with_sheet(shown_text(language, found, context.features, shares), files, rows)
        await interaction.edit_original_response(view=view, attachments=discord_files(files))

    @app_commands.command(description="Your characters, and those that are shared with you here")
    async def list(self, interaction: BotInteraction) -> None:
        """Acknowledge, look, show."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await list_characters(interaction.client.context, viewer_of(interaction))
        await interaction.edit_original_response(view=text_view(list_text(language_of(interaction), found)))

    @app_commands.command(description="Change a character; with nothing named, a form opens")
    @app_commands.describe(
        character=CHARACTER_DESCRIPTION,
        description="Its whole new description",
        features="Fixed features to change, such as eye color=green; none takes all away",
        references="Numbers of the pictures that scenes look at, such as 0,3; or none",
    )
    @app_commands.autocomplete(character=suggest_own_character, features=suggest_features)
    async def edit(
        self,
        interaction: BotInteraction,
        character: str,
        description: str | None = None,
        features: str | None = None,
        references: str | None = None,
    ) -> None:
        """Acknowledge, keep the change, say so; or open the form, which is the answer."""
        context, viewer = interaction.client.context, viewer_of(interaction)
        if all(each is None for each in (description, features, references)):
            async with acknowledging(interaction):
                found = await find_character(context, viewer, character)
                if not found.is_own:
                    raise NotAllowedError("character_not_yours", found=found.name)
                await open_edit_form(interaction, found)
            return
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            change = CharacterChange(description, features, references)
            edited, is_changed = await edit_character(context, viewer, character, change)
        text = edited_text(language_of(interaction), edited, is_changed=is_changed)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Give a character another name")
    @app_commands.describe(character=CHARACTER_DESCRIPTION, name="What you call it from now on")
    @app_commands.autocomplete(character=suggest_own_character)
    async def rename(self, interaction: BotInteraction, character: str, name: str) -> None:
        """Acknowledge, rename, say so."""
        context = interaction.client.context
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            renamed, before = await rename_character(context, viewer_of(interaction), character, name)
        text = renamed_text(language_of(interaction), renamed, before)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Delete a character; pictures that were made of it stay")
    @app_commands.describe(character=CHARACTER_DESCRIPTION)
    @app_commands.autocomplete(character=suggest_own_character)
    async def delete(self, interaction: BotInteraction, character: str) -> None:
        """Acknowledge, look, ask once."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await find_character(interaction.client.context, viewer_of(interaction), character)
        if not found.is_own:
            raise NotAllowedError("character_not_yours", found=found.name)
        await interaction.edit_original_response(view=delete_character_view(language_of(interaction), found))

    @app_commands.command(description="What keeps a character alike from picture to picture")
    async def help(self, interaction: BotInteraction) -> None:
        """Answer at once."""
        async with acknowledging(interaction):
            view = text_view(help_text(language_of(interaction)))
            await interaction.response.send_message(view=view, ephemeral=True)
