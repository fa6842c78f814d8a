"""`/keys`: the keys that people and servers bring. Every answer is seen by the person alone."""

import logging
from typing import Final

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot, acknowledging
from cogs._key_forms import ask_for_key, default_choice, may_manage, owner_of, title_of
from cogs._key_words import about_text, key_name, list_text, removed_text
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge
from services import keys
from services.keys import KeyOwner
from services.models import Payer, Visibility

_WHOSE: Final = [
    Choice(name="me", value=Payer.USER.value),
    Choice(name="this server", value=Payer.SERVER.value),
]
_DESCRIPTIONS: Final = {
    "provider": "Which image service",
    "for_": "Whose key: yours, or the server's (for those who manage it)",
}

_logger = logging.getLogger(__name__)


async def suggest_provider(interaction: BotInteraction, partial: str) -> Choices:
    """Name the image services that take keys."""
    wanted = partial[:100].strip().lower()
    known = keys.providers_with_keys(interaction.client.context)
    return choices_of(pair for pair in known if wanted in pair[0].lower() or wanted in pair[1])


class Keys(commands.GroupCog, group_name="keys", group_description="Pay with your own key, or your server's"):
    """The commands, and the end of a server's keys when the bot is removed from it."""

    def __init__(self, bot: EdgeBot) -> None:
        super().__init__()
        self.bot = bot

    @app_commands.command(description="Bring a key for an image service; a form asks for it")
    @app_commands.describe(**_DESCRIPTIONS)
    @app_commands.rename(for_="for")
    @app_commands.choices(for_=_WHOSE)
    @app_commands.autocomplete(provider=suggest_provider)
    async def add(self, interaction: BotInteraction, provider: str, for_: str = Payer.USER.value) -> None:
        """Open the form, which is the answer."""
        await ask_for_key(interaction, provider, _payer(for_))

    @app_commands.command(description="Your keys, by their last four characters")
    async def list(self, interaction: BotInteraction) -> None:
        """Answer at once: what is shown is in memory."""
        own = KeyOwner(Payer.USER, interaction.user.id)
        servers = owner_of(interaction, Payer.SERVER) if may_manage(interaction) else None
        names = None if servers is None else _names(interaction, servers)
        text = list_text(_names(interaction, own), names, language_of(interaction))
        async with acknowledging(interaction):
            await interaction.response.send_message(view=text_view(text), ephemeral=True)

    @app_commands.command(description="Ask the image service whether a key is good; costs nothing")
    @app_commands.describe(**_DESCRIPTIONS)
    @app_commands.rename(for_="for")
    @app_commands.choices(for_=_WHOSE)
    @app_commands.autocomplete(provider=suggest_provider)
    async def test(self, interaction: BotInteraction, provider: str, for_: str = Payer.USER.value) -> None:
        """Acknowledge, ask, say what was answered."""
        owner = owner_of(interaction, _payer(for_))
        await acknowledge(interaction, Visibility.PRIVATE)
        test = await keys.check_key(interaction.client.context, owner, provider)
        title = title_of(interaction, test.entry.provider)
        text = about_text(test, title, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Take a key away; nothing new is paid with it")
    @app_commands.describe(**_DESCRIPTIONS)
    @app_commands.rename(for_="for")
    @app_commands.choices(for_=_WHOSE)
    @app_commands.autocomplete(provider=suggest_provider)
    async def remove(self, interaction: BotInteraction, provider: str, for_: str = Payer.USER.value) -> None:
        """Acknowledge, remove, say what that changes."""
        owner = owner_of(interaction, _payer(for_))
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            entry = await keys.remove_key(interaction.client.context, owner, provider)
        title, default = title_of(interaction, entry.provider), default_choice(interaction)
        text = removed_text(entry, title, default, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Remove the keys of a server that has removed the bot; an outage is another event."""
        removed = await keys.remove_all_keys(self.bot.context, KeyOwner(Payer.SERVER, guild.id))
        if removed:
            _logger.info("removed %d keys of server %d, which has removed the bot", removed, guild.id)


def _payer(text: str) -> Payer:
    """Return whose key is meant; anything but the server's is the person's own."""
    return Payer.SERVER if text == Payer.SERVER.value else Payer.USER


def _names(interaction: BotInteraction, owner: KeyOwner) -> list[str]:
    entries = interaction.client.context.accounts.entries_of(owner.payer, owner.id)
    language = language_of(interaction)
    return [f"- {key_name(entry, title_of(interaction, entry.provider), language)}" for entry in entries]


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Keys(bot))
