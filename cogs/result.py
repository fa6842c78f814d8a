"""`/result`: an order by the image service's own id of it, for whoever asked for it."""

from types import MappingProxyType
from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._attachments import discord_files, picture_files
from cogs._caller import viewer_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._errors import failure_sentence
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Choices, choices_of
from cogs._present import Shown, result_view
from cogs._replies import acknowledge, say_privately, show_answer
from cogs._text import code, escape
from services import history, keys, task_results
from services.jobs.courier import PictureResult
from services.models import Visibility
from services.task_results import TaskResult, TaskState

_LONGEST_TYPED: Final = 100
_SENTENCES: Final = MappingProxyType(
    {
        TaskState.DELETED: "Its picture was here, and you deleted it.",
        TaskState.IN_LINE: "It has not been answered by the image service yet.",
        TaskState.COMING: "The picture is finished. I am fetching it, and it comes as a message of its own.",
        TaskState.NOT_TOLD: "The image service cannot tell right now. Nothing is lost; ask again in a minute.",
        TaskState.LOST: "I asked the image service once more, and it has no picture for this.",
        TaskState.FAILED: "It failed.",
        TaskState.CANCELED: "It was cancelled.",
    }
)


async def suggest_provider(interaction: BotInteraction, partial: str) -> Choices:
    """Name the image services."""
    wanted = partial[:_LONGEST_TYPED].strip().lower()
    known = keys.providers_with_keys(interaction.client.context)
    return choices_of(pair for pair in known if wanted in pair[0].lower() or wanted in pair[1])


async def suggest_task(interaction: BotInteraction, partial: str) -> Choices:
    """Name the person's own newest orders at the chosen image service."""
    provider = str(getattr(interaction.namespace, "provider", "") or "")
    context, user_id = interaction.client.context, interaction.user.id
    found = await task_results.suggest_tasks(context, user_id, provider, partial[:_LONGEST_TYPED])
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
            await say_privately(interaction, text_view(task_text(found)))
            return
        if found.picture.is_private and private is None:
            visibility = Visibility.PRIVATE
        await _show(interaction, found.picture, visibility)


async def _show(interaction: BotInteraction, picture: PictureResult, visibility: Visibility) -> None:
    context = interaction.client.context
    async with interaction.client.gate.work():
        files = await picture_files(context, [picture], interaction.filesize_limit)
    view = result_view(Shown((picture,), visibility=visibility, language=language_of(interaction)), files)
    message = await show_answer(interaction, visibility, view, discord_files(files))
    await history.record_shown(context, picture, message.channel.id, message.id)


def task_text(found: TaskResult) -> str:
    """Return in words how an order without a picture stands."""
    heading = f"Order {code(found.task_id)}: "
    if found.state is TaskState.RUNNING:
        return heading + _running_text(found)
    if found.state is TaskState.FAILED and found.failure is not None:
        reference = found.failure.reference
        return (
            heading
            + failure_sentence(found.failure)
            + (f"\n-# Reference {code(reference)}" if reference else "")
        )
    return heading + _SENTENCES[found.state]


def _running_text(found: TaskResult) -> str:
    running = found.running
    if running is None or (running.place is None and running.fraction is None and not running.log_line):
        return "it is in the works at the image service."
    parts = [] if running.place is None else [f"{running.place} before it in the line there"]
    parts += [] if running.fraction is None else [f"{running.fraction:.0%} done"]
    parts += [escape(running.log_line, _LONGEST_TYPED)] if running.log_line else []
    return f"it is in the works at the image service ({', '.join(parts)})."


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Result())
