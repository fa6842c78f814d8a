"""`/pause` and `/resume`: take a model or a whole image service out of use for everybody, with a sentence."""

from discord import Permissions, app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge
from cogs._text import escape
from services import pausing
from services.languages import ENGLISH, say
from services.models import Visibility
from services.pausing import Paused

_LONGEST_TYPED = 100


async def suggest_name(interaction: BotInteraction, partial: str) -> Choices:
    """Name the image services and models."""
    return choices_of(pausing.suggest_names(interaction.client.context, partial[:_LONGEST_TYPED]))


async def suggest_paused(interaction: BotInteraction, partial: str) -> Choices:
    """Name what is paused."""
    return choices_of(pausing.suggest_paused(interaction.client.context, partial[:_LONGEST_TYPED]))


class Pause(commands.Cog):
    """The two commands. Discord shows them to administrators; only operators of this bot may use them."""

    @app_commands.command(description="Pause a model or an image service for everybody (operators only)")
    @app_commands.describe(name="Which one", sentence="What people read who ask for it")
    @app_commands.autocomplete(name=suggest_name)
    @app_commands.default_permissions(Permissions(administrator=True))
    async def pause(self, interaction: BotInteraction, name: str, sentence: str) -> None:
        """Acknowledge, pause, say what that ended."""
        context, user_id = interaction.client.context, interaction.user.id
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            paused = await pausing.pause(context, user_id, name, sentence)
        await interaction.edit_original_response(
            view=text_view(paused_text(paused, language_of(interaction)))
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
        text = say(language_of(interaction), "status.resumed", title=escape(title))
        await interaction.edit_original_response(view=text_view(text))


def paused_text(paused: Paused, language: str = ENGLISH) -> str:
    """Return what a pause did, in words."""
    sentences = [
        say(language, "status.is_paused", title=escape(paused.title)),
        *([say(language, "status.ended", count=paused.ended)] if paused.ended else []),
        say(language, "status.still_comes"),
    ]
    return " ".join(sentences)


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Pause())
