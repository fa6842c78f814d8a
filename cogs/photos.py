"""`/photos`: the photos of faces that a person has brought. Every answer is seen by the person alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import MOST_TEXT, text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge
from cogs._text import clip_lines
from services import photos
from services.errors import UserError
from services.languages import say
from services.models import Visibility
from services.photos import Forgotten
from services.uploads import BroughtPicture

ALL: Final = "all"
"""Stands for every photo."""

_MOST_LISTED: Final = MOST_TEXT - 500


async def suggest_photo(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's photos by the moment they came, after all of them."""
    language, wanted = language_of(interaction), partial[:100].lower()
    found = await photos.list_photos(interaction.client.context, interaction.user.id)
    named = [(_name(each, language), str(each.upload.id)) for each in found]
    pairs = [(say(language, "photos.all", count=len(found)), ALL), *named] if found else []
    return choices_of(pair for pair in pairs if wanted in pair[0].lower() or wanted == pair[1])


class Photos(
    commands.GroupCog, group_name="photos", group_description="The photos of faces that are kept of you"
):
    """The commands."""

    @app_commands.command(description="Which photos of faces are kept, since when and until when")
    async def list(self, interaction: BotInteraction) -> None:
        """Acknowledge, look, show; never the photos themselves."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await photos.list_photos(interaction.client.context, interaction.user.id)
        text = list_text(found, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Delete one photo of a face now, or all of them")
    @app_commands.describe(photo="Which one, or all")
    @app_commands.autocomplete(photo=suggest_photo)
    async def forget(self, interaction: BotInteraction, photo: str) -> None:
        """Acknowledge, forget, say so."""
        context, user_id = interaction.client.context, interaction.user.id
        photo_id = photo_id_of(photo)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            forgotten = (
                await photos.forget_all_photos(context, user_id)
                if photo_id is None
                else await photos.forget_photo(context, user_id, photo_id)
            )
        text = forgotten_text(forgotten, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))


def photo_id_of(text: str) -> int | None:
    """Return which photo is meant, None for all. Raises UserError("bad_photo") for what no suggestion says."""
    wanted = text.strip().lower()
    if wanted == ALL:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 18):
        raise UserError("bad_photo", field="photo", found=text[:100])
    return int(wanted)


def list_text(found: Sequence[BroughtPicture], language: str) -> str:
    """Return the list of photos: which day each came and which day it goes."""
    if not found:
        return say(language, "photos.none")
    lines = [
        say(
            language,
            "photos.line",
            number=each.upload.id,
            size=f"{each.upload.width} x {each.upload.height}",
            since=_stamp(each.created_at_ms),
            until=_stamp(each.expires_at_ms or 0),
        )
        for each in found
    ]
    head = say(language, "photos.head", count=len(found))
    return f"{head}\n{clip_lines(lines, _MOST_LISTED, language)}\n-# {say(language, 'photos.foot')}"


def forgotten_text(forgotten: Forgotten, language: str) -> str:
    """Return what became of photos that were to be forgotten."""
    if not forgotten.count:
        return say(language, "photos.none")
    later = "" if forgotten.are_files_gone else f" {say(language, 'photos.files_later')}"
    said = say(language, "photos.forgotten", count=forgotten.count)
    return f"{said}{later}\n-# {say(language, 'photos.elsewhere')}"


def _stamp(at_ms: int) -> str:
    """Return a day as Discord writes it in the reader's language."""
    return f"<t:{at_ms // 1000}:D>"


def _name(photo: BroughtPicture, language: str) -> str:
    # In a choice Discord writes no time for the reader: UTC, to the minute.
    came = datetime.fromtimestamp(photo.created_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return say(
        language,
        "photos.choice",
        number=photo.upload.id,
        came=came,
        size=f"{photo.upload.width} x {photo.upload.height}",
    )


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Photos())
