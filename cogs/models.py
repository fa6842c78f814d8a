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
from services.model_choice import default_model
from services.model_status import ModelStatus, status_of
from services.models import Payer, Visibility
from services.providers.catalog import Model
from services.providers.registry import Availability

NOTES: Final[Mapping[Availability, str]] = MappingProxyType(
    {
        Availability.READY: "",
        Availability.NEEDS_KEY: "needs a key: bring your own with /keys add, or ask whoever runs this bot",
        Availability.NEEDS_PRICE: "off, as nobody has set a price: whoever runs this bot can",
        Availability.NOT_IN_THIS_VERSION: "this version of the bot does not speak to it yet",
    }
)

TROUBLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "model_needs_key": NOTES[Availability.NEEDS_KEY],
        "server_not_listed": "the bot's own key is not for this place: bring your own with /keys add",
        "model_not_allowed": "this server does not allow it",
        "model_not_strict": "it cannot be as strict as this server wants it",
        "model_gone": "its image service does not know it any more",
        "provider_down": "its image service does not answer at the moment",
    }
)
"""What stands in a model's way, by the code of its trouble, in a few words; a pause has the operator's own."""

PAYS: Final[Mapping[Payer, str]] = MappingProxyType(
    {
        Payer.NOBODY: "Ready, and free",
        Payer.USER: "Ready: your own key pays",
        Payer.SERVER: "Ready: this server's key pays",
        Payer.OPERATOR: "Ready: whoever runs this bot pays",
    }
)


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
            view = models_view(model_lines(context, caller), language)
        async with acknowledging(interaction):
            await interaction.response.send_message(view=view, ephemeral=True)


def model_lines(context: Context, caller: Caller) -> list[ModelLine]:
    """Return a line a model in the catalogue's order."""
    default = default_model(context, caller)
    return [_line_of(context, status_of(context, caller, model), default) for model in context.catalog.models]


def note_of(status: ModelStatus) -> str:
    """Return what stands in a model's way in a few words, "" where nothing does."""
    trouble = status.trouble
    if trouble is None:
        return NOTES[status.availability]
    sentence = trouble.fields.get("sentence")
    paused = f"paused: {sentence}" if sentence else "cannot be used at the moment"
    return TROUBLES.get(trouble.code, paused)


def _line_of(context: Context, status: ModelStatus, default: Model) -> ModelLine:
    model = status.model
    provider = context.catalog.providers[model.provider].title
    return ModelLine(model, provider, note_of(status), is_default=model.id == default.id)


def _page_of(context: Context, caller: Caller, model: Model, language: str) -> ui.LayoutView:
    status = status_of(context, caller, model)
    note = escape(note_of(status), 300)
    standing = PAYS[status.payer] if status.is_ready else f"Not available: {note}"
    equivalents = [context.catalog.by_id[model_id.lower()] for model_id in model.equivalents]
    line = _line_of(context, status, default_model(context, caller))
    return model_view(line, standing, equivalents, language)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Models())
