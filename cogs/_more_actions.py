"""What the verbs under "More" do. The menu is private, so what they paint is seen as the picture itself is."""

from collections.abc import Awaitable, Callable
from functools import partial

from cogs._caller import caller_of, viewer_of, visibility_of_copy
from cogs._compare import show_comparison
from cogs._edge import acknowledging
from cogs._family import show_family
from cogs._language import language_of
from cogs._press import Press, load_picture
from cogs._replies import acknowledge, paint
from cogs._reroll import reroll_form
from services import comparing, lineage, reruns, upscaling, varying
from services.asks import Accepted, Caller
from services.context import Context
from services.errors import UserError
from services.models import Visibility
from services.providers.model import Strength


async def open_reroll(press: Press) -> None:
    """Open the form of features. It has to be the first answer, so the one read stands before it."""
    interaction = press.interaction
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
        visibility = visibility_of_copy(interaction, picture)
        form = reroll_form(interaction.client.context, picture, visibility, language_of(interaction))
        await interaction.response.send_modal(form)


async def _paint(press: Press, start: Callable[[Context, Caller, int], Awaitable[Accepted]]) -> None:
    """Paint after the picture; the one read stands before the acknowledgement, which must know who shall see it."""
    interaction, context = press.interaction, press.interaction.client.context
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
    visibility = visibility_of_copy(interaction, picture)
    caller = caller_of(interaction, visibility)
    await paint(interaction, visibility, partial(start, context, caller, press.job_id))


async def vary(press: Press, strength: Strength) -> None:
    """Paint a variation."""
    await _paint(press, partial(varying.vary, strength=strength))


async def upscale(press: Press) -> None:
    """Make the picture larger by the model that was chosen."""
    await _paint(press, partial(upscaling.upscale, model=_model_of(press)))


async def paint_on_chosen(press: Press) -> None:
    """Paint the same recipe on the model that was chosen."""
    await _paint(press, partial(reruns.move_picture, model=_model_of(press)))


def _model_of(press: Press) -> str:
    """Return the one model that was chosen. Raises UserError("out_of_date") for a forged press."""
    if len(press.chosen) != 1:
        raise UserError("out_of_date", f"{press.chosen!r}"[:100])
    return press.chosen[0]


async def compare_with_parent(press: Press) -> None:
    """Show the picture beside the one that it was made from, to the person alone."""
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        context, viewer = interaction.client.context, viewer_of(interaction)
        found = await comparing.compare_with_parent(context, viewer, press.job_id)
    await show_comparison(interaction, found, Visibility.PRIVATE, language_of(interaction))


async def open_family(press: Press) -> None:
    """Show where the picture comes from and what was made of it, to the person alone."""
    interaction = press.interaction
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        context, viewer = interaction.client.context, viewer_of(interaction)
        family = await lineage.family_of_job(context, viewer, press.job_id)
    await show_family(interaction, family, language_of(interaction))
