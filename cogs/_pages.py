"""Small messages beside the results: help, "which one?", more, delete, the recipe. Pure."""

from collections.abc import Sequence
from typing import Final

from discord import ButtonStyle, SelectOption, ui

from cogs._errors import failure_sentence
from cogs._ids import Verb, job_item_id, pick_id
from cogs._layout import MOST_TEXT, button, finished, row, select_row, text_view
from cogs._more_rows import again_rows, step_notes
from cogs._offers import offer_row
from cogs._present import made_by_line, seeds_line
from cogs._text import clip_lines, code, escape, plain
from services.history import ParkedResults
from services.jobs.courier import PictureResult
from services.languages import ENGLISH, say
from services.models import RecipeKind, Visibility
from services.next_steps import NO_STEPS, NextSteps
from services.offers import Offer

_QUESTIONS: Final = {
    Verb.SAME: "Paint which one again, with the same seed?",
    Verb.NEW: "Paint which one again, with a new seed?",
    Verb.EDIT: "Edit which one?",
    Verb.PAIR: "Make a pair with which one?",
    Verb.MORE: "More about which one?",
    Verb.CONFIRM_DELETE: "Delete which one? This cannot be undone.",
}


def help_view(language: str = ENGLISH) -> ui.LayoutView:
    """Return the answer to `/help`."""
    return text_view(say(language, "help.text"))


def which_view(verb: Verb, pictures: Sequence[PictureResult], visibility: Visibility) -> ui.LayoutView:
    """Return the question which of several pictures `verb` is meant for."""
    options = [picture_option(number, picture) for number, picture in enumerate(pictures, 1)]
    question = _QUESTIONS.get(verb, "Which one?")
    return text_view(question, rows=[select_row(pick_id(verb, visibility), "Choose a picture", options)])


def more_view(
    picture: PictureResult, *, is_owner: bool, steps: NextSteps = NO_STEPS, language: str = ENGLISH
) -> ui.LayoutView:
    """Return what else can be done with a picture; deleting is for its owner."""
    recipe = picture.recipe
    lines = [
        f"### {code(picture.code)}",
        f"“{escape(recipe.prompt, 1200)}”",
        f"{seeds_line(recipe)} · **{escape(recipe.model)}**",
    ]
    if recipe.parent:
        lines.append(f"Made from {code(recipe.parent)}")
    lines.append(f"-# {made_by_line(recipe, picture.payer)}")
    if picture.provider_task and is_owner:
        lines.append(f"-# Task {code(picture.provider_task)} at {escape(recipe.provider)}, for `/result`")
    lines += step_notes(steps, language)
    buttons = [
        button("Send me the recipe", job_item_id(Verb.RECIPE, picture.job_id), emoji="✉️"),
        button("Turn the knobs", job_item_id(Verb.KNOBS, picture.job_id), emoji="🎛️"),
        button(say(language, "characters.form_save"), job_item_id(Verb.SAVE, picture.job_id), emoji="❤️"),
        button(say(language, "characters.form_refer"), job_item_id(Verb.REFER, picture.job_id), emoji="📌"),
    ]
    if is_owner:
        delete_id = job_item_id(Verb.DELETE, picture.job_id)
        buttons.append(button("Delete", delete_id, emoji="🗑️", style=ButtonStyle.danger))
    return text_view("\n".join(lines), rows=[row(*buttons), *again_rows(picture, steps, language)])


def delete_view(pictures: Sequence[PictureResult]) -> ui.LayoutView:
    """Return the question whether to delete: one picture by a button, one of several by a select."""
    keep = button("Keep", job_item_id(Verb.KEEP, pictures[0].job_id))
    if len(pictures) > 1:
        options = [picture_option(number, picture) for number, picture in enumerate(pictures, 1)]
        select = select_row(pick_id(Verb.CONFIRM_DELETE, Visibility.PRIVATE), "Choose a picture", options)
        return text_view(_QUESTIONS[Verb.CONFIRM_DELETE], rows=[select, row(keep)])
    picture = pictures[0]
    yes_id = job_item_id(Verb.CONFIRM_DELETE, picture.job_id)
    text = (
        f"Delete {code(picture.code)}? The picture and its recipe go for good, "
        "and the messages that show it lose it."
    )
    return text_view(text, rows=[row(button("Delete", yes_id, emoji="🗑️", style=ButtonStyle.danger), keep)])


def recipe_view(picture: PictureResult, filename: str) -> ui.LayoutView:
    """Return the message that carries the recipe's file."""
    text = f"The recipe of {code(picture.code)}: everything needed to make it again. `/show {picture.code}` finds it."
    file: ui.File[ui.LayoutView] = ui.File(f"attachment://{filename}")
    return finished(ui.TextDisplay(text), file)


def parked_view(parked: ParkedResults, offers: Sequence[Offer] = ()) -> ui.LayoutView:
    """Return the notice of what could not be brought to its owner; `offers` are the doubtful ones to run again."""
    lines = [f"- `/show {picture.code}` ({escape(picture.recipe.model)})" for picture in parked.pictures]
    texts = []
    if lines:
        texts.append(
            "These finished earlier, but I could not post them then:\n" + clip_lines(lines, MOST_TEXT // 2)
        )
    if parked.without_pictures:
        texts.append(
            f"{parked.without_pictures} of your earlier requests ended without a picture; nothing came of it."
        )
    texts += [f"⚠️ {failure_sentence(failure)}" for failure in parked.in_doubt]
    return text_view("\n".join(texts), rows=[offer_row(0, offers)] if offers else [])


def picture_option(number: int, picture: PictureResult) -> SelectOption:
    """Return one picture as a choice of a select."""
    is_face = picture.recipe.kind is RecipeKind.PORTRAIT
    words = (
        ", ".join(drawn.value for drawn in picture.recipe.features[:6]) if is_face else picture.recipe.prompt
    )
    return SelectOption(
        label=f"{number}: {picture.code}", value=str(picture.job_id), description=plain(words, 100) or None
    )
