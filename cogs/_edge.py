"""What every part of the Discord edge knows of the bot: the services behind it and the gate before them."""

from collections.abc import Mapping
from typing import Final, cast

from discord import Interaction
from discord.ext import commands

from cogs._gate import Gate
from services.context import Context

ORIGINAL_MESSAGE: Final = cast("int", "@original")
"""Stands for the id of an interaction's first message; discord.py puts it into the address as it is."""


class EdgeBot(commands.Bot):
    """A bot that carries the services' context and the gate; `cogs/_client.py` makes it whole."""

    context: Context
    gate: Gate


BotInteraction = Interaction[EdgeBot]
"""An interaction that reached our bot; `interaction.client` has the context."""


def data_of(interaction: BotInteraction) -> Mapping[str, object]:
    """Return what Discord sent with the interaction, unread: discord.py's types promise more than a stranger keeps."""
    return cast("Mapping[str, object]", interaction.data or {})
