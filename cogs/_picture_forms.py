"""The forms "Save as character" and "Use as reference", about a picture that stands in a message.

    v1:pictureform:<save|refer>:<job|jobs|kept>:<number>

`job` is a result, `jobs` one of the results of that job's request, `kept` what `cogs/_pending_pictures.py` holds. With
several pictures the form asks which one. A submitted form is checked as if its id were made up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from discord import SelectOption, TextStyle, ui

from cogs._caller import viewer_of
from cogs._character_words import added_text, created_text, features_text
from cogs._edge import BotInteraction, data_of
from cogs._forms import submitted_checks, submitted_fields, submitted_values
from cogs._language import language_of
from cogs._layout import text_view
from cogs._replies import acknowledge
from cogs._text import clip, plain
from services.character_keeping import LONGEST_DESCRIPTION, NewCharacter, plan_character
from services.character_sources import PictureSource, save_as_character, use_as_reference
from services.characters import Character
from services.choices import lasting
from services.context import Context
from services.errors import BugError, UserError
from services.languages import say
from services.models import Recipe, RecipeKind, Visibility
from services.names import LONGEST_NAME
from services.prompts import describe

LONGEST_TITLE: Final = 45
"""Source: Discord, Modal, "title", and Label, "label"."""
_LONGEST_FEATURES: Final = 2_000


class PictureVerb(StrEnum):
    """What a form is for."""

    SAVE = "save"
    REFER = "refer"


class SourceKind(StrEnum):
    """Where a form's pictures stand."""

    JOB = "job"
    JOBS = "jobs"
    KEPT = "kept"


_ID: Final = re.compile(
    rf"v1:pictureform:({'|'.join(PictureVerb)}):({'|'.join(SourceKind)}):([1-9][0-9]{{0,17}})"
)
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class FormPictures:
    """What a form is about: where its pictures stand, which there are, and whether their use must be agreed to.

    `options` are there where it has to be said which one.
    """

    kind: SourceKind
    number: int
    options: tuple[SelectOption, ...] = ()
    needs_agreement: bool = False


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the form of a new character is filled with."""

    description: str = ""
    features: str = ""


def suggested_by(context: Context, recipe: Recipe) -> Suggested:
    """Return how a picture's recipe describes who it shows: a drawn face by its features, else its own words."""
    if recipe.kind is not RecipeKind.PORTRAIT:
        return Suggested(recipe.prompt)
    face = lasting(recipe.features)
    return Suggested(describe(face), features_text(context.features, face))


def _form(verb: PictureVerb, pictures: FormPictures, language: str) -> ui.Modal:
    custom_id = f"v1:pictureform:{verb}:{pictures.kind}:{pictures.number}"
    if not _ID.fullmatch(custom_id):
        raise BugError("bad_custom_id", custom_id)
    title = say(language, f"characters.form_{verb}")
    return ui.Modal(title=clip(title, LONGEST_TITLE), custom_id=custom_id, timeout=None)


def _text_label(
    language: str, name: str, default: str, longest: int, *, is_short: bool = False
) -> ui.Label[Any]:
    typed: ui.TextInput[Any] = ui.TextInput(
        custom_id=name,
        default=default[:longest] or None,
        required=name != "features",
        style=TextStyle.short if is_short else TextStyle.paragraph,
        max_length=longest,
    )
    hint = clip(say(language, f"characters.form_{name}_hint"), 100)
    return ui.Label(text=say(language, f"characters.form_{name}"), description=hint, component=typed)


def _select_label(text: str, custom_id: str, options: Sequence[SelectOption]) -> ui.Label[Any]:
    select: ui.Select[Any] = ui.Select(custom_id=custom_id, options=list(options)[:25], required=True)
    return ui.Label(text=clip(text, LONGEST_TITLE), component=select)


def _finished(form: ui.Modal, pictures: FormPictures, language: str) -> ui.Modal:
    """Return the form with its questions about the pictures; it is stopped, so that discord.py forgets it."""
    if pictures.options:
        form.add_item(_select_label(say(language, "characters.form_picture"), "picture", pictures.options))
    if pictures.needs_agreement:
        box: ui.Checkbox[Any] = ui.Checkbox(custom_id="agreed")
        hint = clip(say(language, "characters.form_agreed_hint"), 100)
        form.add_item(ui.Label(text=say(language, "characters.form_agreed"), description=hint, component=box))
    form.stop()
    return form


def save_form(pictures: FormPictures, suggested: Suggested, language: str) -> ui.Modal:
    """Return the form of "Save as character"."""
    form = _form(PictureVerb.SAVE, pictures, language)
    form.add_item(_text_label(language, "name", "", LONGEST_NAME, is_short=True))
    form.add_item(_text_label(language, "description", suggested.description, LONGEST_DESCRIPTION))
    form.add_item(_text_label(language, "features", suggested.features, _LONGEST_FEATURES))
    return _finished(form, pictures, language)


def refer_form(pictures: FormPictures, characters: Sequence[Character], language: str) -> ui.Modal:
    """Return the form of "Use as reference". Raises UserError("no_characters_yet") without any to choose from."""
    if not characters:
        raise UserError("no_characters_yet", field="character")
    form = _form(PictureVerb.REFER, pictures, language)
    options = [SelectOption(label=plain(each.name, 100), value=str(each.id)) for each in characters]
    form.add_item(_select_label(say(language, "characters.form_character"), "character", options))
    return _finished(form, pictures, language)


async def submit_picture_form(interaction: BotInteraction) -> None:
    """Answer one of the forms. Raises UserError, NotFoundError, LimitError."""
    found = _ID.fullmatch(str(data_of(interaction).get("custom_id", "")))
    if found is None:
        raise UserError("out_of_date", "unknown form of a picture")
    verb, kind, number = PictureVerb(found[1]), SourceKind(found[2]), int(found[3])
    source = _source(interaction, kind, number)
    is_agreed = "agreed" in submitted_checks(interaction)
    await (_save if verb is PictureVerb.SAVE else _refer)(interaction, source, is_agreed=is_agreed)


def _source(interaction: BotInteraction, kind: SourceKind, number: int) -> PictureSource:
    """Return the picture that is meant. Raises UserError("out_of_date") for a forged answer."""
    chosen = _chosen(interaction, "picture")
    if kind is SourceKind.KEPT:
        brought = interaction.client.pending_pictures.find(interaction.user.id, number)
        place = 0 if chosen is None else chosen
        if place >= len(brought):
            raise UserError("out_of_date", f"no picture {place}")
        return PictureSource(brought=brought[place])
    return PictureSource(job_id=number if chosen is None else chosen)


def _chosen(interaction: BotInteraction, name: str) -> int | None:
    """Return the number that was chosen in a select, None without such a select."""
    values = submitted_values(interaction).get(name)
    if values is None:
        return None
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        raise UserError("out_of_date", f"{values!r}"[:100])
    return int(values[0])


async def _save(interaction: BotInteraction, source: PictureSource, *, is_agreed: bool) -> None:
    fields, context = submitted_fields(interaction), interaction.client.context
    new = NewCharacter(fields.get("name", ""), fields.get("description", ""), fields.get("features", ""))
    plan = plan_character(context, new)
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        viewer = viewer_of(interaction)
        made = await save_as_character(context, viewer, plan, source, is_agreed=is_agreed)
    await interaction.edit_original_response(view=text_view(created_text(language_of(interaction), made)))


async def _refer(interaction: BotInteraction, source: PictureSource, *, is_agreed: bool) -> None:
    context, character_id = interaction.client.context, _chosen(interaction, "character")
    if character_id is None:
        raise UserError("out_of_date", "no character was chosen")
    await acknowledge(interaction, Visibility.PRIVATE)
    async with interaction.client.gate.work():
        viewer = viewer_of(interaction)
        found, added = await use_as_reference(context, viewer, character_id, source, is_agreed=is_agreed)
    text = added_text(language_of(interaction), found, [added])
    await interaction.edit_original_response(view=text_view(text))
