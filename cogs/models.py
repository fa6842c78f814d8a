"""`/models`: what can paint, at which price, and what is missing where something is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from discord import app_commands, ui
from discord.ext import commands

from cogs._caller import caller_of
from cogs._edge import BotInteraction, EdgeBot, acknowledging
from cogs._language import language_of
from cogs._model_pages import ModelLine, model_view, models_view
from cogs._options import suggest_model
from cogs._text import escape
from services.asks import Caller
from services.context import Context
from services.languages import ENGLISH, say
from services.model_choice import default_model
from services.model_status import ModelStatus, status_of
from services.models import Visibility
from services.providers.catalog import Model
from services.providers.registry import Availability

NOTES: Final[Mapping[Availability, str]] = MappingProxyType(
    {
        Availability.NEEDS_KEY: "models.needs_key",
        Availability.NEEDS_PRICE: "models.needs_price",
        Availability.NOT_IN_THIS_VERSION: "models.not_in_this_version",
    }
)
"""What keeps a model from painting for everybody, in a few words."""

TROUBLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "model_needs_key": NOTES[Availability.NEEDS_KEY],
        "server_not_listed": "models.not_here",
        "model_not_allowed": "models.not_allowed",
        "model_not_strict": "models.not_strict",
        "model_gone": "models.gone",
        "provider_down": "models.down",
    }
)
"""What stands in a model's way, by the code of its trouble, in a few words; a pause has the operator's own."""


class Models(commands.Cog):
    """The command."""

    @app_commands.command(description="What can paint here, and what it costs")
    @app_commands.describe(model="One model with all its parameters")
    @app_commands.autocomplete(model=suggest_model)
    async def models(self, interaction: BotInteraction, model: str | None = None) -> None:
        """Answer at once: the catalogue is in memory."""
        context, language = interaction.client.context, language_of(interaction)
        caller = caller_of(interaction, Visibility.PRIVATE)
        if model is not None and model.strip():
            view = _page_of(context, caller, context.catalog.find(model), language)
        else:
            view = models_view(model_lines(context, caller, language), language)
        async with acknowledging(interaction):
            await interaction.response.send_message(view=view, ephemeral=True)


def model_lines(context: Context, caller: Caller, language: str = ENGLISH) -> list[ModelLine]:
    """Return a line a model in the catalogue's order."""
    default = default_model(context, caller)
    statuses = (status_of(context, caller, model) for model in context.catalog.models)
    return [_line_of(context, status, default, language) for status in statuses]


def note_of(status: ModelStatus, language: str = ENGLISH) -> str:
    """Return what stands in a model's way in a few words, "" where nothing does."""
    trouble = status.trouble
    if trouble is None:
        note = NOTES.get(status.availability)
        return "" if note is None else say(language, note)
    if trouble.code in TROUBLES:
        return say(language, TROUBLES[trouble.code])
    sentence = trouble.fields.get("sentence")
    return say(language, "models.paused" if sentence else "models.unusable", sentence=sentence)


def _line_of(context: Context, status: ModelStatus, default: Model, language: str) -> ModelLine:
    model = status.model
    provider = context.catalog.providers[model.provider].title
    return ModelLine(model, provider, note_of(status, language), is_default=model.id == default.id)


def standing_text(status: ModelStatus, language: str = ENGLISH) -> str:
    """Return whether a model can be used, and who pays."""
    if status.is_ready:
        return say(language, f"models.pays_{status.payer}")
    return say(language, "models.not_available", why=escape(note_of(status, language), 300))


def _page_of(context: Context, caller: Caller, model: Model, language: str) -> ui.LayoutView:
    status = status_of(context, caller, model)
    equivalents = [context.catalog.by_id[model_id.lower()] for model_id in model.equivalents]
    line = _line_of(context, status, default_model(context, caller), language)
    return model_view(line, standing_text(status, language), equivalents, language)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Models())
