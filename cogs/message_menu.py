"""The menu of any message: "Save as character" and "Use as reference", for the pictures in it."""

import discord
from discord import app_commands

from cogs._edge import BotInteraction, EdgeBot
from cogs._picture_forms import PictureVerb
from cogs._picture_openings import open_for_message


async def save_as_character(interaction: BotInteraction, message: discord.Message) -> None:
    """Open the form of a new character, which is the answer."""
    await open_for_message(interaction, message, PictureVerb.SAVE)


async def use_as_reference(interaction: BotInteraction, message: discord.Message) -> None:
    """Open the form that asks for which character, which is the answer."""
    await open_for_message(interaction, message, PictureVerb.REFER)


async def setup(bot: EdgeBot) -> None:
    """Add the entries."""
    bot.tree.add_command(app_commands.ContextMenu(name="Save as character", callback=save_as_character))
    bot.tree.add_command(app_commands.ContextMenu(name="Use as reference", callback=use_as_reference))
