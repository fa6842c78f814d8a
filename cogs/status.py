"""`/status`: how the image services are, right now and for whoever asks."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._caller import asker_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import MOST_TEXT, text_view
from cogs._replies import acknowledge
from cogs._text import clip_lines, duration, escape
from services.languages import ENGLISH, say
from services.models import Visibility
from services.provider_status import Health, ProviderStatus, provider_statuses

_LONGEST_SENTENCE: Final = 300
_MARKS: Final = MappingProxyType(
    {Health.FINE: "🟢", Health.PAUSED: "⏸️", Health.DOWN: "🔴", Health.ON_TRIAL: "🟡"}
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
        await interaction.edit_original_response(
            view=text_view(status_text(statuses, language_of(interaction)))
        )


def status_text(statuses: Sequence[ProviderStatus], language: str = ENGLISH) -> str:
    """Return a few lines for each provider."""
    lines = [line for status in statuses for line in _lines(status, language)]
    return clip_lines([f"### {say(language, 'status.title')}", *lines], MOST_TEXT, language)


def _lines(status: ProviderStatus, language: str) -> list[str]:
    facts = [
        say(language, f"status.key_{status.payer or 'none'}"),
        say(language, "status.running", number=status.load.running),
        say(language, "status.in_line", number=status.load.queued),
    ]
    if status.answered_ago_s is not None:
        facts.append(say(language, "status.answered", wait=duration(status.answered_ago_s, language)))
    lines = [
        f"{_MARKS[status.health]} **{escape(status.title)}**: {_state(status, language)}",
        f"-# {' · '.join(facts)}",
    ]
    return lines + [
        f"-# ⏸️ {escape(title)}: {escape(sentence, _LONGEST_SENTENCE)}"
        for title, sentence in status.paused_models
    ]


def _state(status: ProviderStatus, language: str) -> str:
    match status.health:
        case Health.PAUSED:
            return say(language, "status.paused", sentence=escape(status.sentence, _LONGEST_SENTENCE))
        case Health.DOWN:
            since, then = duration(status.down_s, language), duration(status.trial_in_s, language)
            return say(language, "status.down", since=since, wait=then)
        case Health.ON_TRIAL:
            return say(language, "status.on_trial", since=duration(status.down_s, language))
    return say(language, "status.works")


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Status())
