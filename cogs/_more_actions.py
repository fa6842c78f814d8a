"""What the verbs under "More" do. The menu is private, so what they paint is seen as the picture itself is."""

from cogs._caller import viewer_of, visibility_of_copy
from cogs._compare import show_comparison
from cogs._edge import acknowledging
from cogs._family import show_family
from cogs._language import language_of
from cogs._press import Press, load_picture
from cogs._replies import acknowledge
from cogs._reroll import reroll_form
from services import comparing, lineage
from services.models import Visibility


async def open_reroll(press: Press) -> None:
    """Open the form of features. It has to be the first answer, so the one read stands before it."""
    interaction = press.interaction
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
        visibility = visibility_of_copy(interaction, picture)
        form = reroll_form(interaction.client.context, picture, visibility, language_of(interaction))
        await interaction.response.send_modal(form)


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
