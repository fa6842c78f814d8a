"""What every part of the Discord edge knows of the bot: the services behind it and the gate before them."""

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, cast

from discord import Interaction
from discord.ext import commands

from cogs._double_clicks import DoubleClicks
from cogs._gate import Gate
from cogs._pending_pictures import PendingPictures
from services.context import Context

ORIGINAL_MESSAGE: Final = cast("int", "@original")
"""Stands for the id of an interaction's first message; discord.py puts it into the address as it is."""


class EdgeBot(commands.Bot):
    """A bot that carries what the services need, the gate, and what it remembers of the last minutes.

    `cogs/_client.py` makes it whole.
    """

    context: Context
    gate: Gate
    double_clicks: DoubleClicks
    pending_pictures: PendingPictures


BotInteraction = Interaction[EdgeBot]
"""An interaction that reached our bot; `interaction.client` has the context."""


_ARRIVED: Final = "arrived_s"


def note_arrival(interaction: object) -> None:
    """Write down when an interaction came: its handler starts later, and its acknowledgement ends later still."""
    if isinstance(interaction, Interaction):
        interaction.extras[_ARRIVED] = time.monotonic()


def acknowledging(interaction: BotInteraction) -> AbstractAsyncContextManager[None]:
    """Return the block in which an interaction is acknowledged, measured from its arrival."""
    arrived_s = interaction.extras.get(_ARRIVED)
    return interaction.client.gate.acknowledging(arrived_s if isinstance(arrived_s, float) else None)


def data_of(interaction: BotInteraction) -> Mapping[str, object]:
    """Return what Discord sent with the interaction, unread: discord.py's types promise more than a stranger keeps."""
    return cast("Mapping[str, object]", interaction.data or {})
