"""Takes a deleted picture out of the messages that showed it."""

import logging
from collections.abc import Iterable, Sequence
from typing import Final

import discord

from cogs._attachments import discord_files, found_files
from cogs._present import Shown, result_view
from services import history
from services.asks import DEFAULT_UPLOAD_LIMIT_BYTES, Viewer
from services.context import Context
from services.jobs.courier import MessagePlace, PictureResult
from services.languages import ENGLISH

_ABOUT_THE_BOT: Final = frozenset({401, 429})
"""Answers that say nothing of a message: any other would have the same."""

_logger = logging.getLogger(__name__)


async def clear_places(
    client: discord.Client,
    context: Context,
    owner: Viewer,
    places: Iterable[MessagePlace],
    language: str = ENGLISH,
) -> bool:
    """Delete the messages, or draw them anew with the pictures that are left, as far as Discord allows it.

    Return whether that was done for all that are there: what is forbidden now may be allowed later. One that Discord
    refuses keeps no other from going. Raises RateLimited, or HTTPException with 401 or 429, where it refuses the bot.

    They are said in `language`, the owner's: most of them were asked for by the owner.

    Private answers and those of user installs are out of a bot's reach; whoever owns them can dismiss them.
    """
    is_done = True
    for place in places:
        channel = client.get_partial_messageable(place.channel_id)
        message = channel.get_partial_message(place.message_id)
        try:
            if place.job_ids:
                await _redraw(context, owner, message, place.job_ids, language)
            else:
                await message.delete()
        except discord.HTTPException as error:
            if error.status in _ABOUT_THE_BOT:
                raise
            _logger.info("message %d was not changed: %d %d", place.message_id, error.status, error.code)
            is_done = is_done and isinstance(error, discord.NotFound)
    return is_done


async def _redraw(
    context: Context,
    owner: Viewer,
    message: discord.PartialMessage,
    job_ids: Sequence[int],
    language: str,
) -> None:
    """Show only the pictures of `job_ids` in `message`, and only those of them that are left when it is done.

    Another one may be deleted meanwhile: whoever deletes it draws the message anew too, and may come first.
    """
    shown = list[int]()
    while pictures := await history.find_those_left(context, owner, job_ids):
        left = [picture.job_id for picture in pictures]
        if left == shown:
            return
        await _draw(context, message, pictures, language)
        shown = left
    await message.delete()


async def _draw(
    context: Context, message: discord.PartialMessage, pictures: tuple[PictureResult, ...], language: str
) -> None:
    files, lost = await found_files(
        context,
        pictures,
        is_pair=False,
        limit_bytes=DEFAULT_UPLOAD_LIMIT_BYTES,
        language=language,
    )
    await message.edit(
        view=result_view(Shown(pictures, lost, language=language), files),
        attachments=discord_files(files),
        # A message known by its id alone is edited without the client's default.
        allowed_mentions=discord.AllowedMentions.none(),
    )
