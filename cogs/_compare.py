"""Two pictures side by side with what differs: the message of `/compare` and of "Compare" under a picture."""

from typing import Any

from discord import MediaGalleryItem, ui

from cogs._attachments import discord_files, sheet_file
from cogs._edge import BotInteraction
from cogs._ids import Verb, job_item_id
from cogs._layout import ACCENT, button, finished, row
from cogs._picture_words import differences_text, made_by_line, seeds_line
from cogs._present import Attachment
from cogs._replies import show_answer
from cogs._text import code, escape
from services import history
from services.comparing import Comparison
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import Visibility


def comparison_view(
    found: Comparison, sheet: Attachment, *, is_private: bool, language: str
) -> ui.LayoutView:
    """Return the message: the sheet, a line a picture, what differs, and "More" of each."""
    heading = f"### {say(language, 'compare.title')}"
    if is_private:
        heading += f"\n-# 🔒 {say(language, 'answers.only_you')}"
    pair = (found.left, found.right)
    lines = [_line(picture, language) for picture in pair]
    lines += [f"**{say(language, 'compare.differs')}**", _differences(found, language)]
    lines += dict.fromkeys(f"-# {made_by_line(each.recipe, each.payer, language)}" for each in pair)
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(
        MediaGalleryItem(f"attachment://{sheet.filename}", description=sheet.alt)
    )
    more = row(*(button(f"⋯ {each.code}", job_item_id(Verb.MORE, each.job_id)) for each in pair))
    container: ui.Container[Any] = ui.Container(
        ui.TextDisplay(heading), gallery, ui.TextDisplay("\n".join(lines)), more, accent_colour=ACCENT
    )
    return finished(container)


def _line(picture: PictureResult, language: str) -> str:
    seeds = seeds_line(picture.recipe, language)
    return f"{code(picture.code)} · **{escape(picture.recipe.model)}** · {seeds}"


def _differences(found: Comparison, language: str) -> str:
    if found.differences:
        return differences_text(found.differences, language)
    name = "compare.same_file" if found.is_same_file else "compare.same_recipe"
    return say(language, name)


async def show_comparison(
    interaction: BotInteraction, found: Comparison, visibility: Visibility, language: str
) -> None:
    """Show two pictures to an acknowledged interaction, and remember where they stand.

    Raises StorageError where a picture's file is gone.
    """
    context = interaction.client.context
    pair = (found.left, found.right)
    async with interaction.client.gate.work():
        sheet = await sheet_file(context, pair, interaction.filesize_limit, language)
    is_private = visibility is Visibility.PRIVATE
    view = comparison_view(found, sheet, is_private=is_private, language=language)
    message = await show_answer(interaction, visibility, view, discord_files([sheet]))
    await history.record_sheet(context, pair, message.channel.id, message.id)
