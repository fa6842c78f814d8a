"""The form of a character: filled with what it says now, and read back."""

from typing import Any, Final

from discord import TextStyle, ui

from cogs._caller import viewer_of
from cogs._character_ids import CharacterVerb, character_form_id, parse_character_id
from cogs._character_words import edited_text, features_text
from cogs._edge import BotInteraction, acknowledging, data_of
from cogs._forms import submitted_fields
from cogs._language import language_of
from cogs._layout import text_view
from cogs._replies import acknowledge, mark_answered
from cogs._text import clip, plain
from services.character_keeping import LONGEST_DESCRIPTION, CharacterChange, edit_character
from services.characters import Character, own_character
from services.features import FeatureFile
from services.languages import say
from services.models import Visibility

_LONGEST_TITLE: Final = 45
"""Source: Discord, Modal, "title"."""
_LONGEST_FEATURES: Final = 2_000
_NONE: Final = "none"


def edit_character_form(language: str, feature_file: FeatureFile, character: Character) -> ui.Modal:
    """Return the form; it is stopped, so that discord.py sends it and forgets it."""
    title = say(language, "characters.form_title", name=plain(character.name, 30))
    form = ui.Modal(
        title=clip(title, _LONGEST_TITLE),
        custom_id=character_form_id(CharacterVerb.EDIT, character.id),
        timeout=None,
    )
    numbers = ",".join(map(str, character.reference_numbers)) or _NONE
    features = features_text(feature_file, character.features)
    for name, value, longest in (
        ("description", character.description, LONGEST_DESCRIPTION),
        ("features", features, _LONGEST_FEATURES),
        ("references", numbers, 100),
    ):
        typed: ui.TextInput[Any] = ui.TextInput(
            custom_id=name,
            default=value[:longest] or None,
            required=name == "description",
            style=TextStyle.short if name == "references" else TextStyle.paragraph,
            max_length=longest,
        )
        label = say(language, f"characters.form_{name}")
        hint = say(language, f"characters.form_{name}_hint")
        form.add_item(ui.Label(text=label, description=clip(hint, 100), component=typed))
    form.stop()
    return form


async def open_edit_form(interaction: BotInteraction, character: Character) -> None:
    """Show the form as the first answer."""
    form = edit_character_form(language_of(interaction), interaction.client.context.features, character)
    await interaction.response.send_modal(form)
    mark_answered(interaction)


async def submit_character_form(interaction: BotInteraction) -> None:
    """Keep what a submitted form changes, as a new version. Raises UserError, NotFoundError."""
    about = parse_character_id(str(data_of(interaction).get("custom_id", "")))
    fields, context, viewer = (
        submitted_fields(interaction),
        interaction.client.context,
        viewer_of(interaction),
    )
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        before = await own_character(context, viewer, about.character_id)
        change = CharacterChange(
            description=fields.get("description"),
            # An empty field takes all of them away; one that a client has left out changes nothing.
            features=fields["features"].strip() or _NONE if "features" in fields else None,
            references=fields["references"].strip() or _NONE if "references" in fields else None,
            is_whole_face=True,
        )
        character, is_changed = await edit_character(context, viewer, before.code, change)
    text = edited_text(language_of(interaction), character, is_changed=is_changed)
    await interaction.edit_original_response(view=text_view(text))


async def open_edit_form_of(interaction: BotInteraction, character_id: int) -> None:
    """Show the form of one of the person's own characters; the one read stands before the answer."""
    async with acknowledging(interaction):
        character = await own_character(interaction.client.context, viewer_of(interaction), character_id)
        await open_edit_form(interaction, character)
