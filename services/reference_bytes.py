"""The bytes of a picture that a model is to look at: one that was made, one that was brought, or a sealed photo."""

import asyncio
from dataclasses import dataclass

from db.characters import character_pictures
from db.engine import Connection
from db.pictures import images, photos, uploads
from db.pictures.uploads import UploadRow
from services.context import Context
from services.errors import StorageError, UserError
from services.jobs.mending import picture_bytes
from services.sealed_pictures import open_picture


@dataclass(frozen=True, slots=True)
class _Holders:
    """Who keeps a picture: whether it was made, what its user has brought, whether a character lends it."""

    is_made: bool
    brought: UploadRow | None
    is_lent: bool


def _find(conn: Connection, digest: str, user_id: int, lender: str) -> _Holders:
    brought = uploads.find_own(conn, user_id, [digest])
    is_lent = bool(lender) and character_pictures.has_upload(conn, lender, digest)
    is_made = bool(images.jobs_of_digests(conn, [digest]))
    return _Holders(is_made, brought[0] if brought else None, is_lent)


def is_kept(conn: Connection, digest: str, user_id: int, lender: str = "") -> bool:
    """Return whether `reference_bytes` finds a picture: it was made, its user has brought it, or the lender has it."""
    holders = _find(conn, digest, user_id, lender)
    return holders.is_made or holders.is_lent or holders.brought is not None


async def reference_bytes(context: Context, digest: str, user_id: int, lender: str = "") -> bytes:
    """Return the bytes of the picture that a recipe of this user names.

    Whether they may look at it was decided when the recipe was accepted. Of somebody else's brought pictures only
    those of the recipe's character are read, whose code is `lender`; a sealed photo never is.

    Raises StorageError: "image_missing" also for a picture that was deleted or forgotten, and for a photo whose time
    is over; "image_damaged".
    """
    holders = await context.database.read(_find, digest, user_id, lender)
    if holders.brought is not None and holders.brought.key is not None and not holders.is_made:
        return await open_upload(context, holders.brought)
    if holders.brought is None and not holders.is_made and not holders.is_lent:
        raise StorageError("image_missing", f"nobody keeps {digest[:12]} any more")
    return await picture_bytes(context, digest)


async def open_upload(context: Context, row: UploadRow) -> bytes:
    """Return a brought picture's bytes, opened where they are sealed. Raises StorageError as `reference_bytes` does."""
    if row.key is None:
        return await picture_bytes(context, row.stored_digest)
    content = await context.store.get(row.stored_digest)
    try:
        return await asyncio.to_thread(open_picture, context.master_key, content, row.key, row.place)
    except StorageError as error:
        # No second look mends it: the file is another one, or was sealed with a key that is gone.
        raise StorageError("image_damaged", f"the photo {row.id} does not open: {error}") from error


async def gone(context: Context, digest: str, user_id: int, message: str = "") -> UserError:
    """Return why a picture that a recipe of somebody's looks at is not to be had any more.

    "photo_expired" for a photo of a face whose 30 days are over, where that can be known, else "reference_gone".
    """
    is_over = await context.database.read(photos.is_over, user_id, digest)
    return UserError("photo_expired" if is_over else "reference_gone", message, field="references")
