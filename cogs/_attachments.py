"""The files of a result message: fetched from the store, fitted to the upload limit, stamped with their recipe."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Final

import discord

from cogs._picture_words import MOST_ALT_TEXT, is_sketch, picture_alt_text
from cogs._present import Attachment, is_story
from cogs._text import clip
from services.asks import DEFAULT_UPLOAD_LIMIT_BYTES
from services.context import Context
from services.errors import StorageError
from services.images.fit import fit_for_upload
from services.images.formats import sniff
from services.images.metadata import STAMP_ROOM_BYTES, stamp
from services.images.sheets import contact_sheet, labelled_sheet, side_by_side
from services.images.xmp import MadeBy
from services.jobs.courier import FailedResult, PictureResult
from services.jobs.mending import FAULTS, picture_bytes
from services.languages import ENGLISH, say
from services.thumbnails import thumbnails_of

MOST_REQUEST_BYTES: Final = 24 * 1024 * 1024
"""For all files of one message. Source: Discord refuses requests over 25 MiB; the rest is for the layout."""

_SMALLEST_LIMIT_BYTES: Final = STAMP_ROOM_BYTES + 64 * 1024


async def picture_files(
    context: Context, pictures: Sequence[PictureResult], limit_bytes: int, language: str = ENGLISH
) -> tuple[Attachment, ...]:
    """Return one file a picture, none larger than `limit_bytes`, together within one request.

    Raises StorageError when a picture is missing, damaged or cannot be made small enough.
    """
    limit_bytes = max(min(limit_bytes, MOST_REQUEST_BYTES // max(1, len(pictures))), _SMALLEST_LIMIT_BYTES)
    return tuple(
        await asyncio.gather(
            *(_picture_file(context, picture, limit_bytes, language) for picture in pictures)
        )
    )


async def sheet_file(
    context: Context, pictures: Sequence[PictureResult], limit_bytes: int, language: str = ENGLISH
) -> Attachment:
    """Return the pictures of a pair side by side, each over its code. Raises StorageError as `picture_files`."""
    stored = await asyncio.gather(*(picture_bytes(context, picture.digest) for picture in pictures))
    limit_bytes = max(min(limit_bytes, MOST_REQUEST_BYTES), _SMALLEST_LIMIT_BYTES)
    return await context.pixels.run(_sheet_file, pictures, stored, limit_bytes, language)


async def thumbnails_file(
    context: Context, pictures: Sequence[PictureResult], labels: Sequence[str], limit_bytes: int
) -> Attachment | None:
    """Return small pictures in one sheet with a label each; one whose file is lost is left out. None without any.

    Raises StorageError where the store does not answer.
    """
    stored = await asyncio.gather(*(_found_bytes(context, picture) for picture in pictures))
    found = [(data, label) for data, label in zip(stored, labels, strict=True) if data is not None]
    if not found:
        return None
    sheet = await context.pixels.run(labelled_sheet, [each[0] for each in found], [each[1] for each in found])
    fitted = await context.pixels.run(fit_for_upload, sheet, max(limit_bytes, _SMALLEST_LIMIT_BYTES))
    return Attachment(f"limner-{len(found)}.{sniff(fitted)}", ", ".join(labels), fitted)


async def _found_bytes(context: Context, picture: PictureResult) -> bytes | None:
    """Return the bytes of a picture, None where its file is lost for good."""
    try:
        return await picture_bytes(context, picture.digest)
    except StorageError as error:
        if error.code in FAULTS:
            return None
        raise


async def result_files(
    context: Context,
    pictures: Sequence[PictureResult],
    *,
    is_pair: bool,
    limit_bytes: int,
    language: str = ENGLISH,
) -> tuple[Attachment, ...]:
    """Return the files of a result: the sheet of a whole pair or of a story, otherwise one file a picture."""
    if is_pair and len(pictures) == 2:
        return (await sheet_file(context, pictures, limit_bytes, language),)
    if is_story(pictures):
        return (await _story_file(context, pictures, limit_bytes, language),)
    return await picture_files(context, pictures, limit_bytes, language)


async def _story_file(
    context: Context, pictures: Sequence[PictureResult], limit_bytes: int, language: str
) -> Attachment:
    """Return the pictures of a story on one sheet, each over its number and code."""
    stored = await asyncio.gather(*(picture_bytes(context, picture.digest) for picture in pictures))
    limit_bytes = max(min(limit_bytes, MOST_REQUEST_BYTES), _SMALLEST_LIMIT_BYTES)
    sheet = await context.pixels.run(_stamped_sheet, pictures, stored, limit_bytes)
    each_long = MOST_ALT_TEXT // len(pictures) - 5
    alts = (clip(picture_alt_text(each.recipe, language), each_long) for each in pictures)
    texts = (f"{number}: {alt}" for number, alt in enumerate(alts, 1))
    return Attachment(f"limner-{pictures[0].code}-story.{sniff(sheet)}", " ".join(texts), sheet)


def _stamped_sheet(pictures: Sequence[PictureResult], stored: Sequence[bytes], limit_bytes: int) -> bytes:
    """Return the bytes of a story's sheet. Works on pixels: for a thread."""
    fitted = fit_for_upload(
        contact_sheet(stored, list(map(_sheet_label, pictures))), limit_bytes - STAMP_ROOM_BYTES
    )
    codes = "-".join(picture.code for picture in pictures)
    return stamp(fitted, recipe=None, code=codes, made_by=_made_by(pictures))


def _sheet_label(picture: PictureResult) -> str:
    """Return what stands below a picture of a story: "4: 7k2m9xq4"."""
    tag = picture.character
    return picture.code if tag is None or tag.number is None else f"{tag.number}: {picture.code}"


async def found_files(
    context: Context,
    pictures: Sequence[PictureResult],
    *,
    is_pair: bool,
    limit_bytes: int,
    language: str = ENGLISH,
) -> tuple[tuple[Attachment, ...], tuple[FailedResult, ...]]:
    """Return what `result_files` does, and the pictures whose file is lost for good: the others are shown without them.

    Raises StorageError where the store does not answer, or a picture cannot be made small enough.
    """
    try:
        files = await result_files(
            context, pictures, is_pair=is_pair, limit_bytes=limit_bytes, language=language
        )
    except StorageError as error:
        if error.code not in FAULTS:
            raise
    else:
        return files, ()
    lost = [(each, code) for each in pictures if (code := await _loss_of(context, each)) is not None]
    left = [each for each in pictures if each not in [picture for picture, _ in lost]]
    files = await picture_files(context, left, limit_bytes, language) if left else ()
    return files, tuple(_as_failure(picture, code) for picture, code in lost)


async def _loss_of(context: Context, picture: PictureResult) -> str | None:
    """Return the code of what is wrong with a picture's file, None where it is whole."""
    try:
        await picture_bytes(context, picture.digest)
    except StorageError as error:
        if error.code in FAULTS:
            return error.code
        raise
    return None


def _as_failure(picture: PictureResult, code: str) -> FailedResult:
    return FailedResult(
        job_id=picture.job_id,
        code=code,
        state="stored",
        fields={},
        reference="",
        price_micro_usd=picture.price_micro_usd,
        model=picture.recipe.model,
        payer=picture.payer,
    )


async def thumbnail_files(
    context: Context, pictures: Sequence[PictureResult], language: str = ENGLISH
) -> tuple[Attachment | None, ...]:
    """Return a small file a picture, stamped with its code; None where a picture is missing or damaged.

    Raises StorageError where the store does not answer.
    """
    small = await thumbnails_of(context, [picture.digest for picture in pictures])
    pairs = zip(pictures, small, strict=True)
    return tuple(_thumbnail_file(picture, data, language) for picture, data in pairs)


def _thumbnail_file(picture: PictureResult, small: bytes | None, language: str) -> Attachment | None:
    if small is None:
        return None
    stamped = stamp(small, recipe=None, code=picture.code, made_by=_made_by([picture]))
    alt = picture_alt_text(picture.recipe, language)
    return Attachment(f"limner-{picture.code}-small.webp", alt, stamped)


def discord_files(attachments: Sequence[Attachment]) -> list[discord.File]:
    """Return new file objects for one send; discord.py closes them."""
    return [
        discord.File(BytesIO(attachment.data), attachment.filename, description=attachment.alt)
        for attachment in attachments
    ]


def upload_limit(asked_bytes: int, *, is_direct: bool = False) -> int:
    """Return the size that one file may have; a server's larger limit does not hold in direct messages."""
    return min(asked_bytes, DEFAULT_UPLOAD_LIMIT_BYTES) if is_direct else asked_bytes


async def _picture_file(
    context: Context, picture: PictureResult, limit_bytes: int, language: str
) -> Attachment:
    """Return one picture's file, which may have been made already."""
    if picture.ready is not None and picture.ready.fits(picture, _made_by([picture]), limit_bytes):
        stamped = await asyncio.shield(picture.ready.stamping)
    else:
        data = await picture_bytes(context, picture.digest)
        stamped = await context.pixels.run(_stamped, picture, data, limit_bytes)
    alt = picture_alt_text(picture.recipe, language)
    return Attachment(f"limner-{picture.code}.{sniff(stamped)}", alt, stamped)


def _stamped(picture: PictureResult, data: bytes, limit_bytes: int) -> bytes:
    """Return the bytes of one picture's file. Works on pixels when it is too large: for a thread."""
    fitted = fit_for_upload(data, limit_bytes - STAMP_ROOM_BYTES)
    return stamp(fitted, recipe=picture.recipe, code=picture.code, made_by=_made_by([picture]))


def _made_by(pictures: Sequence[PictureResult]) -> MadeBy:
    return "sketch" if all(is_sketch(picture.recipe) for picture in pictures) else "ai"


def _sheet_file(
    pictures: Sequence[PictureResult], stored: Sequence[bytes], limit_bytes: int, language: str
) -> Attachment:
    """Return the sheet's file. Works on pixels: for a thread."""
    painted = side_by_side(stored, [picture.code for picture in pictures])
    fitted = fit_for_upload(painted, limit_bytes - STAMP_ROOM_BYTES)
    left, right = (clip(picture_alt_text(picture.recipe, language), 480) for picture in pictures)
    alt = say(language, "pictures.alt_pair", left=left, right=right)
    name = "-".join(picture.code for picture in pictures)
    sheet = stamp(fitted, recipe=None, code=name, made_by=_made_by(pictures))
    return Attachment(f"limner-{name}.{sniff(sheet)}", alt, sheet)
