"""Reactions on results: 🔁 again, 🎲 with a new seed, ✉️ the recipe by direct message, 🗑️ delete.

A reaction has no private answer. With several pictures in a message 🔁 and 🎲 paint all of them again; what must be
said is said in one small message in the channel that pings nobody and goes away by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import discord
from discord.ext import commands

from cogs._actions import recipe_file
from cogs._caller import reaction_caller
from cogs._edge import EdgeBot
from cogs._layout import text_view
from cogs._options import MOST_PICTURES
from cogs._pages import delete_view, recipe_view
from cogs._reports import describe_error
from services import history, reruns
from services.asks import SeedChoice
from services.errors import NotAllowedError
from services.jobs.courier import PictureResult

NOTE_LIFE_S: Final = 30.0
"""How long a sentence stays in the channel."""

LOOK_AGAIN_S: Final = 1.0

CLOSED_MESSAGES: Final = 50007
"""Source: Discord, JSON error codes, "Cannot send messages to this user"."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction on a result: the event, and the pictures of the message."""

    bot: EdgeBot
    event: discord.RawReactionActionEvent
    pictures: tuple[PictureResult, ...]

    @property
    def message(self) -> discord.PartialMessage:
        """Return the message that was reacted to."""
        channel = self.bot.get_partial_messageable(self.event.channel_id, guild_id=self.event.guild_id)
        return channel.get_partial_message(self.event.message_id)


async def _rerun(reaction: Reaction, seed: SeedChoice) -> None:
    """Paint every picture of the message again, in one request."""
    now_ms = round(discord.utils.utcnow().timestamp() * 1000)
    privacy = reaction.bot.context.privacy
    caller = reaction_caller(reaction.event, reaction.bot.application_id or 0, privacy, now_ms=now_ms)
    job_ids = [picture.job_id for picture in reaction.pictures[:MOST_PICTURES]]
    await reruns.rerun_all(reaction.bot.context, caller, job_ids, seed)


async def _same(reaction: Reaction) -> None:
    await _rerun(reaction, SeedChoice.SAME)


async def _new(reaction: Reaction) -> None:
    await _rerun(reaction, SeedChoice.NEW)


async def _send_recipe(reaction: Reaction) -> None:
    """Send the recipe of each picture to the person who asked for it."""
    channel = await reaction.bot.create_dm(discord.Object(reaction.event.user_id))
    for picture in reaction.pictures:
        file = recipe_file(picture)
        try:
            await channel.send(view=recipe_view(picture, file.filename), file=file)
        except discord.Forbidden as error:
            if error.code == CLOSED_MESSAGES:
                raise NotAllowedError("closed_messages", "direct messages are closed") from error
            raise


async def _ask_to_delete(reaction: Reaction) -> None:
    """Ask the owner in the channel; of anybody else the reaction says nothing to us."""
    owner_id = await history.owner_of_job(reaction.bot.context, reaction.pictures[0].job_id)
    if owner_id == reaction.event.user_id:
        await reaction.message.reply(view=delete_view(reaction.pictures), mention_author=False)


ACTIONS: Final[Mapping[str, Callable[[Reaction], Awaitable[None]]]] = MappingProxyType(
    {"🔁": _same, "🎲": _new, "✉": _send_recipe, "🗑": _ask_to_delete}
)
"""Emoji without variation selector (clients send "✉️" with one, some without) -> what it does."""


class Reactions(commands.Cog):
    """The listener."""

    def __init__(self, bot: EdgeBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Act on our emoji on our messages; everything else is dropped before any read."""
        action = self._action_for(event)
        if action is None:
            return
        try:
            pictures = await self._find_pictures(event.message_id)
            if pictures:
                await action(Reaction(self._bot, event, pictures))
        except Exception as error:  # noqa: BLE001 - discord.py would only log it; logged and answered here
            await self._say(event, describe_error(error, f"reaction {event.emoji.name}"))

    async def _find_pictures(self, message_id: int) -> tuple[PictureResult, ...]:
        """Return the pictures of a message; one that was sent a moment ago may not be written down yet."""
        async with self._bot.gate.work():
            pictures = await history.find_pictures_of_message(self._bot.context, message_id)
        if not pictures:
            await asyncio.sleep(LOOK_AGAIN_S)
            pictures = await history.find_pictures_of_message(self._bot.context, message_id)
        return pictures

    def _action_for(
        self, event: discord.RawReactionActionEvent
    ) -> Callable[[Reaction], Awaitable[None]] | None:
        """Return what the reaction asks for, None where it asks nothing of us."""
        user = self._bot.user
        is_ours = user is not None and event.message_author_id == user.id and event.user_id != user.id
        is_bot = event.member is not None and event.member.bot
        if not is_ours or is_bot or event.emoji.id is not None:
            return None
        return ACTIONS.get((event.emoji.name or "").replace("\ufe0f", ""))

    async def _say(self, event: discord.RawReactionActionEvent, text: str | None) -> None:
        """Say an error's sentence where the reaction was made, for a short while."""
        channel = self._bot.get_partial_messageable(event.channel_id, guild_id=event.guild_id)
        if text is None:
            return
        try:
            await channel.send(view=text_view(text), delete_after=NOTE_LIFE_S)
        except discord.HTTPException as error:
            _logger.info("could not answer a reaction in channel %d: %s", event.channel_id, error.code)


async def setup(bot: EdgeBot) -> None:
    """Add the listener."""
    await bot.add_cog(Reactions(bot))
