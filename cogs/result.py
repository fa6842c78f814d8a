"""`/result`: an order by the image service's own id of it, for whoever asked for it."""

from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._caller import viewer_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._errors import failure_sentence
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._replies import acknowledge, say_privately
from cogs._showing import show_pictures
from cogs._text import code, escape
from services import keys, task_results
from services.jobs.courier import FailedResult
from services.languages import ENGLISH, say
from services.models import Visibility
from services.task_results import TaskResult, TaskState

_LONGEST_TYPED: Final = 100


async def suggest_provider(interaction: BotInteraction, partial: str) -> Choices:
    """Name the image services."""
    wanted = partial[:_LONGEST_TYPED].strip().lower()
    known = keys.providers_with_keys(interaction.client.context)
    return choices_of(pair for pair in known if wanted in pair[0].lower() or wanted in pair[1])


async def suggest_task(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's own newest orders at the chosen image service."""
    provider = str(getattr(interaction.namespace, "provider", "") or "")
    context, user_id = interaction.client.context, interaction.user.id
    typed, language = partial[:_LONGEST_TYPED], language_of(interaction)
    found = await task_results.suggest_tasks(context, user_id, provider, typed, language)
    return choices_of(pair for pair in found if len(pair[1]) <= _LONGEST_TYPED)


class Result(commands.Cog):
    """The command."""

    @app_commands.command(description="What became of an order, by the image service's own id of it")
    @app_commands.describe(
        provider="Which image service", task_id="Its id of your order", private="Show it to you alone"
    )
    @app_commands.autocomplete(provider=suggest_provider, task_id=suggest_task)
    async def result(
        self, interaction: BotInteraction, provider: str, task_id: str, private: bool | None = None
    ) -> None:
        """Acknowledge, look, and show the picture or say how it stands."""
        context = interaction.client.context
        visibility = visibility_of(interaction, private)
        await acknowledge(interaction, visibility)
        async with interaction.client.gate.work():
            found = await task_results.find_result(context, viewer_of(interaction), provider, task_id)
        if found.picture is None:
            await say_privately(interaction, text_view(task_text(found, language_of(interaction))))
            return
        if found.picture.is_private and private is None:
            visibility = Visibility.PRIVATE
        await show_pictures(interaction, (found.picture,), visibility)


def task_text(found: TaskResult, language: str = ENGLISH) -> str:
    """Return in words how an order without a picture stands."""
    heading = say(language, "result.order", task=code(found.task_id))
    if found.state is TaskState.RUNNING:
        return heading + _running_text(found, language)
    if found.state is TaskState.FAILED and found.failure is not None:
        return heading + _failed_text(found.failure, language)
    return heading + say(language, f"result.{found.state.name.lower()}")


def _failed_text(failure: FailedResult, language: str) -> str:
    if not failure.reference:
        return failure_sentence(failure, language)
    reference = say(language, "error_kinds.reference", reference=code(failure.reference))
    return f"{failure_sentence(failure, language)}\n-# {reference}"


def _running_text(found: TaskResult, language: str) -> str:
    running = found.running
    if running is None or (running.place is None and running.fraction is None and not running.log_line):
        return say(language, "result.in_the_works")
    parts = [] if running.place is None else [say(language, "result.before_it", number=running.place)]
    parts += (
        [] if running.fraction is None else [say(language, "result.done", percent=f"{running.fraction:.0%}")]
    )
    parts += [escape(running.log_line, _LONGEST_TYPED)] if running.log_line else []
    return say(language, "result.in_the_works_with", facts=", ".join(parts))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Result())
