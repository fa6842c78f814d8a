"""`/help`: what Limner does and how to ask for it."""

from discord import app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot, acknowledging
from cogs._language import language_of
from cogs._pages import help_view


class Help(commands.Cog):
    """The command."""

    @app_commands.command(description="What I can paint, and how to ask for it")
    async def help(self, interaction: BotInteraction) -> None:
        """Answer at once."""
        async with acknowledging(interaction):
            await interaction.response.send_message(view=help_view(language_of(interaction)), ephemeral=True)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Help())
