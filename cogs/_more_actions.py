"""What the verbs under "More" do. The menu is private, so what they paint is seen as the picture itself is."""

from cogs._caller import visibility_of_copy
from cogs._edge import acknowledging
from cogs._language import language_of
from cogs._press import Press, load_picture
from cogs._reroll import reroll_form


async def open_reroll(press: Press) -> None:
    """Open the form of features. It has to be the first answer, so the one read stands before it."""
    interaction = press.interaction
    async with acknowledging(interaction):
        picture = await load_picture(interaction, press.job_id)
        visibility = visibility_of_copy(interaction, picture)
        form = reroll_form(interaction.client.context, picture, visibility, language_of(interaction))
        await interaction.response.send_modal(form)
