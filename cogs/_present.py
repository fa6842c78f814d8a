"""Results as layouts: pictures, facts, what did not come, and one row of buttons. Pure: values in, a new view out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from discord import ButtonStyle, MediaGalleryItem, ui

from cogs._after import after_lines
from cogs._errors import failure_sentence
from cogs._ids import Verb, job_item_id
from cogs._layout import ACCENT, MOST_TEXT, button, finished, row
from cogs._offers import offer_row
from cogs._picture_words import MOST_ALT_TEXT, differences_text, made_by_line, picture_line
from cogs._text import clip_lines, code, dollars, escape
from services.jobs.courier import FailedResult, PictureResult
from services.languages import ENGLISH, say
from services.models import (
    CAME_AS,
    LEFT_OUT,
    Dropped,
    Parameters,
    RecipeKind,
    RequestKind,
    Visibility,
)
from services.offers import Offer
from services.providers.fitting import names_of
from services.recipes import compare_recipes
from services.sayings import said

_LONGEST_PROMPT: Final = 400
_FACTS_LENGTH: Final = 1400
_LONGEST_REASON: Final = 160
_FAILURES_LENGTH: Final = 800
_DROPPED_LINES: Final = MappingProxyType({LEFT_OUT: "dropped.line_left_out", CAME_AS: "dropped.line_size"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message, with the text that screen readers say for it."""

    filename: str
    alt: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a result message shows. `recipient_id` names the person where the message answers no command."""

    pictures: tuple[PictureResult, ...]
    failures: tuple[FailedResult, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    is_pair: bool = False
    recipient_id: int | None = None
    offers: tuple[Offer, ...] = ()
    """What could paint instead what the first of `failures` did not."""
    language: str = ENGLISH
    """That of whoever asked, whose message it is."""


def result_view(shown: Shown, attachments: Sequence[Attachment]) -> ui.LayoutView:
    """Return the message of a finished request; `attachments` are the pictures, or the sheet of a pair."""
    texts = [_heading(shown), *_sections(shown)]
    if not shown.pictures:
        return finished(ui.TextDisplay(_fitted(texts, shown.language)), *_failure_rows(shown))
    # Without any file (lost from the store) the buttons still stand: one of them paints the picture again.
    gallery: list[ui.MediaGallery[Any]] = (
        [ui.MediaGallery(*map(_gallery_item, attachments))] if attachments else []
    )
    container: ui.Container[Any] = ui.Container(
        ui.TextDisplay(texts[0]),
        *gallery,
        ui.TextDisplay(_fitted(texts[1:], shown.language)),
        _buttons(shown.pictures, shown.language),
        accent_colour=ACCENT,
    )
    return finished(container, *_failure_rows(shown))


def is_story(pictures: Sequence[PictureResult]) -> bool:
    """Tell whether these are scenes of one story, which are shown on one sheet."""
    return len(pictures) > 1 and all(each.request_kind == RequestKind.STORY for each in pictures)


def _heading(shown: Shown) -> str:
    """Return the first line: what it is, for whom, and whether others see it."""
    language = shown.language
    title = _title(shown)
    if shown.recipient_id is not None:
        title = say(language, "pictures.for_person", title=title, person=f"<@{shown.recipient_id}>")
    is_private = shown.visibility is Visibility.PRIVATE
    return f"### {title}" + (f"\n-# 🔒 {say(language, 'answers.only_you')}" if is_private else "")


def _title(shown: Shown) -> str:
    """Return what the pictures are called."""
    count, language = len(shown.pictures), shown.language
    if not count:
        return say(language, "pictures.nothing")
    if shown.is_pair and count == 2:
        return say(language, "pictures.pair")
    if is_story(shown.pictures):
        return say(language, "characters.story", count=count)
    are_portraits = all(picture.recipe.kind is RecipeKind.PORTRAIT for picture in shown.pictures)
    return say(language, "pictures.portraits" if are_portraits else "pictures.pictures", count=count)


def _sections(shown: Shown) -> list[str]:
    """Return the texts under the pictures."""
    pictures, language = shown.pictures, shown.language
    texts = [clip_lines(_facts(shown), _FACTS_LENGTH, language)] if pictures else []
    if shown.is_pair and len(pictures) == 2:
        differences = compare_recipes(pictures[0].recipe, pictures[1].recipe)
        texts.append(f"**{say(language, 'compare.differs')}**\n{differences_text(differences, language)}")
    if shown.failures:
        lines = [_failure_lines(failure, language) for failure in shown.failures]
        texts.append(clip_lines(lines, _FAILURES_LENGTH, language))
    return texts


def _facts(shown: Shown) -> list[str]:
    """Return the lines of facts: shared ones once, then a line a picture."""
    pictures, language = shown.pictures, shown.language
    first = pictures[0].recipe
    # The scenes of a story have no prompt in common.
    has_no_words = first.kind is RecipeKind.PORTRAIT or is_story(pictures)
    words = say(language, "pictures.words", prompt=escape(first.prompt, _LONGEST_PROMPT))
    lines = [] if has_no_words else [words]
    aspect = f" · {escape(first.aspect)}" if first.aspect else ""
    lines.append(f"**{escape(first.model)}**{aspect}")
    is_one = len(pictures) == 1
    lines += [
        picture_line(picture, "" if is_one else f"**{n}** ", language)
        for n, picture in enumerate(pictures, 1)
    ]
    lines += [f"-# {step}" for step in after_lines(pictures, language)]
    dropped = dict.fromkeys(drop for picture in pictures for drop in picture.recipe.dropped)
    lines.append(f"-# {made_by_line(first, pictures[0].payer, language)}")
    lines += _photo_lines(shown)
    return lines + [_dropped_line(drop, first.parameters, language) for drop in dropped]


def _photo_lines(shown: Shown) -> list[str]:
    """Return what is said of the photo that pictures resemble: its owner alone reads until when it is kept."""
    until_ms = [each.photo_until_ms for each in shown.pictures if each.photo_until_ms is not None]
    if not until_ms:
        return []
    if shown.visibility is Visibility.PUBLIC:
        return [f"-# {say(shown.language, 'headshots.resembles')}"]
    # Discord writes the day as the reader's own language and clock have it.
    return [f"-# {say(shown.language, 'headshots.kept', until=f'<t:{min(until_ms) // 1000}:D>')}"]


def _dropped_line(dropped: Dropped, sent: Parameters, language: str) -> str:
    reason = escape(said(language, dropped.reason), _LONGEST_REASON)
    line = _DROPPED_LINES.get(dropped.name)
    if line is None:
        # A value out of range is sent as the nearest one; a name that nothing is sent for was left out.
        is_sent = any(name in sent for name in names_of(dropped.name.lower()))
        line = "dropped.line_changed" if is_sent else "dropped.line_not_used"
    return f"-# {say(language, line, name=code(dropped.name), reason=reason)}"


def _failure_lines(failure: FailedResult, language: str) -> str:
    """Return why one picture did not come, and the reference of the log's whole story where it has one."""
    sentence = f"⚠️ {failure_sentence(failure, language)}"
    if not failure.reference:
        return sentence
    return f"{sentence}\n-# {say(language, 'error_kinds.reference', reference=code(failure.reference))}"


def _failure_rows(shown: Shown) -> list[ui.ActionRow[Any]]:
    """Return the buttons for what did not come: other models with their prices, and the vendor's own words."""
    if not shown.failures:
        return []
    first, language = shown.failures[0], shown.language
    rows = [offer_row(first.job_id, shown.offers, language)] if shown.offers else []
    if first.has_details:
        label = say(language, "pictures.button_details")
        rows.append(row(button(label, job_item_id(Verb.DETAILS, first.job_id))))
    return rows


def _gallery_item(attachment: Attachment) -> MediaGalleryItem:
    return MediaGalleryItem(f"attachment://{attachment.filename}", description=attachment.alt[:MOST_ALT_TEXT])


def _buttons(pictures: Sequence[PictureResult], language: str) -> ui.ActionRow[Any]:
    """Return the row of buttons; under several pictures a press asks which one."""
    is_one_of_several = len(pictures) > 1
    is_face = any(picture.recipe.kind is RecipeKind.PORTRAIT for picture in pictures)

    price = pictures[0].price_micro_usd

    def verb_button(verb: Verb, emoji: str | None) -> ui.Button[Any]:
        custom_id = job_item_id(verb, pictures[0].job_id, is_one_of_several=is_one_of_several)
        is_again = verb is Verb.NEW and not is_repeatable
        label = say(language, "pictures.button_again" if is_again else f"pictures.button_{verb}")
        label = f"{label} · {dollars(price, language)}" if price and verb in _PAINTS_ONE else label
        style = ButtonStyle.primary if verb is Verb.NEW else ButtonStyle.secondary
        return button(label, custom_id, emoji=emoji, style=style)

    # Without a seed there is no same picture to be had again.
    is_repeatable = any(picture.recipe.image_seed is not None for picture in pictures)
    hidden = {*([] if is_face else [Verb.PAIR]), *([] if is_repeatable else [Verb.SAME])}
    return row(*(verb_button(verb, emoji) for verb, emoji in BUTTONS if verb not in hidden))


_PAINTS_ONE: Final = frozenset({Verb.SAME, Verb.NEW})
"""What these cost is known before the press: one picture more, at the catalogue's price."""

BUTTONS: Final = ((Verb.SAME, "🔁"), (Verb.NEW, "🎲"), (Verb.EDIT, "✏️"), (Verb.PAIR, "👥"), (Verb.MORE, None))
"""The verbs under every picture, each with its emoji."""


def _fitted(texts: Sequence[str], language: str) -> str:
    """Return the texts as one, whole ones only, within what a message may hold beside its heading."""
    return clip_lines("\n".join(texts).split("\n"), MOST_TEXT - 200, language)
