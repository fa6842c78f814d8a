"""`/pair`: two portraits side by side, and what differs between them."""

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
    Seed,
    suggest_difference,
)
from cogs._replies import paint
from services.asks import PairAsk, PortraitAsk
from services.kept_parts import start_pair


class Pair(commands.Cog):
    """The command."""

    @app_commands.command(
        description="Paint two portraits side by side: two people, or one with one difference"
    )
    @app_commands.describe(
        **FACE_DESCRIPTIONS,
        **KEPT_DESCRIPTIONS,
        same_seed="Give both pictures the same image seed",
        differ="The one feature in which they differ; leave it out for two different people",
    )
    @app_commands.autocomplete(**FACE_SUGGESTIONS, **KEPT_SUGGESTIONS, differ=suggest_difference)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def pair(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        differ: str = "",
        same_seed: bool = False,
        features: str = "",
        expression: str = "",
        keep: str = "",
        seed: Seed | None = None,
        prompt_seed: Seed | None = None,
        model: str = "",
        aspect: str = "",
        options: str = "",
        private: bool | None = None,
        saved: str = "",
        preset: str = "",
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        portrait = PortraitAsk(
            caller_of(interaction, visibility),
            seed=seed,
            prompt_seed=prompt_seed,
            features=features,
            expression=expression,
            keep=keep,
            model=model,
            aspect=aspect,
            options=options,
            saved=saved,
            preset=preset,
        )
        ask = PairAsk(portrait, same_seed=same_seed, differ=differ)
        await paint(interaction, visibility, start_pair(interaction.client.context, ask))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Pair())
