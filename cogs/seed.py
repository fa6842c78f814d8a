"""`/seed`: seeds and other parts of a recipe, kept under a name."""

from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._caller import viewer_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import (
    LONGEST_CHOICE,
    Choices,
    Count,
    Seed,
    choices_of,
    suggest_code,
    suggest_saved,
)
from cogs._replies import acknowledge
from cogs._saved_parts import paint_part, remove_part, show_parts
from cogs._saved_words import kept_text
from services.models import Visibility
from services.parts import PartKind
from services.saved_parts import PART_WORDS, SeedAsk, plan_seed, save_seed

_NAME: Final = "The name that you gave it"


async def suggest_part(_interaction: BotInteraction, partial: str) -> Choices:
    """Name what can be kept of a recipe, for the last of several words."""
    head, separator, last = partial[:LONGEST_CHOICE].replace(",", " ").rpartition(" ")
    used = head.lower().split()
    fitting = [word for word in PART_WORDS if last.lower() in word and word not in used]
    return choices_of((f"{head}{separator}{word}", f"{head}{separator}{word}") for word in fitting)


class SeedCog(
    commands.GroupCog, group_name="seed", group_description="Seeds and other parts of a recipe under a name"
):
    """The commands."""

    @app_commands.command(description="Keep seeds, model, parameters or the face of a picture under a name")
    @app_commands.describe(
        name="What you call it",
        from_="Code of the picture to keep it from",
        part="What to keep: seeds, seed, prompt_seed, model, parameters, features, or all",
        seed="An image seed of your own",
        prompt_seed="A prompt seed of your own",
    )
    @app_commands.rename(from_="from")
    @app_commands.autocomplete(from_=suggest_code, part=suggest_part)
    async def save(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        name: str,
        from_: str = "",
        part: str = "",
        seed: Seed | None = None,
        prompt_seed: Seed | None = None,
    ) -> None:
        """Check, acknowledge, keep, say what was kept."""
        plan = plan_seed(SeedAsk(viewer_of(interaction), name, from_, part, seed, prompt_seed))
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            saved = await save_seed(interaction.client.context, plan)
        text = kept_text(language_of(interaction), PartKind.SEED, saved)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Paint a portrait with what you kept; the rest is drawn by chance")
    @app_commands.describe(
        name=_NAME,
        count="How many different faces, each with a code of its own",
        private="Show the answer to you alone",
    )
    @app_commands.autocomplete(name=suggest_saved)
    async def use(
        self, interaction: BotInteraction, name: str, count: Count = 1, private: bool | None = None
    ) -> None:
        """Acknowledge, paint."""
        await paint_part(interaction, PartKind.SEED, name, count=count, is_private=private)

    @app_commands.command(description="What you have kept")
    @app_commands.describe(find="Only what has this in its name")
    async def list(self, interaction: BotInteraction, find: str = "") -> None:
        """Acknowledge, look, show."""
        await show_parts(interaction, PartKind.SEED, find)

    @app_commands.command(description="Delete what you kept")
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=suggest_saved)
    async def delete(self, interaction: BotInteraction, name: str) -> None:
        """Acknowledge, delete, say so."""
        await remove_part(interaction, PartKind.SEED, name)


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(SeedCog())
