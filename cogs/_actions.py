"""What the verbs of buttons and selects do: a function each, over the job that was meant.

Whoever presses is the one who asks and pays. Each acknowledges first; those that only look at a picture load it under
the rules of whoever presses.
"""

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Final

import discord

from cogs._caller import asker_of, caller_of, viewer_of
from cogs._cancel_words import cancel_text
from cogs._deletion import confirm_delete, take_away
from cogs._draft_actions import open_knobs
from cogs._edge import acknowledging
from cogs._forms import edit_form
from cogs._ids import Verb
from cogs._language import language_of
from cogs._layout import text_view
from cogs._more_actions import compare_with_parent, open_family, open_reroll, paint_on_chosen, vary
from cogs._pages import delete_view, more_view, recipe_view, which_view
from cogs._picture_openings import open_refer, open_save
from cogs._press import Action, Press, load_picture
from cogs._replies import acknowledge, acknowledge_press, paint
from cogs._showing import show_pictures
from cogs._text import code
from services import cancellation, history, reruns
from services.asks import RerunAsk, SeedChoice
from services.errors import NotAllowedError
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import Visibility
from services.next_steps import next_steps
from services.providers.model import Strength
from services.recipes import recipe_to_bytes
from services.vendor_details import vendor_details


async def ask_which(press: Press, verb: Verb) -> None:
    """Ask privately which of the pictures of the job's request `verb` is meant for."""
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    if await _is_taken_away(press):
        return
    async with interaction.client.gate.work():
        pictures = await history.find_pictures_of_job(
            interaction.client.context, viewer_of(interaction), press.job_id
        )
    view = which_view(verb, pictures, press.visibility, language_of(interaction))
    await interaction.edit_original_response(view=view)


async def _is_taken_away(press: Press) -> bool:
    """Tell whether the picture was deleted by whoever presses; it is taken out of this message then, which says so."""
    said = await take_away(press)
    if said is None:
        return False
    await press.interaction.edit_original_response(view=text_view(said))
    return True


async def _rerun(press: Press, seed: SeedChoice) -> None:
    interaction = press.interaction
    ask = RerunAsk(caller_of(interaction, press.visibility), press.job_id, seed)
    await paint(interaction, press.visibility, partial(reruns.rerun, interaction.client.context, ask))


async def _pair(press: Press) -> None:
    interaction = press.interaction
    caller = caller_of(interaction, press.visibility)
    start = partial(reruns.pair_of, interaction.client.context, caller, press.job_id)
    await paint(interaction, press.visibility, start)


async def _edit(press: Press) -> None:
    """Open the form. It has to be the first answer, so the one read stands before it and goes ahead of all work."""
    interaction, context = press.interaction, press.interaction.client.context
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
        language = language_of(interaction)
        form = edit_form(context.features, context.catalog, picture, press.visibility, language)
        await interaction.response.send_modal(form)


async def _more(press: Press) -> None:
    interaction, context = press.interaction, press.interaction.client.context
    await acknowledge(interaction, Visibility.PRIVATE)
    if await _is_taken_away(press):
        return
    async with interaction.client.gate.work():
        picture = await load_picture(interaction, press.job_id)
        is_owner = await history.owner_of_job(context, press.job_id) == interaction.user.id
        steps = await next_steps(context, asker_of(interaction), picture)
    view = more_view(picture, is_owner=is_owner, steps=steps, language=language_of(interaction))
    await interaction.edit_original_response(view=view)


async def _show(press: Press) -> None:
    interaction = press.interaction
    await acknowledge(interaction, press.visibility)
    async with interaction.client.gate.work():
        picture = await load_picture(interaction, press.job_id)
    visibility = Visibility.PRIVATE if picture.is_private else press.visibility
    await show_pictures(interaction, (picture,), visibility)


async def _cancel(press: Press) -> None:
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        report = await cancellation.cancel(interaction.client.context, interaction.user.id, press.job_id)
    await interaction.edit_original_response(view=text_view(cancel_text(report, language_of(interaction))))


async def _recipe(press: Press) -> None:
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        picture = await load_picture(interaction, press.job_id)
    file = recipe_file(picture)
    view = recipe_view(picture, file.filename, language_of(interaction))
    await interaction.edit_original_response(view=view, attachments=[file])


async def _delete(press: Press) -> None:
    interaction = press.interaction
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        await _check_owner(press)
        picture = await load_picture(interaction, press.job_id)
    await interaction.edit_original_response(view=delete_view([picture], language_of(interaction)))


async def _keep(press: Press) -> None:
    await acknowledge_press(press.interaction)
    async with press.interaction.client.gate.work():
        await _check_owner(press)
    await press.interaction.delete_original_response()


async def _check_owner(press: Press) -> None:
    """Raise NotAllowedError("not_yours") when somebody else owns the job."""
    owner_id = await history.owner_of_job(press.interaction.client.context, press.job_id)
    if owner_id != press.interaction.user.id:
        raise NotAllowedError("not_yours", f"job {press.job_id} is of user {owner_id}")


def recipe_file(picture: PictureResult) -> discord.File:
    """Return the recipe of a picture as a JSON file."""
    return discord.File(BytesIO(recipe_to_bytes(picture.recipe)), f"limner-{picture.code}.json")


async def _knobs(press: Press) -> None:
    await open_knobs(press.interaction, press.job_id)


async def _details(press: Press) -> None:
    """Show what the provider itself said, to whoever looks after the key."""
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        said = await vendor_details(
            interaction.client.context,
            viewer_of(interaction),
            press.job_id,
            is_manager=interaction.permissions.manage_guild,
        )
    text = f"{say(language_of(interaction), 'actions.own_words')}\n{code(said, 300)}"
    await interaction.edit_original_response(view=text_view(text))


ACTIONS: Final[Mapping[Verb, Action]] = MappingProxyType(
    {
        Verb.SAME: partial(_rerun, seed=SeedChoice.SAME),
        Verb.NEW: partial(_rerun, seed=SeedChoice.NEW),
        Verb.EDIT: _edit,
        Verb.PAIR: _pair,
        Verb.MORE: _more,
        Verb.CANCEL: _cancel,
        Verb.RECIPE: _recipe,
        Verb.DELETE: _delete,
        Verb.CONFIRM_DELETE: confirm_delete,
        Verb.KEEP: _keep,
        Verb.KNOBS: _knobs,
        Verb.DETAILS: _details,
        Verb.FEATURES: open_reroll,
        Verb.COMPARE: compare_with_parent,
        Verb.FAMILY: open_family,
        Verb.VARY_SUBTLE: partial(vary, strength=Strength.SUBTLE),
        Verb.VARY_STRONG: partial(vary, strength=Strength.STRONG),
        Verb.MODEL: paint_on_chosen,
        Verb.SAVE: open_save,
        Verb.REFER: open_refer,
        Verb.SHOW: _show,
    }
)
"""What each verb does."""
