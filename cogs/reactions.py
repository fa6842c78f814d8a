"""Reactions on results: 🔁 again, 🎲 with a new seed, ✉️ the recipe by direct message, ❤️ a character, 🗑️ delete.

A reaction has no private answer. With several pictures in a message 🔁 and 🎲 paint all of them again; what must be
said is said in one small message in the channel that pings nobody and goes away by itself: once to a person about a
reaction, and a few times a minute in a channel (`cogs/_lately.py`).
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
from cogs._character_ids import name_item_id
from cogs._edge import EdgeBot
from cogs._lately import AGAIN_AFTER_S, Lately, Notices
from cogs._layout import button, row, text_view
from cogs._offers import unavailable_view
from cogs._options import MOST_PICTURES
from cogs._pages import delete_view, recipe_view
from cogs._reports import UNHEARD, describe_error, own_error, reason_of
from services import history, reruns
from services.asks import SeedChoice
from services.errors import NotAllowedError
from services.jobs.courier import PictureResult
from services.languages import say
from services.offers import ModelUnavailable

NOTE_LIFE_S: Final = 30.0
"""How long a sentence stays in the channel."""

OFFER_LIFE_S: Final = 120.0
"""The same, where it offers other models: they have to be read and chosen."""

LOOK_AGAIN_S: Final = (1.0, 4.0)
"""After how long a message that shows no picture yet is looked at again."""

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

    @property
    def locale(self) -> str:
        """Return the server's locale."""
        return _locale_of(self.bot, self.event)

    @property
    def language(self) -> str:
        """Return the language of whoever reacted."""
        return _language_of(self.bot, self.event)


async def _rerun(reaction: Reaction, seed: SeedChoice) -> None:
    """Paint every picture of the message again, in one request."""
    now_ms = round(discord.utils.utcnow().timestamp() * 1000)
    privacy, application_id = reaction.bot.context.privacy, reaction.bot.application_id or 0
    caller = reaction_caller(reaction.event, application_id, privacy, now_ms=now_ms, locale=reaction.locale)
    job_ids = [picture.job_id for picture in reaction.pictures[:MOST_PICTURES]]
    async with reaction.bot.gate.work():
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
            view = recipe_view(picture, file.filename, reaction.language)
            await channel.send(view=view, file=file)
        except discord.Forbidden as error:
            if error.code == CLOSED_MESSAGES:
                raise NotAllowedError("closed_messages", "direct messages are closed") from error
            raise


async def _ask_to_delete(reaction: Reaction) -> None:
    """Ask the owner in the channel; of anybody else's pictures the reaction says nothing to us."""
    context, user_id = reaction.bot.context, reaction.event.user_id
    owners = [await history.owner_of_job(context, picture.job_id) for picture in reaction.pictures]
    own = [picture for picture, owner in zip(reaction.pictures, owners, strict=True) if owner == user_id]
    if own:
        await reaction.message.reply(view=delete_view(own, reaction.language), mention_author=False)


async def _offer_a_name(reaction: Reaction) -> None:
    """Offer the form of a new character to whoever reacted: a form can only be the answer to a press."""
    event, language = reaction.event, reaction.language
    text = say(language, "characters.heart", person=f"<@{event.user_id}>")
    name_it = button(
        say(language, "characters.heart_button"),
        name_item_id(event.user_id, reaction.pictures[0].job_id),
        emoji="❤️",
    )
    channel = reaction.bot.get_partial_messageable(event.channel_id, guild_id=event.guild_id)
    await channel.send(view=text_view(text, rows=[row(name_it)]), delete_after=OFFER_LIFE_S)


ACTIONS: Final[Mapping[str, Callable[[Reaction], Awaitable[None]]]] = MappingProxyType(
    {"🔁": _same, "🎲": _new, "✉": _send_recipe, "❤": _offer_a_name, "🗑": _ask_to_delete}
)
"""Emoji without variation selector (clients send "✉️" with one, some without) -> what it does. A further one needs its
row here, and nothing else."""

_ASKED_ANEW: Final = frozenset({"🗑"})
"""What is asked again each time: whoever said "Keep" may think better of it."""


class Reactions(commands.Cog):
    """The listener, with what it did and said a moment ago."""

    def __init__(self, bot: EdgeBot) -> None:
        self._bot = bot
        self._taken = Lately(AGAIN_AFTER_S)
        self._notices = Notices()

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Act on our emoji on our messages; everything else is dropped before any read."""
        action, key = self._action_for(event), _key_of(event)
        # Whoever takes a reaction back and gives it again wishes the same thing once.
        if action is None or not (_plain_name(event) in _ASKED_ANEW or self._taken.is_first(key)):
            return
        try:
            pictures = await self._find_pictures(event.message_id)
            if pictures:
                await action(Reaction(self._bot, event, pictures))
            else:
                self._taken.forget(key)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it; logged and answered here
            # Nothing came of it: given again, it is tried again.
            self._taken.forget(key)
            await self._say(event, error)

    async def _find_pictures(self, message_id: int) -> tuple[PictureResult, ...]:
        """Return the pictures of a message; one that was sent a moment ago may not be written down yet."""
        for delay_s in (0.0, *LOOK_AGAIN_S):
            await asyncio.sleep(delay_s)
            async with self._bot.gate.work():
                pictures = await history.find_pictures_of_message(self._bot.context, message_id)
            if pictures:
                break
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
        return ACTIONS.get(_plain_name(event))

    async def _say(self, event: discord.RawReactionActionEvent, error: Exception) -> None:
        """Say an error's sentence where the reaction was made, for a short while; not again and again."""
        language = _language_of(self._bot, event)
        text = describe_error(error, f"reaction {event.emoji.name}", language)
        if text is None or not self._notices.may_say(_key_of(event), event.channel_id):
            return
        text = f"<@{event.user_id}> {text}"
        own = own_error(error)
        is_offer = isinstance(own, ModelUnavailable)
        view = unavailable_view(own, text, language) if isinstance(own, ModelUnavailable) else text_view(text)
        channel = self._bot.get_partial_messageable(event.channel_id, guild_id=event.guild_id)
        try:
            await channel.send(view=view, delete_after=OFFER_LIFE_S if is_offer else NOTE_LIFE_S)
        except UNHEARD as refusal:
            _logger.info(
                "could not answer a reaction in channel %d: %s", event.channel_id, reason_of(refusal)
            )


def _language_of(bot: EdgeBot, event: discord.RawReactionActionEvent) -> str:
    """Return the language of whoever reacted."""
    return bot.context.preferences.language_of(event.user_id, event.guild_id, _locale_of(bot, event))


def _locale_of(bot: EdgeBot, event: discord.RawReactionActionEvent) -> str:
    """Return the locale of the server where a reaction was made, "en-US" in direct messages."""
    guild = None if event.guild_id is None else bot.get_guild(event.guild_id)
    return "en-US" if guild is None else str(guild.preferred_locale.value)


def _plain_name(event: discord.RawReactionActionEvent) -> str:
    return (event.emoji.name or "").replace("\ufe0f", "")


def _key_of(event: discord.RawReactionActionEvent) -> tuple[int, int, str]:
    return (event.user_id, event.message_id, _plain_name(event))


async def setup(bot: EdgeBot) -> None:
    """Add the listener."""
    await bot.add_cog(Reactions(bot))
