"""Pictures of a character on one sheet, each over its number."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from discord import MediaGalleryItem, ui

from cogs._attachments import MOST_REQUEST_BYTES
from cogs._layout import finished
from cogs._picture_words import MOST_ALT_TEXT
from cogs._present import Attachment
from cogs._text import plain
from services.character_pictures import CharacterPicture, CharacterView, PictureState
from services.context import Context
from services.errors import StorageError
from services.images.fit import fit_for_upload
from services.images.sheets import contact_sheet
from services.jobs.mending import FAULTS, picture_bytes
from services.languages import say

MOST_ON_A_SHEET: Final = 16


async def character_sheet(
    context: Context, language: str, view: CharacterView, limit_bytes: int
) -> tuple[Attachment, ...]:
    """Return one file with the pictures that can be looked at: those that stand for it, then the newest ones.

    () where there are none. A picture whose file is lost is left out. Raises StorageError where the store is away.
    """
    chosen = _chosen(view)
    data = await asyncio.gather(*(_bytes_of(context, each) for each in chosen))
    found = [(each, content) for each, content in zip(chosen, data, strict=True) if content is not None]
    if not found:
        return ()
    labels = [str(picture.number) for picture, _ in found]
    sheet = await context.pixels.run(_sheet, [content for _, content in found], labels, limit_bytes)
    name = plain(view.character.name, 100)
    alt = "; ".join(say(language, "characters.shown_picture", number=each, name=name) for each in labels)
    return (Attachment(f"limner-{view.character.code}.jpg", alt, sheet),)


def with_sheet(
    text: str, files: Sequence[Attachment], rows: Sequence[ui.ActionRow[Any]] = ()
) -> ui.LayoutView:
    """Return a message of a text, a sheet where there is one, and buttons."""
    shown = [
        MediaGalleryItem(f"attachment://{each.filename}", description=each.alt[:MOST_ALT_TEXT])
        for each in files
    ]
    gallery: list[ui.Item[Any]] = [ui.MediaGallery(*shown)] if shown else []
    return finished(ui.TextDisplay(text), *gallery, *rows)


def _chosen(view: CharacterView) -> list[CharacterPicture]:
    here = [each for each in view.pictures if each.state is PictureState.HERE]
    first = [each for each in here if each.number in view.character.reference_numbers]
    rest = [each for each in reversed(here) if each not in first]
    return sorted([*first, *rest][:MOST_ON_A_SHEET], key=lambda each: each.number)


async def _bytes_of(context: Context, picture: CharacterPicture) -> bytes | None:
    try:
        return await picture_bytes(context, picture.digest)
    except StorageError as error:
        if error.code in FAULTS:
            return None
        raise


def _sheet(pictures: Sequence[bytes], labels: Sequence[str], limit_bytes: int) -> bytes:
    """Return the sheet's file. Works on pixels: for a thread."""
    return fit_for_upload(contact_sheet(pictures, labels), min(limit_bytes, MOST_REQUEST_BYTES))
