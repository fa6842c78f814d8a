"""`/portrait`: a face drawn by chance, or by choice, and painted."""

from discord import app_commands
from discord.ext import commands

from cogs._caller import caller_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._options import (
    ASPECT_CHOICES,
    FACE_DESCRIPTIONS,
    FACE_SUGGESTIONS,
    KEPT_DESCRIPTIONS,
    KEPT_SUGGESTIONS,
    Count,
    Seed,
)
from cogs._replies import paint
from services.asks import PortraitAsk
from services.kept_parts import start_portrait


class Portrait(commands.Cog):
    """The command."""

    @app_commands.command(description="Paint a portrait of a face drawn by chance, or by your choice")
    @app_commands.describe(
        **FACE_DESCRIPTIONS,
        **KEPT_DESCRIPTIONS,
        count="How many different faces, each with a code of its own",
    )
    @app_commands.autocomplete(**FACE_SUGGESTIONS, **KEPT_SUGGESTIONS)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def portrait(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        features: str = "",
        expression: str = "",
        keep: str = "",
        seed: Seed | None = None,
        prompt_seed: Seed | None = None,
        model: str = "",
        aspect: str = "",
        count: Count = 1,
        options: str = "",
        private: bool | None = None,
        saved: str = "",
        preset: str = "",
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        ask = PortraitAsk(
            caller_of(interaction, visibility),
            seed=seed,
            prompt_seed=prompt_seed,
            features=features,
            expression=expression,
            keep=keep,
            model=model,
            aspect=aspect,
            count=count,
            options=options,
            saved=saved,
            preset=preset,
        )
        await paint(interaction, visibility, start_portrait(interaction.client.context, ask))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Portrait())
