"""Answering an interaction: the acknowledgement, a private sentence at any moment, the notice of parked pictures."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final, TypeVar

import discord
from discord import ui

from cogs._caller import asker_of
from cogs._edge import ORIGINAL_MESSAGE, BotInteraction, acknowledging
from cogs._language import language_of
from cogs._once import made_once
from cogs._pages import parked_view
from services.asks import Accepted
from services.failed_offers import failed_offers
from services.models import Visibility
from services.parked import ParkedResults, mark_told, parked_results

ALREADY_ACKNOWLEDGED: Final = 40060
"""Source: Discord, JSON error codes, "Interaction has already been acknowledged"."""

T = TypeVar("T")

_STATE: Final = "answer"
_LOOKS: Final = 30
_LOOK_EVERY_S: Final = 2.0

_logger = logging.getLogger(__name__)


class Answer(StrEnum):
    """How far the answer to an interaction is: who may still touch the original message."""

    PUBLIC = "public"
    """A public "is thinking" message waits for its content."""
    PRIVATE = "private"
    """The same, seen by the person alone."""
    UPDATE = "update"
    """The pressed message may be edited; it is not ours to remove."""
    HANDED_OVER = "handed over"
    """The job engine writes the original message from here on."""


async def acknowledge(interaction: BotInteraction, visibility: Visibility) -> None:
    """Answer "is thinking". The first await of a command, because 3 seconds later Discord forgets the interaction."""
    is_private = visibility is Visibility.PRIVATE
    async with acknowledging(interaction):
        await _once(interaction.response.defer(ephemeral=is_private, thinking=True))
    interaction.extras[_STATE] = Answer.PRIVATE if is_private else Answer.PUBLIC


async def acknowledge_press(interaction: BotInteraction) -> None:
    """Answer a press without a message of its own; the pressed message may be edited afterwards."""
    async with acknowledging(interaction):
        await _once(interaction.response.defer())
    interaction.extras[_STATE] = Answer.UPDATE


def mark_answered(interaction: BotInteraction) -> None:
    """Say that the original message has its content: an error from here on must leave it alone."""
    interaction.extras[_STATE] = Answer.UPDATE


async def show_answer(
    interaction: BotInteraction, visibility: Visibility, view: ui.LayoutView, files: list[discord.File]
) -> discord.Message:
    """Show the answer to an acknowledged command, to the person alone where that turned out to be right."""
    if visibility is Visibility.PRIVATE and interaction.extras.get(_STATE) is Answer.PUBLIC:
        await _remove_waiting_message(interaction)
        message: discord.Message = await interaction.followup.send(
            view=view, files=files, ephemeral=True, wait=True
        )
    else:
        message = await interaction.edit_original_response(view=view, attachments=files)
    mark_answered(interaction)
    return message


async def say_privately(interaction: BotInteraction, view: ui.LayoutView) -> None:
    """Show `view` to the person alone, whatever was answered before.

    After a public acknowledgement the waiting message is removed first: it cannot be made private.
    """
    match interaction.extras.get(_STATE):
        case None if not interaction.response.is_done():
            await interaction.response.send_message(view=view, ephemeral=True)
        case Answer.PRIVATE:
            await interaction.edit_original_response(view=view, attachments=[])
        case Answer.PUBLIC:
            await _remove_waiting_message(interaction)
            await interaction.followup.send(view=view, ephemeral=True)
        case Answer.HANDED_OVER:
            # A follow-up now could become the content of the waiting message, and the picture would have no place.
            _logger.warning("nothing said to interaction %s: its request is accepted", interaction.id)
        case _:
            await interaction.followup.send(view=view, ephemeral=True)


async def paint(
    interaction: BotInteraction, visibility: Visibility, start: Callable[[], Awaitable[Accepted]]
) -> None:
    """Acknowledge, start the work behind the gate, and leave the answer to the job engine.

    Tells the person of finished pictures that could not be brought to them before.
    """
    await acknowledge(interaction, visibility)
    await paint_acknowledged(interaction, start)


async def paint_brought(
    interaction: BotInteraction,
    visibility: Visibility,
    bring: Callable[[], Awaitable[T]],
    start: Callable[[T], Callable[[], Awaitable[Accepted]]],
) -> None:
    """As `paint`, where something is fetched first, beside the gate: `start` is given what `bring` gave."""
    await acknowledge(interaction, visibility)
    async with interaction.client.gate.beside():
        starting = start(await bring())
    await paint_acknowledged(interaction, starting)


async def paint_acknowledged(interaction: BotInteraction, start: Callable[[], Awaitable[Accepted]]) -> None:
    """Do what `paint` does after the acknowledgement."""
    async with interaction.client.gate.work():
        await start()
        interaction.extras[_STATE] = Answer.HANDED_OVER
        parked = await parked_results(interaction.client.context, interaction.user.id)
    if parked is not None:
        try:
            await _tell_parked(interaction, parked)
        except discord.DiscordServerError as error:
            _logger.info("what was kept is told once more at the next command: %d", error.status)


async def _once(callback: Awaitable[object]) -> None:
    """Await a first answer; that it was given before is as good."""
    try:
        await callback
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise


async def _remove_waiting_message(interaction: BotInteraction) -> None:
    """Delete the "is thinking" message, if it is still there."""
    try:
        await interaction.delete_original_response()
    except discord.NotFound:
        _logger.info("the waiting message of interaction %s was gone already", interaction.id)
    interaction.extras[_STATE] = Answer.UPDATE


async def _tell_parked(interaction: BotInteraction, parked: ParkedResults) -> None:
    """Tell of what could not be brought before, once the original message has its content; at the next command else.

    Earlier would not do: Discord takes the first follow-up after "is thinking" for the content of that message.
    """
    for _ in range(_LOOKS):
        await asyncio.sleep(_LOOK_EVERY_S)
        message = await interaction.followup.fetch_message(ORIGINAL_MESSAGE)
        if not message.flags.loading:
            offers = await failed_offers(
                interaction.client.context, asker_of(interaction).origin, Visibility.PRIVATE, parked.in_doubt
            )
            view = parked_view(parked, offers, language_of(interaction))
            with made_once():
                await interaction.followup.send(view=view, ephemeral=True)
            await mark_told(interaction.client.context, parked)
            return
