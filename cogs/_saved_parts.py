"""What `/seed` and `/preset` have in common: use, list and delete a named part. Lists are for the person alone."""

from cogs._caller import caller_of, visibility_of
from cogs._edge import BotInteraction
from cogs._language import language_of
from cogs._layout import text_view
from cogs._replies import acknowledge, paint
from cogs._saved_words import deleted_text, list_text
from services import saved_parts
from services.asks import PortraitAsk
from services.kept_parts import start_portrait
from services.models import Visibility
from services.parts import PartKind


async def paint_part(
    interaction: BotInteraction, kind: PartKind, name: str, *, count: int, is_private: bool | None
) -> None:
    """Paint portraits with a part; what is not in it is drawn."""
    visibility = visibility_of(interaction, is_private)
    caller = caller_of(interaction, visibility)
    is_seed = kind is PartKind.SEED
    ask = PortraitAsk(caller, saved=name if is_seed else "", preset="" if is_seed else name, count=count)
    await paint(interaction, visibility, start_portrait(interaction.client.context, ask))


async def show_parts(interaction: BotInteraction, kind: PartKind, words: str) -> None:
    """List the person's parts of one kind."""
    context, user_id = interaction.client.context, interaction.user.id
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        found = await saved_parts.list_parts(context, user_id, kind, words[:100])
        total = await saved_parts.count_parts(context, user_id)
    text = list_text(language_of(interaction), kind, found, total)
    await interaction.edit_original_response(view=text_view(text))


async def remove_part(interaction: BotInteraction, kind: PartKind, name: str) -> None:
    """Delete a part and say what it had."""
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        deleted = await saved_parts.delete_part(interaction.client.context, interaction.user.id, kind, name)
    await interaction.edit_original_response(view=text_view(deleted_text(language_of(interaction), deleted)))
