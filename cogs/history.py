"""`/history`: a person's own pictures, newest first."""

from typing import Final

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._lists import show_list, visibility_of_list
from cogs._options import suggest_model
from services.looking_up import Asked, check_asked, kinds

KIND_CHOICES: Final = [Choice(name=kind, value=kind) for kind in kinds()]


class History(commands.Cog):
    """The command."""

    @app_commands.command(description="Your pictures, newest first")
    @app_commands.describe(
        model="Only those of one model",
        kind="Only those made in one way",
        from_="The first day, such as 2026-11-21 (UTC)",
        until="The last day, such as 2026-11-21 (UTC)",
        private="Show it to you alone; else your private pictures are left out",
    )
    @app_commands.rename(from_="from")
    @app_commands.choices(kind=KIND_CHOICES)
    @app_commands.autocomplete(model=suggest_model)
    async def history(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        model: str = "",
        kind: str = "",
        from_: str = "",
        until: str = "",
        private: bool = True,
    ) -> None:
        """Check what is asked for, acknowledge, list, show."""
        asked = Asked(model=model, kind=kind, since=from_, until=until)
        asked = check_asked(interaction.client.context, asked)
        await show_list(interaction, asked, visibility_of_list(is_private=private))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(History())
