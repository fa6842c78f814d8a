"""`/show`: any picture again by its code, with live buttons."""

from discord import app_commands
from discord.ext import commands

from cogs._caller import viewer_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._family import show_family_of_code
from cogs._options import suggest_code
from cogs._replies import acknowledge
from cogs._showing import show_pictures
from services import history
from services.models import Visibility


class Show(commands.Cog):
    """The command."""

    @app_commands.command(description="Bring a picture back by its code")
    @app_commands.describe(
        code="The eight characters under a picture",
        private="Show it to you alone",
        lineage="Show what it was made from and what was made of it, to you alone",
    )
    @app_commands.autocomplete(code=suggest_code)
    async def show(
        self, interaction: BotInteraction, code: str, private: bool | None = None, lineage: bool = False
    ) -> None:
        """Acknowledge, find, show."""
        if lineage:
            await show_family_of_code(interaction, code)
            return
        visibility = visibility_of(interaction, private)
        await acknowledge(interaction, visibility)
        async with interaction.client.gate.work():
            context = interaction.client.context
            picture = await history.find_picture(context, viewer_of(interaction), code)
        if picture.is_private and private is None:
            # Its owner kept it private: only a plain `private: False` shows it to others.
            visibility = Visibility.PRIVATE
        await show_pictures(interaction, (picture,), visibility)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Show())
