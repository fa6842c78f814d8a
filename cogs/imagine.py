"""`/imagine`: a picture of the person's own words."""

from functools import partial

from discord import Attachment, app_commands
from discord.ext import commands

from cogs._brought import brought_attachment
from cogs._caller import caller_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._options import (
    ASPECT_CHOICES,
    KEPT_DESCRIPTIONS,
    KEPT_SUGGESTIONS,
    PAINT_DESCRIPTIONS,
    PAINT_SUGGESTIONS,
    Count,
    Seed,
    suggest_codes,
)
from cogs._replies import paint, paint_brought
from services.asks import ImagineAsk
from services.brought_references import bring_references, brings
from services.kept_parts import start_brought_imagine, start_imagine


class Imagine(commands.Cog):
    """The command."""

    @app_commands.command(description="Paint a picture of your own words")
    @app_commands.describe(
        **PAINT_DESCRIPTIONS,
        **KEPT_DESCRIPTIONS,
        prompt="What the picture shows",
        count="How many pictures, each with a seed and a code of its own",
        references="Codes of earlier pictures, or https addresses, for the model to look at",
        reference_file="A picture of yours for the model to look at: PNG, JPEG or WebP",
        agreed="Nobody can be recognised in the pictures that I bring, or everybody in them agreed",
    )
    @app_commands.autocomplete(**PAINT_SUGGESTIONS, **KEPT_SUGGESTIONS, references=suggest_codes)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def imagine(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        prompt: str,
        seed: Seed | None = None,
        model: str = "",
        aspect: str = "",
        count: Count = 1,
        options: str = "",
        references: str = "",
        private: bool | None = None,
        saved: str = "",
        preset: str = "",
        reference_file: Attachment | None = None,
        agreed: bool = False,
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        ask = ImagineAsk(
            caller_of(interaction, visibility),
            prompt,
            seed=seed,
            model=model,
            aspect=aspect,
            count=count,
            options=options,
            saved=saved,
            preset=preset,
            references=references,
            brought=None if reference_file is None else brought_attachment(reference_file),
            has_agreed=agreed,
        )
        context = interaction.client.context
        start = start_imagine(context, ask)
        if brings(ask):
            bring = partial(bring_references, context, ask)
            await paint_brought(interaction, visibility, bring, partial(start_brought_imagine, context))
        else:
            await paint(interaction, visibility, start)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Imagine())
