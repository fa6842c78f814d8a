"""`/character`: people of one's own that look the same in every scene. Its commands stand in parts, by concern."""

from discord.ext import commands

from cogs._character_keeping import KeepingCommands
from cogs._character_references import ReferenceCommands
from cogs._character_scenes import SceneCommands
from cogs._character_sharing import SharingCommands
from cogs._edge import EdgeBot


class Character(
    KeepingCommands,
    ReferenceCommands,
    SceneCommands,
    SharingCommands,
    commands.GroupCog,
    group_name="character",
    group_description="Somebody who looks the same in every scene",
):
    """The commands."""


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Character())
