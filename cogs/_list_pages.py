"""A page of somebody's pictures: thumbnails, a line each, a select to open one, buttons to turn the page. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from discord import MediaGalleryItem, ui

from cogs._ids import Verb, pick_id
from cogs._layout import ACCENT, MOST_TEXT, button, finished, row, select_row, text_view
from cogs._list_ids import list_id
from cogs._pages import picture_option
from cogs._picture_words import MOST_ALT_TEXT, kind_word
from cogs._present import Attachment
from cogs._text import clip_lines, code, dollars, escape
from db.pictures.listings import Edge
from services.languages import say
from services.looking_up import Asked, Listed, Page
from services.models import Visibility

_LONGEST_ASKED: Final = 120


def list_view(
    page: Page, thumbnails: Sequence[Attachment | None], visibility: Visibility, language: str
) -> ui.LayoutView:
    """Return the message of a page; `thumbnails` has one a picture, None where its file cannot be read."""
    head = "\n".join(_head(page.asked, visibility, language))
    if not page.items:
        return text_view(f"{head}\n{_nothing(page.asked, visibility, language)}")
    pairs = list(zip(page.items, thumbnails, strict=True))
    lines = [_line(number, *pair, language) for number, pair in enumerate(pairs, 1)]
    files = [each for each in thumbnails if each is not None]
    gallery: list[ui.MediaGallery[Any]] = [ui.MediaGallery(*map(_item, files))] if files else []
    options = [picture_option(number, each.picture) for number, each in enumerate(page.items, 1)]
    container: ui.Container[Any] = ui.Container(
        ui.TextDisplay(head),
        *gallery,
        ui.TextDisplay(clip_lines(lines, MOST_TEXT // 2, language)),
        select_row(pick_id(Verb.SHOW, visibility), say(language, "lists.open"), options),
        accent_colour=ACCENT,
    )
    return finished(container, *_buttons(page, language))


def _head(asked: Asked, visibility: Visibility, language: str) -> Iterator[str]:
    yield say(language, "lists.title")
    parts = [
        say(language, f"lists.{name}", value=escape(_asked_word(name, value, language), _LONGEST_ASKED))
        for name in Asked.__dataclass_fields__
        if name != "character_code" and (value := getattr(asked, name)) not in {"", None}
    ]
    if parts:
        yield say(language, "lists.asked", parts=" · ".join(parts))
    yield say(language, "lists.only_you" if visibility is Visibility.PRIVATE else "lists.open_to_all")


def _asked_word(name: str, value: object, language: str) -> str:
    return kind_word(str(value), language) if name == "kind" else str(value)


def _nothing(asked: Asked, visibility: Visibility, language: str) -> str:
    if not asked.is_for_all:
        return say(language, "lists.nothing_found")
    return say(language, "lists.nothing_yet" if visibility is Visibility.PRIVATE else "lists.nothing_open")


def _line(number: int, listed: Listed, thumbnail: Attachment | None, language: str) -> str:
    picture = listed.picture
    cost = picture.price_micro_usd if picture.cost_micro_usd is None else picture.cost_micro_usd
    parts = [
        f"**{number}** {code(picture.code)}",
        # Discord shows it as a day of the reader's own calendar and time zone.
        f"<t:{listed.created_at_ms // 1000}:d>",
        escape(picture.recipe.model),
        dollars(cost, language),
        *([] if thumbnail is not None else [say(language, "lists.no_file")]),
    ]
    return " · ".join(parts)


def _item(thumbnail: Attachment) -> MediaGalleryItem:
    return MediaGalleryItem(f"attachment://{thumbnail.filename}", description=thumbnail.alt[:MOST_ALT_TEXT])


def _buttons(page: Page, language: str) -> list[ui.ActionRow[Any]]:
    """Return the row of buttons, as far as there is anything on either side."""
    newer, older = Edge(page.items[0].recipe_id, is_newer=True), Edge(page.items[-1].recipe_id)
    buttons = [
        button(say(language, f"lists.{name}"), list_id(page.listing, edge), emoji=emoji)
        for is_there, name, edge, emoji in (
            (page.has_newer, "newer", newer, "◀️"),
            (page.has_older, "older", older, "▶️"),
        )
        if is_there
    ]
    return [row(*buttons)] if buttons else []
