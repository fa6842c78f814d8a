"""Delete a picture for its owner, and take it out of the messages that show it, also of those that no row knows."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cogs._caller import viewer_of
from cogs._courier import DiscordCourier
from cogs._language import language_of
from cogs._layout import text_view
from cogs._message_jobs import codes_in
from cogs._press import Press
from cogs._removal import clear_places
from cogs._replies import acknowledge_press
from cogs._reports import UNHEARD, reason_of
from cogs._text import code
from cogs._unseen_words import unseen_text
from services import history
from services.history import DeletedPicture
from services.jobs.courier import MessagePlace
from services.jobs.searching import Certainty, Found, search
from services.languages import say
from services.pressed_messages import PressedMessage, left_of_deleted, unseen_are_gone

_logger = logging.getLogger(__name__)


@contextmanager
def _let_be() -> Iterator[None]:
    """Let be what Discord does not take: a deleted picture is taken out of its messages later by the job engine."""
    try:
        yield
    except UNHEARD as error:
        _logger.info("a message of a deleted picture is tried later: %s", reason_of(error))


async def confirm_delete(press: Press) -> None:
    """Delete the picture, take it out of its messages, and say so."""
    interaction, context = press.interaction, press.interaction.client.context
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        deleted = await history.delete_picture(context, interaction.user.id, press.job_id)
    with _let_be():
        await interaction.delete_original_response()
    found = await search(context, DiscordCourier(interaction.client, context), press.job_id)
    is_cleared = False
    with _let_be():
        is_cleared = await _clear(press, found.places)
    if is_cleared and found.certainty is Certainty.SURE:
        await history.messages_are_gone(context, press.job_id)
    view = text_view(_deleted_text(deleted, found, language_of(interaction)))
    await interaction.followup.send(view=view, ephemeral=True)
    if is_cleared and found.certainty is Certainty.UNSEEN:
        # Not before it was said: else its owner is told at the next command.
        await history.messages_are_gone(context, press.job_id)


async def _clear(press: Press, places: tuple[MessagePlace, ...]) -> bool:
    interaction = press.interaction
    client, viewer = interaction.client, viewer_of(interaction)
    return await clear_places(client, client.context, viewer, places, language_of(interaction))


def _deleted_text(deleted: DeletedPicture, found: Found, language: str) -> str:
    """Return what became of the picture, its file and the messages that nobody can look for."""
    name = "actions.deleted_code" if deleted.code else "actions.deleted"
    texts = [say(language, name, code=code(deleted.code))]
    if not deleted.is_file_gone:
        texts.append(say(language, "actions.file_goes_later"))
    if found.certainty is Certainty.UNSEEN and found.unseen is not None:
        texts.append(unseen_text(found.unseen, language))
    return " ".join(texts)


async def take_away(press: Press) -> str | None:
    """Take what whoever presses has deleted out of the message under which they press; return what to say.

    None where it shows no such picture, is no message of ours that others see, or shows others and cannot be changed.
    """
    interaction, context = press.interaction, press.interaction.client.context
    message, language = interaction.message, language_of(interaction)
    if message is None or message.flags.ephemeral or message.author.id != interaction.application_id:
        return None
    answered = message.interaction_metadata
    pressed = PressedMessage(message.id, codes_in(message), None if answered is None else str(answered.id))
    left = await left_of_deleted(context, interaction.user.id, press.job_id, pressed)
    if left is None:
        return None
    is_cleared = False
    with _let_be():
        is_cleared = await _clear(press, (MessagePlace(message.channel.id, message.id, left.job_ids),))
    if not is_cleared:
        # The buttons go on working for the pictures that are left.
        return None if left.job_ids else say(language, "actions.not_taken_away")
    await unseen_are_gone(context, left.deleted)
    return say(language, "actions.taken_away")
