"""A picture that exists, shown as the answer to a command or a press, with live buttons."""

from cogs._attachments import discord_files, picture_files
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._present import Shown, result_view
from cogs._replies import show_answer
from services import history
from services.jobs.courier import PictureResult
from services.models import Visibility


async def show_pictures(
    interaction: BotInteraction, pictures: tuple[PictureResult, ...], visibility: Visibility
) -> None:
    """Show pictures as the answer to an acknowledged interaction, and remember which message shows them."""
    context, language = interaction.client.context, language_of(interaction)
    async with interaction.client.gate.work():
        files = await picture_files(context, pictures, interaction.filesize_limit, language)
    view = result_view(Shown(pictures, visibility=visibility, language=language), files)
    message = await show_answer(interaction, visibility, view, discord_files(files))
    await history.record_sheet(context, pictures, message.channel.id, message.id)
