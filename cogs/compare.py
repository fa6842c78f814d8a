"""`/compare`: two pictures side by side, and what differs in their recipes."""

from discord import app_commands
from discord.ext import commands

from cogs._caller import viewer_of, visibility_of
from cogs._compare import show_comparison
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._options import suggest_code
from cogs._replies import acknowledge
from services import comparing
from services.models import Visibility


class Compare(commands.Cog):
    """The command."""

    @app_commands.command(description="Two pictures side by side, and what differs in their recipes")
    @app_commands.describe(
        left="The code of one picture", right="The code of the other", private="Show it to you alone"
    )
    @app_commands.autocomplete(left=suggest_code, right=suggest_code)
    async def compare(
        self, interaction: BotInteraction, left: str, right: str, private: bool | None = None
    ) -> None:
        """Acknowledge, find both, show."""
        context = interaction.client.context
        visibility = visibility_of(interaction, private)
        await acknowledge(interaction, visibility)
        async with interaction.client.gate.work():
            found = await comparing.compare(context, viewer_of(interaction), left, right)
        if found.is_private and private is None:
            visibility = Visibility.PRIVATE
        await show_comparison(interaction, found, visibility, language_of(interaction))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Compare())
