"""Small messages beside the results: help, "which one?", more, delete, the recipe. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from discord import ButtonStyle, SelectOption, ui

from cogs._errors import failure_sentence
from cogs._ids import Verb, job_item_id, pick_id
from cogs._layout import MOST_TEXT, button, finished, row, select_row, text_view
from cogs._more_rows import again_rows, step_notes
from cogs._offers import offer_row
from cogs._picture_words import made_by_line, seeds_line
from cogs._text import clip_lines, code, escape, plain
from cogs._unseen_words import unseen_text
from services.jobs.courier import PictureResult
from services.languages import ENGLISH, say
from services.models import RecipeKind, Visibility
from services.next_steps import NO_STEPS, NextSteps
from services.offers import Offer
from services.parked import ParkedResults

_QUESTIONS: Final[Mapping[Verb, str]] = MappingProxyType(
    {
        Verb.SAME: "pages.which_same",
        Verb.NEW: "pages.which_new",
        Verb.EDIT: "pages.which_edit",
        Verb.PAIR: "pages.which_pair",
        Verb.MORE: "pages.which_more",
        Verb.CONFIRM_DELETE: "pages.which_delete",
    }
)


def help_view(language: str = ENGLISH) -> ui.LayoutView:
    """Return the answer to `/help`."""
    return text_view(say(language, "help.text"))


def which_view(
    verb: Verb, pictures: Sequence[PictureResult], visibility: Visibility, language: str = ENGLISH
) -> ui.LayoutView:
    """Return the question which of several pictures `verb` is meant for."""
    select = _picture_select(verb, pictures, visibility, language)
    return text_view(say(language, _QUESTIONS.get(verb, "pages.which")), rows=[select])


def more_view(
    picture: PictureResult, *, is_owner: bool, steps: NextSteps = NO_STEPS, language: str = ENGLISH
) -> ui.LayoutView:
    """Return what else can be done with a picture; deleting is for its owner."""
    lines = [*_facts(picture, language, is_owner=is_owner), *step_notes(steps, language)]
    buttons = [
        button(say(language, name), job_item_id(verb, picture.job_id), emoji=emoji)
        for verb, name, emoji in _MORE
    ]
    if is_owner:
        buttons.append(_delete_button(Verb.DELETE, picture, language))
    return text_view("\n".join(lines), rows=[row(*buttons), *again_rows(picture, steps, language)])


def _facts(picture: PictureResult, language: str, *, is_owner: bool) -> Iterator[str]:
    """Yield what is told of a picture under "More"; the provider's own id of it is for its owner."""
    recipe = picture.recipe
    yield f"### {code(picture.code)}"
    yield say(language, "pictures.words", prompt=escape(recipe.prompt, 1200))
    yield f"{seeds_line(recipe, language)} · **{escape(recipe.model)}**"
    if recipe.parent:
        yield say(language, "pages.made_from", code=code(recipe.parent))
    yield f"-# {made_by_line(recipe, picture.payer, language)}"
    if picture.provider_task and is_owner:
        task, provider = code(picture.provider_task), escape(recipe.provider)
        yield f"-# {say(language, 'pages.task', task=task, provider=provider)}"


_MORE: Final = (
    (Verb.RECIPE, "pages.recipe_button", "✉️"),
    (Verb.KNOBS, "pages.knobs_button", "🎛️"),
    (Verb.SAVE, "characters.form_save", "❤️"),
    (Verb.REFER, "characters.form_refer", "📌"),
)
"""What anybody may do with a picture that they may see."""


def delete_view(pictures: Sequence[PictureResult], language: str = ENGLISH) -> ui.LayoutView:
    """Return the question whether to delete: one picture by a button, one of several by a select."""
    keep = button(say(language, "pages.keep_button"), job_item_id(Verb.KEEP, pictures[0].job_id))
    if len(pictures) > 1:
        select = _picture_select(Verb.CONFIRM_DELETE, pictures, Visibility.PRIVATE, language)
        return text_view(say(language, _QUESTIONS[Verb.CONFIRM_DELETE]), rows=[select, row(keep)])
    [picture] = pictures
    yes = _delete_button(Verb.CONFIRM_DELETE, picture, language)
    return text_view(say(language, "pages.delete_question", code=code(picture.code)), rows=[row(yes, keep)])


def _delete_button(verb: Verb, picture: PictureResult, language: str) -> ui.Button[Any]:
    custom_id = job_item_id(verb, picture.job_id)
    return button(say(language, "pages.delete_button"), custom_id, emoji="🗑️", style=ButtonStyle.danger)


def recipe_view(picture: PictureResult, filename: str, language: str = ENGLISH) -> ui.LayoutView:
    """Return the message that carries the recipe's file."""
    text = say(language, "pages.recipe", code=code(picture.code), found_by=picture.code)
    file: ui.File[ui.LayoutView] = ui.File(f"attachment://{filename}")
    return finished(ui.TextDisplay(text), file)


def parked_view(
    parked: ParkedResults, offers: Sequence[Offer] = (), language: str = ENGLISH
) -> ui.LayoutView:
    """Return the notice of what could not be brought to its owner; `offers` are the doubtful ones to run again."""
    lines = [
        say(language, "pages.parked_line", code=picture.code, model=escape(picture.recipe.model))
        for picture in parked.pictures
    ]
    texts = []
    if lines:
        texts += [say(language, "pages.parked"), clip_lines(lines, MOST_TEXT // 2, language)]
    if parked.without_pictures:
        texts.append(say(language, "pages.parked_without", count=parked.without_pictures))
    texts += [f"⚠️ {failure_sentence(failure, language)}" for failure in parked.in_doubt]
    texts += dict.fromkeys(f"⚠️ {unseen_text(unseen, language)}" for unseen in parked.unseen)
    return text_view("\n".join(texts), rows=[offer_row(0, offers, language)] if offers else [])


def _picture_select(
    verb: Verb, pictures: Sequence[PictureResult], visibility: Visibility, language: str
) -> ui.ActionRow[Any]:
    options = [picture_option(number, picture) for number, picture in enumerate(pictures, 1)]
    return select_row(pick_id(verb, visibility), say(language, "pages.choose"), options)


def picture_option(number: int, picture: PictureResult) -> SelectOption:
    """Return one picture as a choice of a select."""
    is_face = picture.recipe.kind is RecipeKind.PORTRAIT
    words = (
        ", ".join(drawn.value for drawn in picture.recipe.features[:6]) if is_face else picture.recipe.prompt
    )
    return SelectOption(
        label=f"{number}: {picture.code}", value=str(picture.job_id), description=plain(words, 100) or None
    )
