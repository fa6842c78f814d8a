"""`/pause` and `/resume`: take a model or a whole image service out of use for everybody, or a person or a server."""

from dataclasses import replace

import discord
from discord import Permissions, app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge
from cogs._text import escape
from services import pausing
from services.asker_pauses import PERSON, SERVER, asker_of
from services.errors import UserError
from services.languages import ENGLISH, say
from services.models import Visibility
from services.pausing import Paused

_LONGEST_TYPED = 100


async def suggest_name(interaction: BotInteraction, partial: str) -> Choices:
    """Name the image services and models."""
    return choices_of(pausing.suggest_names(interaction.client.context, partial[:_LONGEST_TYPED]))


async def suggest_server(interaction: BotInteraction, partial: str) -> Choices:
    """Name the servers that have the bot, to operators alone: what servers there are is nobody else's business."""
    if interaction.user.id not in interaction.client.context.limits.operators:
        return []
    typed = partial.strip().lower()
    return choices_of(
        (f"{guild.name} ({guild.id})", str(guild.id))
        for guild in interaction.client.guilds
        if typed in guild.name.lower() or typed in str(guild.id)
    )


async def suggest_paused(interaction: BotInteraction, partial: str) -> Choices:
    """Name what is paused."""
    return choices_of(
        pausing.suggest_paused(interaction.client.context, interaction.user.id, partial[:_LONGEST_TYPED])
    )


class Pause(commands.Cog):
    """The two commands. Discord shows them to administrators; only operators of this bot may use them."""

    @app_commands.command(
        description="Pause a model, an image service, a person or a server (operators only)"
    )
    @app_commands.describe(
        sentence="What people read who ask for it",
        name="A model or an image service, for everybody",
        person="Nothing is painted for this person, anywhere",
        server="Nothing is painted in this server, for anybody",
    )
    @app_commands.autocomplete(name=suggest_name, server=suggest_server)
    @app_commands.default_permissions(Permissions(administrator=True))
    async def pause(
        self,
        interaction: BotInteraction,
        sentence: str,
        name: str = "",
        person: discord.User | None = None,
        server: str = "",
    ) -> None:
        """Acknowledge, pause, say what that ended."""
        context, user_id = interaction.client.context, interaction.user.id
        what = name_of(name, None if person is None else person.id, server)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            paused = await pausing.pause(context, user_id, what, sentence)
        title = title_of(interaction, paused.title)
        await interaction.edit_original_response(
            view=text_view(paused_text(replace(paused, title=title), language_of(interaction)))
        )

    @app_commands.command(description="End a pause (operators only)")
    @app_commands.describe(name="What was paused")
    @app_commands.autocomplete(name=suggest_paused)
    @app_commands.default_permissions(Permissions(administrator=True))
    async def resume(self, interaction: BotInteraction, name: str) -> None:
        """Acknowledge, resume, say so."""
        context, user_id = interaction.client.context, interaction.user.id
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            title = await pausing.resume(context, user_id, name)
        key = "status.resumed" if asker_of(title) is None else "status.resumed_asker"
        text = say(language_of(interaction), key, title=title_of(interaction, title))
        await interaction.edit_original_response(view=text_view(text))


def name_of(name: str, person_id: int | None, server: str) -> str:
    """Return the name of what is to be paused. Raises UserError("pause_what") where that is not just one thing."""
    meant = [
        *([name] if name.strip() else []),
        *([] if person_id is None else [f"{PERSON}/{person_id}"]),
        *([f"{SERVER}/{server.strip()}"] if server.strip() else []),
    ]
    if len(meant) != 1 or (not name.strip() and asker_of(meant[0]) is None):
        raise UserError("pause_what")
    return meant[0]


def title_of(interaction: BotInteraction, title: str) -> str:
    """Return what a pause is about as Discord shows it: a mention, a server's name, or the title as it is."""
    asker = asker_of(title)
    if asker is None:
        return escape(title)
    if asker.kind == PERSON:
        return f"<@{asker.id}>"
    guild = interaction.client.get_guild(asker.id)
    return escape(title if guild is None else guild.name)


def paused_text(paused: Paused, language: str = ENGLISH) -> str:
    """Return what a pause did, in words. Its title is as Discord shows it."""
    sentences = [
        say(language, "status.is_paused", title=paused.title),
        *([say(language, "status.ended", count=paused.ended)] if paused.ended else []),
        say(language, "status.still_comes"),
    ]
    return " ".join(sentences)


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Pause())
