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
from cogs._offers import PAYERS, offer_row
from cogs._text import clip_lines, code, dollars, escape, plain
from services.jobs.courier import CharacterTag, FailedResult, PictureResult
from services.languages import ENGLISH, say
from services.models import (
    CAME_AS,
    LEFT_OUT,
    Dropped,
    Parameters,
    Payer,
    Recipe,
    RecipeKind,
    RequestKind,
    Visibility,
)
from services.offers import Offer
from services.prompts import alt_text
from services.providers.fitting import names_of
from services.recipes import Difference, compare_recipes
from services.sayings import said

MOST_ALT_TEXT: Final = 1024
"""Source: Discord, Media Gallery Item, "description"."""

SKETCH_LINE: Final = "🖌️ Offline sketch - drawn by a program, not a photo"
_LONGEST_PROMPT: Final = 400
_FACTS_LENGTH: Final = 1400
_DIFFERENCES_LENGTH: Final = 1500
_LONGEST_REASON: Final = 160
_MOST_LISTED: Final = 6
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
    """In which the newer texts are said."""


def result_view(shown: Shown, attachments: Sequence[Attachment]) -> ui.LayoutView:
    """Return the message of a finished request; `attachments` are the pictures, or the sheet of a pair."""
    texts = [_heading(shown), *_sections(shown)]
    if not shown.pictures:
        return finished(ui.TextDisplay(_fitted(texts)), *_failure_rows(shown))
    # Without any file (lost from the store) the buttons still stand: one of them paints the picture again.
    gallery: list[ui.MediaGallery[Any]] = (
        [ui.MediaGallery(*map(_gallery_item, attachments))] if attachments else []
    )
    container: ui.Container[Any] = ui.Container(
        ui.TextDisplay(texts[0]),
        *gallery,
        ui.TextDisplay(_fitted(texts[1:])),
        _buttons(shown.pictures),
        accent_colour=ACCENT,
    )
    return finished(container, *_failure_rows(shown))


def is_story(pictures: Sequence[PictureResult]) -> bool:
    """Tell whether these are scenes of one story, which are shown on one sheet."""
    return len(pictures) > 1 and all(each.request_kind == RequestKind.STORY for each in pictures)


def picture_alt_text(recipe: Recipe) -> str:
    """Return what a screen reader says for a picture made by `recipe`, at most `MOST_ALT_TEXT` characters."""
    if recipe.kind is RecipeKind.PORTRAIT and recipe.features:
        return alt_text(recipe.features, kind="Portrait sketch" if is_sketch(recipe) else "Portrait")
    return plain(f"Picture made from the words: {recipe.prompt}", MOST_ALT_TEXT)


def is_sketch(recipe: Recipe) -> bool:
    """Tell whether the offline painter made this."""
    return recipe.provider == "sketch"


def made_by_line(recipe: Recipe, payer: Payer = Payer.NOBODY) -> str:
    """Return the line that says what made the picture and whose account paid; it stands under every one."""
    if is_sketch(recipe):
        return SKETCH_LINE
    paid = f", paid {PAYERS[payer]}" if PAYERS[payer] else ""
    return f"AI-generated image (model {escape(recipe.model)}{paid})"


def seeds_line(recipe: Recipe) -> str:
    """Return both seeds, as far as there are any."""
    image = "no seed on this model" if recipe.image_seed is None else f"image seed `{recipe.image_seed}`"
    return image if recipe.prompt_seed is None else f"{image} · prompt seed `{recipe.prompt_seed}`"


def differences_text(differences: Sequence[Difference]) -> str:
    """Return in what two pictures differ: a list of a few things, or one paragraph of many."""
    parts = [
        f"**{escape(name)}** {escape(left or 'none', 80)} → {escape(right or 'none', 80)}"
        for name, left, right in differences
    ]
    if len(parts) <= _MOST_LISTED:
        return clip_lines((f"- {part}" for part in parts or ["nothing"]), _DIFFERENCES_LENGTH)
    kept = clip_lines(parts, _DIFFERENCES_LENGTH).split("\n")
    last = kept.pop() if kept[-1].startswith("-# ") else ""
    return " · ".join(kept) + (f"\n{last}" if last else "")


def _heading(shown: Shown) -> str:
    """Return the first line: what it is, for whom, and whether others see it."""
    count = len(shown.pictures)
    title = "Nothing to show this time" if not count else _title(shown)
    person = "" if shown.recipient_id is None else f" for <@{shown.recipient_id}>"
    private = f"\n-# 🔒 {say(ENGLISH, 'answers.only_you')}" if shown.visibility is Visibility.PRIVATE else ""
    return f"### {title}{person}{private}"


def _title(shown: Shown) -> str:
    """Return what the pictures are called."""
    count = len(shown.pictures)
    if shown.is_pair and count == 2:
        return "A pair"
    if is_story(shown.pictures):
        return say(shown.language, "characters.story", count=count)
    noun = (
        "portrait"
        if all(picture.recipe.kind is RecipeKind.PORTRAIT for picture in shown.pictures)
        else "picture"
    )
    return f"A {noun}" if count == 1 else f"{count} {noun}s"


def _sections(shown: Shown) -> list[str]:
    """Return the texts under the pictures."""
    pictures = shown.pictures
    texts = [clip_lines(_facts(shown), _FACTS_LENGTH)] if pictures else []
    if shown.is_pair and len(pictures) == 2:
        differences = compare_recipes(pictures[0].recipe, pictures[1].recipe)
        texts.append("**What differs**\n" + differences_text(differences))
    if shown.failures:
        texts.append(clip_lines(map(_failure_lines, shown.failures), _FAILURES_LENGTH))
    return texts


def _facts(shown: Shown) -> list[str]:
    """Return the lines of facts: shared ones once, then a line a picture."""
    pictures, language = shown.pictures, shown.language
    first = pictures[0].recipe
    # The scenes of a story have no prompt in common.
    has_no_words = first.kind is RecipeKind.PORTRAIT or is_story(pictures)
    lines = [] if has_no_words else [f"“{escape(first.prompt, _LONGEST_PROMPT)}”"]
    aspect = f" · {escape(first.aspect)}" if first.aspect else ""
    lines.append(f"**{escape(first.model)}**{aspect}")
    is_one = len(pictures) == 1
    lines += [
        _picture_line(picture, "" if is_one else f"**{n}** ", language)
        for n, picture in enumerate(pictures, 1)
    ]
    lines += [f"-# {step}" for step in after_lines(pictures, language)]
    dropped = dict.fromkeys(drop for picture in pictures for drop in picture.recipe.dropped)
    lines.append(f"-# {made_by_line(first, pictures[0].payer)}")
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


def character_text(tag: CharacterTag, language: str) -> str:
    """Return of which character a picture is: "Mira, version 2, picture 4"."""
    name = "characters.tag" if tag.number is not None else "characters.tag_without_number"
    return say(language, name, name=escape(tag.name), version=tag.version, number=tag.number)


def _picture_line(picture: PictureResult, number: str, language: str) -> str:
    """Return one picture's code, its character, seeds and what it cost."""
    cost = picture.price_micro_usd if picture.cost_micro_usd is None else picture.cost_micro_usd
    # What somebody's own account was charged only its vendor knows; of the bot's, the price was given back.
    is_free = picture.is_given_back and picture.payer is Payer.OPERATOR and cost > 0
    price = f"{dollars(cost)}, not charged to you" if is_free else dollars(cost)
    tag = "" if picture.character is None else f" · {character_text(picture.character, language)}"
    return f"{number}{code(picture.code)}{tag} · {seeds_line(picture.recipe)} · {price}"


def _failure_lines(failure: FailedResult) -> str:
    """Return why one picture did not come, and the reference of the log's whole story where it has one."""
    reference = f"\n-# Reference {code(failure.reference)}" if failure.reference else ""
    return f"⚠️ {failure_sentence(failure)}{reference}"


def _failure_rows(shown: Shown) -> list[ui.ActionRow[Any]]:
    """Return the buttons for what did not come: other models with their prices, and the vendor's own words."""
    if not shown.failures:
        return []
    first = shown.failures[0]
    rows = [offer_row(first.job_id, shown.offers)] if shown.offers else []
    if first.has_details:
        rows.append(row(button("Details", job_item_id(Verb.DETAILS, first.job_id))))
    return rows


def _gallery_item(attachment: Attachment) -> MediaGalleryItem:
    return MediaGalleryItem(f"attachment://{attachment.filename}", description=attachment.alt[:MOST_ALT_TEXT])


def _buttons(pictures: Sequence[PictureResult]) -> ui.ActionRow[Any]:
    """Return the row of buttons; under several pictures a press asks which one."""
    is_one_of_several = len(pictures) > 1
    is_face = any(picture.recipe.kind is RecipeKind.PORTRAIT for picture in pictures)

    price = pictures[0].price_micro_usd

    def verb_button(verb: Verb, label: str, emoji: str | None) -> ui.Button[Any]:
        custom_id = job_item_id(verb, pictures[0].job_id, is_one_of_several=is_one_of_several)
        label = label if is_repeatable or verb is not Verb.NEW else "Again"
        label = f"{label} · {dollars(price)}" if price and verb in _PAINTS_ONE else label
        style = ButtonStyle.primary if verb is Verb.NEW else ButtonStyle.secondary
        return button(label, custom_id, emoji=emoji, style=style)

    # Without a seed there is no same picture to be had again.
    is_repeatable = any(picture.recipe.image_seed is not None for picture in pictures)
    hidden = {*([] if is_face else [Verb.PAIR]), *([] if is_repeatable else [Verb.SAME])}
    verbs = [item for item in _BUTTONS if item[0] not in hidden]
    return row(*(verb_button(*item) for item in verbs))


_PAINTS_ONE: Final = frozenset({Verb.SAME, Verb.NEW})
"""What these cost is known before the press: one picture more, at the catalogue's price."""

_BUTTONS: Final = (
    (Verb.SAME, "Same seed", "🔁"),
    (Verb.NEW, "New seed", "🎲"),
    (Verb.EDIT, "Edit", "✏️"),
    (Verb.PAIR, "Pair", "👥"),
    (Verb.MORE, "⋯ More", None),
)


def _fitted(texts: Sequence[str]) -> str:
    """Return the texts as one, whole ones only, within what a message may hold beside its heading."""
    return clip_lines("\n".join(texts).split("\n"), MOST_TEXT - 200)
