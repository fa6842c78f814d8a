"""`/queue`: what the person has in line and in the works, why it waits, and a button to stop each."""

from discord import app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._queue_words import queue_view
from cogs._replies import acknowledge
from services.models import Visibility
from services.queueing import show_queue


class Queue(commands.Cog):
    """The command."""

    @app_commands.command(description="Your pictures in line and in the works, and why they wait")
    async def queue(self, interaction: BotInteraction) -> None:
        """Acknowledge, look, show."""
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            requests = await show_queue(interaction.client.context, interaction.user.id)
        await interaction.edit_original_response(view=queue_view(requests, language_of(interaction)))


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Queue())
