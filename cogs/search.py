"""`/search`: those of a person's own pictures that are as they describe."""

from discord import app_commands
from discord.ext import commands

from cogs._character_options import suggest_character
from cogs._edge import BotInteraction, EdgeBot
from cogs._lists import show_list, visibility_of_list
from cogs._options import Seed, suggest_features, suggest_model
from services.looking_up import Asked, check_search


class Search(commands.Cog):
    """The command."""

    @app_commands.command(
        description="Find your own pictures by words, features, character, model, seed or day"
    )
    @app_commands.describe(
        words="What is in the picture, such as: green eyes freckles",
        feature="Exact features, such as: eye color=green; nose=aquiline",
        character="Only those of one character",
        model="Only those of one model",
        seed="Only those with this number as image seed or prompt seed",
        from_="The first day, such as 2026-11-21 (UTC)",
        until="The last day, such as 2026-11-21 (UTC)",
        private="Show it to you alone; else your private pictures are left out",
    )
    @app_commands.rename(from_="from")
    @app_commands.autocomplete(feature=suggest_features, character=suggest_character, model=suggest_model)
    async def search(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        words: str = "",
        feature: str = "",
        character: str = "",
        model: str = "",
        seed: Seed | None = None,
        from_: str = "",
        until: str = "",
        private: bool = True,
    ) -> None:
        """Check what is asked for, acknowledge, search, show."""
        asked = Asked(
            words=words,
            feature=feature,
            model=model,
            seed=seed,
            since=from_,
            until=until,
            character=character,
        )
        asked = check_search(interaction.client.context, asked)
        await show_list(interaction, asked, visibility_of_list(is_private=private))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Search())
