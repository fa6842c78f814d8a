"""`/cancel`: stop what the person has running."""

from discord import app_commands
from discord.ext import commands

from cogs._cancel_words import cancel_text
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import suggest_job
from cogs._replies import acknowledge
from services import cancellation
from services.context import Context
from services.errors import NotFoundError, UserError
from services.models import Visibility


class Cancel(commands.Cog):
    """The command."""

    @app_commands.command(description="Stop a picture that you asked for")
    @app_commands.describe(job="Which one; the newest when you leave this out")
    @app_commands.autocomplete(job=suggest_job)
    async def cancel(self, interaction: BotInteraction, job: str = "") -> None:
        """Acknowledge, cancel, say how it went."""
        context, user_id = interaction.client.context, interaction.user.id
        asked = read_job(job)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            job_id = await newest_job(context, user_id) if asked is None else asked
            report = await cancellation.cancel(context, user_id, job_id)
        await interaction.edit_original_response(
            view=text_view(cancel_text(report, language_of(interaction)))
        )


def read_job(text: str) -> int | None:
    """Return the job id that a suggestion stands for, None for a blank text. Raises UserError("bad_job")."""
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise UserError("bad_job", f"no job id: {text[:60]!r}", field="job")
    return int(text) if text else None


async def newest_job(context: Context, user_id: int) -> int:
    """Return the newest job that the person may cancel. Raises NotFoundError("nothing_running")."""
    jobs = await cancellation.list_cancelable(context, user_id)
    if not jobs:
        raise NotFoundError("nothing_running", f"user {user_id} has nothing running")
    return jobs[0].job_id


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Cancel())
