"""What presses, selects and forms about a draft do. A draft belongs to one person: for everybody else there is none."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from cogs._caller import caller_of, visibility_of
from cogs._draft_ids import DraftId, DraftVerb, parse_draft_id
from cogs._edge import BotInteraction, acknowledging, data_of
from cogs._forms import submitted_fields
from cogs._ids import parse_on_id
from cogs._key_forms import ask_for_missing_key
from cogs._knobs import UNSET, is_chosen_from_few, knobs_view, value_form, values_view
from cogs._language import language_of
from cogs._replies import acknowledge, acknowledge_press, mark_answered, paint
from services import drafts, history, reruns
from services.drafts import Draft
from services.errors import UserError
from services.models import Visibility
from services.providers.catalog import Model, Parameter

DraftAction = Callable[[BotInteraction, DraftId], Awaitable[None]]


async def _paint(interaction: BotInteraction, about: DraftId) -> None:
    """Paint the draft; the one read stands before the acknowledgement, which must know who shall see the result."""
    context = interaction.client.context
    async with acknowledging(interaction):
        draft = await drafts.read_draft(context, interaction.user.id, about.draft_id)
    caller = caller_of(interaction, draft.visibility)
    start = partial(drafts.paint_draft, context, caller, about.draft_id, about.name)
    await paint(interaction, draft.visibility, start)


async def paint_on(interaction: BotInteraction, custom_id: str) -> None:
    """Paint on another model what a job of this person's was to paint."""
    context = interaction.client.context
    job_id, model = parse_on_id(custom_id)
    async with acknowledging(interaction):
        visibility = await history.visibility_of_own_job(context, interaction.user.id, job_id)
    caller = caller_of(interaction, visibility)
    await paint(interaction, visibility, partial(reruns.on_another_model, context, caller, job_id, model))


async def open_knobs(interaction: BotInteraction, job_id: int) -> None:
    """Show the panel of a picture's parameters, to the person alone; what it paints is seen as theirs usually is."""
    caller = caller_of(interaction, visibility_of(interaction, None))
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        draft = await drafts.draft_of_picture(interaction.client.context, caller, job_id)
    await _show_knobs(interaction, draft)


async def _back(interaction: BotInteraction, about: DraftId) -> None:
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        draft = await drafts.read_draft(interaction.client.context, interaction.user.id, about.draft_id)
    await _show_knobs(interaction, draft)


async def _turn_knob(interaction: BotInteraction, about: DraftId) -> None:
    """Ask for the value: by a select where there are few, by a form where it is typed, which must be the answer."""
    async with acknowledging(interaction):
        draft = await drafts.read_draft(interaction.client.context, interaction.user.id, about.draft_id)
        knob = _knob(_model_of(interaction, draft), _chosen(interaction))
        sent, language = draft.recipes[0].parameters, language_of(interaction)
        if is_chosen_from_few(knob):
            await interaction.response.edit_message(view=values_view(draft.id, knob, sent, language))
        else:
            await interaction.response.send_modal(value_form(draft.id, knob, sent, language))
    mark_answered(interaction)


async def _set_value(interaction: BotInteraction, about: DraftId) -> None:
    await _change(interaction, about, "" if (chosen := _chosen(interaction)) == UNSET else chosen)


async def submit_value(interaction: BotInteraction) -> None:
    """Take a typed value of a parameter."""
    about = parse_draft_id(str(data_of(interaction).get("custom_id", "")))
    await _change(interaction, about, submitted_fields(interaction).get("value", ""))


async def _change(interaction: BotInteraction, about: DraftId, text: str) -> None:
    context = interaction.client.context
    await acknowledge_press(interaction)
    async with interaction.client.gate.work():
        draft = await drafts.set_parameter(context, interaction.user.id, about.draft_id, about.name, text)
    await _show_knobs(interaction, draft)


async def _show_knobs(interaction: BotInteraction, draft: Draft) -> None:
    context = interaction.client.context
    caller = caller_of(interaction, draft.visibility)
    price = await drafts.price_draft(context, caller, draft)
    model, sent = _model_of(interaction, draft), draft.recipes[0].parameters
    view = knobs_view(draft.id, model, sent, price, language_of(interaction))
    await interaction.edit_original_response(view=view)


def _model_of(interaction: BotInteraction, draft: Draft) -> Model:
    return interaction.client.context.catalog.find(draft.recipes[0].model)


def _knob(model: Model, name: str) -> Parameter:
    """Return a parameter that the select named. Raises UserError("out_of_date") for a forged one."""
    knob = model.parameters.get(name)
    if knob is None:
        raise UserError("out_of_date", f"{model.id} has no {name[:60]!r}")
    return knob


def _chosen(interaction: BotInteraction) -> str:
    """Return the one value of a select. Raises UserError("out_of_date") for anything else."""
    values = data_of(interaction).get("values")
    if not isinstance(values, list) or len(values) != 1:
        raise UserError("out_of_date", f"{values!r}"[:100])
    return str(values[0])


DRAFT_ACTIONS: Final[Mapping[DraftVerb, DraftAction]] = MappingProxyType(
    {
        DraftVerb.PAINT: _paint,
        DraftVerb.ON: _paint,
        DraftVerb.KEY: ask_for_missing_key,
        DraftVerb.KNOB: _turn_knob,
        DraftVerb.VALUE: _set_value,
        DraftVerb.BACK: _back,
    }
)
"""What each verb does."""
