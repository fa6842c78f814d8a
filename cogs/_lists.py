"""Show a list of somebody's pictures, and turn its pages."""

from collections.abc import Sequence

from cogs._attachments import discord_files, thumbnail_files
from cogs._caller import viewer_of
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._list_ids import parse_list_id
from cogs._list_pages import list_view
from cogs._present import Attachment
from cogs._replies import acknowledge, acknowledge_press, show_answer
from db.pictures.listings import Audience
from services.looking_up import Asked, Page, find_asked, first_page, next_page
from services.models import Visibility


def visibility_of_list(*, is_private: bool) -> Visibility:
    """Return who sees a list: its owner alone, unless it was asked for otherwise."""
    return Visibility.PRIVATE if is_private else Visibility.PUBLIC


async def show_list(interaction: BotInteraction, asked: Asked, visibility: Visibility) -> None:
    """Acknowledge, and show the newest of a person's own pictures that were asked for."""
    await acknowledge(interaction, visibility)
    context = interaction.client.context
    async with interaction.client.gate.work():
        asked = await find_asked(context, viewer_of(interaction), asked)
        page = await first_page(context, interaction.user.id, asked, _audience_of(interaction, visibility))
        files = await _thumbnails(interaction, page)
    view = list_view(page, files, visibility, language_of(interaction))
    await show_answer(interaction, visibility, view, discord_files(list(filter(None, files))))


async def turn_page(interaction: BotInteraction, custom_id: str) -> None:
    """Show the next page of a list in its own message, to whoever that message is for."""
    listing, edge = parse_list_id(custom_id)
    await acknowledge_press(interaction)
    context = interaction.client.context
    is_private = interaction.message is not None and interaction.message.flags.ephemeral
    visibility = visibility_of_list(is_private=is_private)
    async with interaction.client.gate.work():
        audience = _audience_of(interaction, visibility)
        page = await next_page(context, interaction.user.id, listing, edge, audience)
        files = await _thumbnails(interaction, page)
    view = list_view(page, files, visibility, language_of(interaction))
    await interaction.edit_original_response(view=view, attachments=discord_files(list(filter(None, files))))


def _audience_of(interaction: BotInteraction, visibility: Visibility) -> Audience | None:
    """Return who sees the list beside its owner: nobody in a private answer, nor in a direct message with the bot."""
    if visibility is Visibility.PRIVATE or interaction.context.dm_channel:
        return None
    return Audience(interaction.guild_id)


async def _thumbnails(interaction: BotInteraction, page: Page) -> Sequence[Attachment | None]:
    pictures = [each.picture for each in page.items]
    return await thumbnail_files(interaction.client.context, pictures, language_of(interaction))
