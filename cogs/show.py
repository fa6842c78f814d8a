"""`/show`: any picture again by its code, by the link of a message, or by its file, with live buttons."""

from discord import Attachment, app_commands
from discord.ext import commands

from cogs._brought import brought_attachment
from cogs._caller import viewer_of, visibility_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._family import show_family_of
from cogs._options import suggest_code
from cogs._replies import acknowledge
from cogs._showing import show_pictures
from services.models import Visibility
from services.showing import ShownBy, check_shown_by, find_shown


class Show(commands.Cog):
    """The command."""

    @app_commands.command(
        description="Bring a picture back by its code, the link of its message, or its file"
    )
    @app_commands.describe(
        code="The eight characters under a picture, or the link of a message with pictures",
        file="A picture's file, as it came from here",
        private="Show it to you alone",
        lineage="Show what it was made from and what was made of it, to you alone",
    )
    @app_commands.autocomplete(code=suggest_code)
    async def show(
        self,
        interaction: BotInteraction,
        code: str = "",
        file: Attachment | None = None,
        private: bool | None = None,
        lineage: bool = False,
    ) -> None:
        """Acknowledge, find, show."""
        asked = check_shown_by(_shown_by(code, file))
        if lineage:
            await show_family_of(interaction, asked)
            return
        visibility = visibility_of(interaction, private)
        await acknowledge(interaction, visibility)
        async with interaction.client.gate.work():
            pictures = await find_shown(interaction.client.context, viewer_of(interaction), asked)
        if private is None and any(picture.is_private for picture in pictures):
            # Its owner kept it private: only a plain `private: False` shows it to others.
            visibility = Visibility.PRIVATE
        await show_pictures(interaction, pictures, visibility)


def _shown_by(code: str, file: Attachment | None) -> ShownBy:
    if file is None:
        return ShownBy(code)
    return ShownBy(code, brought_attachment(file), file.filename)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Show())
