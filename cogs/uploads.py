"""`/uploads`: the pictures that a person has brought. Every answer is seen by the person alone."""

from datetime import UTC, datetime
from typing import Final

from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs._attachments import discord_files
from cogs._character_sheets import with_sheet
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge
from cogs._upload_sheets import upload_file, uploads_sheet
from cogs._upload_words import forgotten_text, list_text, shown_text
from services import own_uploads
from services.errors import UserError
from services.languages import say
from services.models import Visibility
from services.uploads import BroughtPicture

ALL: Final = "all"
"""Stands for every picture."""

Page = Range[int, 1, 1000]


async def suggest_upload(interaction: BotInteraction, partial: str) -> Choices:
    """Name the pictures that the person has brought, by the moment they came."""
    language = language_of(interaction)
    found = await own_uploads.suggest_uploads(interaction.client.context, interaction.user.id)
    return _fitting([(_name(each, language), str(each.upload.id)) for each in found], partial)


async def suggest_upload_or_all(interaction: BotInteraction, partial: str) -> Choices:
    """Name the same, after all of them."""
    language = language_of(interaction)
    found = await own_uploads.suggest_uploads(interaction.client.context, interaction.user.id)
    named = [(_name(each, language), str(each.upload.id)) for each in found]
    every = [(say(language, "uploads.all", count=len(found)), ALL)] if found else []
    return _fitting([*every, *named], partial)


def _fitting(pairs: list[tuple[str, str]], partial: str) -> Choices:
    wanted = partial[:100].lower()
    return choices_of(pair for pair in pairs if wanted in pair[0].lower() or wanted == pair[1])


def _name(picture: BroughtPicture, language: str) -> str:
    # In a choice Discord writes no time for the reader: UTC, to the minute.
    came = datetime.fromtimestamp(picture.created_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    size = f"{picture.upload.width} x {picture.upload.height}"
    return say(language, "uploads.choice", number=picture.upload.id, came=came, size=size)


def upload_id_of(text: str, *, may_be_all: bool) -> int | None:
    """Return which picture is meant, None for all. Raises UserError("bad_upload") for what no suggestion says."""
    wanted = text.strip().lower()
    if wanted == ALL and may_be_all:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 18):
        raise UserError("bad_upload", field="upload", found=text[:100])
    return int(wanted)


class Uploads(
    commands.GroupCog,
    group_name="uploads",
    group_description="The pictures that you brought; photos of faces are in /photos",
):
    """The commands."""

    @app_commands.command(description="The pictures that you brought, and what needs each of them")
    @app_commands.describe(page="Which page; the newest come first")
    async def list(self, interaction: BotInteraction, page: Page = 1) -> None:
        """Acknowledge, look, show them small with what needs them."""
        context, language = interaction.client.context, language_of(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await own_uploads.list_own_uploads(context, interaction.user.id, page)
            files = await uploads_sheet(context, language, found.items, interaction.filesize_limit)
        view = with_sheet(list_text(found, language), files)
        await interaction.edit_original_response(view=view, attachments=discord_files(files))

    @app_commands.command(description="One picture that you brought, and what needs it")
    @app_commands.describe(upload="Which one")
    @app_commands.autocomplete(upload=suggest_upload)
    async def show(self, interaction: BotInteraction, upload: str) -> None:
        """Acknowledge, look, show it with what needs it."""
        context, language = interaction.client.context, language_of(interaction)
        upload_id = upload_id_of(upload, may_be_all=False) or 0
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await own_uploads.view_upload(context, interaction.user.id, upload_id)
            files = await upload_file(context, language, found, interaction.filesize_limit)
        view = with_sheet(shown_text(found, language, is_lost=not files), files)
        await interaction.edit_original_response(view=view, attachments=discord_files(files))

    @app_commands.command(description="Delete a picture that you brought now, or all of them")
    @app_commands.describe(
        upload="Which one, or all", also_from_characters="Also where a character of yours has it"
    )
    @app_commands.autocomplete(upload=suggest_upload_or_all)
    async def forget(
        self, interaction: BotInteraction, upload: str, also_from_characters: bool = False
    ) -> None:
        """Acknowledge, forget, say so."""
        context, user_id = interaction.client.context, interaction.user.id
        upload_id = upload_id_of(upload, may_be_all=True)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            forgotten = (
                await own_uploads.forget_all_uploads(
                    context, user_id, also_from_characters=also_from_characters
                )
                if upload_id is None
                else await own_uploads.forget_upload(
                    context, user_id, upload_id, also_from_characters=also_from_characters
                )
            )
        text = forgotten_text(forgotten, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Uploads())
