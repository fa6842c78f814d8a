"""`/preset`: sets of parameters, kept under a name."""

from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import Count, suggest_model, suggest_option, suggest_preset
from cogs._replies import acknowledge
from cogs._saved_parts import paint_part, remove_part, show_parts
from cogs._saved_words import kept_text
from services.models import Visibility
from services.parts import PartKind
from services.saved_parts import plan_preset, save_preset

_NAME: Final = "The name that you gave it"


class PresetCog(
    commands.GroupCog, group_name="preset", group_description="Sets of options under a name, for every model"
):
    """The commands."""

    @app_commands.command(description="Keep options under a name, to be used wherever there are options")
    @app_commands.describe(
        name="What you call it",
        options="What to keep, such as steps=28 guidance=3.5",
        model="Which model paints with them; leave it out to use them on any",
    )
    @app_commands.autocomplete(options=suggest_option, model=suggest_model)
    async def save(self, interaction: BotInteraction, name: str, options: str, model: str = "") -> None:
        """Check, acknowledge, keep, say what was kept."""
        context = interaction.client.context
        plan = plan_preset(context, interaction.user.id, name, options, model)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            saved = await save_preset(context, plan)
        text = kept_text(language_of(interaction), PartKind.PRESET, saved)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Paint a portrait with a set of options")
    @app_commands.describe(
        name=_NAME,
        count="How many different faces, each with a code of its own",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(name=suggest_preset)
    async def use(
        self, interaction: BotInteraction, name: str, count: Count = 1, private: bool | None = None
    ) -> None:
        """Acknowledge, paint."""
        await paint_part(interaction, PartKind.PRESET, name, count=count, is_private=private)

    @app_commands.command(description="What you have kept")
    @app_commands.describe(find="Only what has this in its name")
    async def list(self, interaction: BotInteraction, find: str = "") -> None:
        """Acknowledge, look, show."""
        await show_parts(interaction, PartKind.PRESET, find)

    @app_commands.command(description="Delete what you kept")
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=suggest_preset)
    async def delete(self, interaction: BotInteraction, name: str) -> None:
        """Acknowledge, delete, say so."""
        await remove_part(interaction, PartKind.PRESET, name)


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(PresetCog())
