"""`/status`: how the image services are, right now and for whoever asks."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._caller import asker_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._layout import MOST_TEXT, text_view
from cogs._replies import acknowledge
from cogs._text import clip_lines, duration, escape
from services.models import Payer, Visibility
from services.provider_status import Health, ProviderStatus, provider_statuses

_LONGEST_SENTENCE: Final = 300
_MARKS: Final = MappingProxyType(
    {Health.FINE: "🟢", Health.PAUSED: "⏸️", Health.DOWN: "🔴", Health.ON_TRIAL: "🟡"}
)
_KEYS: Final = MappingProxyType(
    {
        Payer.NOBODY: "free, needs no key",
        Payer.USER: "pays with your own key",
        Payer.SERVER: "pays with this server's key",
        Payer.OPERATOR: "pays with this bot's key",
        None: "no key for you here: `/keys add` brings your own",
    }
)


class Status(commands.Cog):
    """The command."""

    @app_commands.command(description="How the image services are right now")
    async def status(self, interaction: BotInteraction) -> None:
        """Acknowledge, count, show."""
        caller = asker_of(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            statuses = await provider_statuses(interaction.client.context, caller)
        await interaction.edit_original_response(view=text_view(status_text(statuses)))


def status_text(statuses: Sequence[ProviderStatus]) -> str:
    """Return a few lines for each provider."""
    lines = [line for status in statuses for line in _lines(status)]
    return clip_lines(["### Image services", *lines], MOST_TEXT)


def _lines(status: ProviderStatus) -> list[str]:
    load = status.load
    facts = [_KEYS[status.payer], f"{load.running} running", f"{load.queued} in line"]
    if status.answered_ago_s is not None:
        facts.append(f"last answered {duration(status.answered_ago_s)} ago")
    lines = [
        f"{_MARKS[status.health]} **{escape(status.title)}**: {_state(status)}",
        f"-# {' · '.join(facts)}",
    ]
    return lines + [
        f"-# ⏸️ {escape(title)}: {escape(sentence, _LONGEST_SENTENCE)}"
        for title, sentence in status.paused_models
    ]


def _state(status: ProviderStatus) -> str:
    match status.health:
        case Health.PAUSED:
            return f"paused: {escape(status.sentence, _LONGEST_SENTENCE)}"
        case Health.DOWN:
            since, then = duration(status.down_s), duration(status.trial_in_s)
            return f"has not answered for {since}; I try again in {then}"
        case Health.ON_TRIAL:
            return f"has not answered for {duration(status.down_s)}; the next picture is the test"
    return "works"


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Status())
