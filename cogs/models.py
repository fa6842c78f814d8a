"""`/models`: what can paint, at which price, and what is missing where something is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._pages import ModelLine, models_view
from services.context import Context
from services.models import NO_PARAMETERS
from services.providers.registry import Availability

NOTES: Final[Mapping[Availability, str]] = MappingProxyType(
    {
        Availability.READY: "",
        Availability.NEEDS_KEY: "needs a key, and whoever runs this bot has set none",
        Availability.NEEDS_PRICE: "whoever runs this bot has set no price for it",
        Availability.NOT_IN_THIS_VERSION: "this version of the bot does not speak to it yet",
    }
)


class Models(commands.Cog):
    """The command."""

    @app_commands.command(description="What can paint here, and what it costs")
    async def models(self, interaction: BotInteraction) -> None:
        """Answer at once: the catalogue is in memory."""
        view = models_view(model_lines(interaction.client.context))
        async with interaction.client.gate.acknowledging():
            await interaction.response.send_message(view=view, ephemeral=True)


def model_lines(context: Context) -> list[ModelLine]:
    """Return a line a model, those that are ready first."""
    default = context.registry.default_model()
    lines = [
        ModelLine(
            id=model.id,
            title=model.title,
            description=model.description,
            price_micro_usd=model.price_micro_usd(NO_PARAMETERS),
            takes_seed=model.capabilities.seed,
            note=NOTES[context.registry.availability(model)],
            is_default=model.id == default.id,
        )
        for model in context.catalog.models
    ]
    return sorted(lines, key=lambda line: bool(line.note))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Models())
