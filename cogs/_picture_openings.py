"""What opens the forms of `cogs/_picture_forms.py`: buttons under "More", a message's menu, and the button of ❤️.

A form has to be the first answer, so the reads that it needs stand before it and go ahead of all work.
"""

from collections.abc import Sequence
from typing import Final

import discord
from discord import SelectOption

from cogs._brought import brought_attachment
from cogs._caller import viewer_of
from cogs._edge import BotInteraction, acknowledging
from cogs._language import language_of
from cogs._message_jobs import job_ids_in
from cogs._pages import picture_option
from cogs._picture_forms import (
    FormPictures,
    PictureVerb,
    SourceKind,
    Suggested,
    refer_form,
    save_form,
    suggested_by,
)
from cogs._press import Press, load_picture
from cogs._replies import mark_answered
from cogs._text import plain
from services import history
from services.characters import suggest_characters
from services.errors import UserError
from services.jobs.courier import PictureResult

_MOST_PICTURES: Final = 10
"""Source: Discord, Message, "attachments"."""


async def open_save(press: Press) -> None:
    """Open "Save as character" for one result."""
    await _open_for_job(press, PictureVerb.SAVE)


async def open_refer(press: Press) -> None:
    """Open "Use as reference" for one result."""
    await _open_for_job(press, PictureVerb.REFER)


async def _open_for_job(press: Press, verb: PictureVerb) -> None:
    interaction = press.interaction
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
        await _send(interaction, verb, await _of_results(interaction, [picture]), [picture])


async def open_naming(interaction: BotInteraction, job_id: int) -> None:
    """Open "Save as character" for the results of a job's request."""
    async with acknowledging(interaction):
        context = interaction.client.context
        found = await history.find_pictures_of_job(context, viewer_of(interaction), job_id)
        await _send(interaction, PictureVerb.SAVE, await _of_results(interaction, found), found)


async def open_for_message(interaction: BotInteraction, message: discord.Message, verb: PictureVerb) -> None:
    """Open a form for the pictures of any message. Raises UserError("no_picture_there")."""
    async with acknowledging(interaction):
        found = await _results_in(interaction, message)
        if found:
            await _send(interaction, verb, await _of_results(interaction, found), found)
            return
        await _send(interaction, verb, _of_attachments(interaction, message.attachments), ())


async def _results_in(interaction: BotInteraction, message: discord.Message) -> Sequence[PictureResult]:
    """Return the results that a message shows, () where it is none of ours.

    One that was sent a moment ago may not be written down yet: its buttons know it. Raises
    UserError("no_picture_there") for a message of ours without any.
    """
    context, user = interaction.client.context, interaction.client.user
    found = await history.find_pictures_of_message(context, message.id)
    if found or user is None or message.author.id != user.id:
        return found
    job_id = next(job_ids_in(message), None)
    if job_id is None:
        raise UserError("no_picture_there", field="message")
    return await history.find_pictures_of_job(context, viewer_of(interaction), job_id)


async def _of_results(interaction: BotInteraction, found: Sequence[PictureResult]) -> FormPictures:
    context, user_id = interaction.client.context, interaction.user.id
    owner_id = await history.owner_of_job(context, found[0].job_id)
    options = [picture_option(number, each) for number, each in enumerate(found, 1)] if len(found) > 1 else []
    kind = SourceKind.JOBS if options else SourceKind.JOB
    return FormPictures(kind, found[0].job_id, tuple(options), needs_agreement=owner_id != user_id)


def _of_attachments(interaction: BotInteraction, attachments: Sequence[discord.Attachment]) -> FormPictures:
    """Return the pictures among a message's files, by what Discord says that they are; they are looked at later."""
    pictures = [each for each in attachments if (each.content_type or "").startswith("image/")]
    if not pictures:
        raise UserError("no_picture_there", field="message")
    brought = list(map(brought_attachment, pictures[:_MOST_PICTURES]))
    number = interaction.client.pending_pictures.keep(interaction.user.id, brought)
    names = [
        SelectOption(label=plain(each.filename, 100) or str(n), value=str(n))
        for n, each in enumerate(pictures)
    ]
    options = tuple(names[:_MOST_PICTURES]) if len(brought) > 1 else ()
    return FormPictures(SourceKind.KEPT, number, options, needs_agreement=True)


async def _send(
    interaction: BotInteraction,
    verb: PictureVerb,
    pictures: FormPictures,
    results: Sequence[PictureResult],
) -> None:
    context, language = interaction.client.context, language_of(interaction)
    if verb is PictureVerb.SAVE:
        suggested = suggested_by(context, results[0].recipe) if len(results) == 1 else Suggested()
        form = save_form(pictures, suggested, language)
    else:
        own = await suggest_characters(context, viewer_of(interaction), "", is_own_only=True)
        form = refer_form(pictures, own, language)
    await interaction.response.send_modal(form)
    mark_answered(interaction)
