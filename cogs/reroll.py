"""`/reroll`: some features of a face anew, everything else as it was."""

from functools import partial

from discord import app_commands
from discord.ext import commands

from cogs._caller import caller_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._options import suggest_code, suggest_groups
from cogs._replies import paint
from services import rerolls


class Reroll(commands.Cog):
    """The command."""

    @app_commands.command(
        description="Draw some features of a face anew, such as hair; everything else stays"
    )
    @app_commands.describe(
        code="The eight characters under a picture",
        features="What shall be another one: hair, or nose shape, eye color",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(code=suggest_code, features=suggest_groups)
    async def reroll(
        self, interaction: BotInteraction, code: str, features: str, private: bool | None = None
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        context = interaction.client.context
        plan = rerolls.plan_reroll(context, caller_of(interaction, visibility), code, features)
        await paint(interaction, visibility, partial(rerolls.create_reroll, context, plan))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Reroll())
