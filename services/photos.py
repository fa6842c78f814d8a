"""`/photos`: the photos of faces that somebody has brought, and their end on request."""

from dataclasses import dataclass

from db.engine import Connection
from db.pictures import photos
from services import uploads
from services.context import Context
from services.errors import NotFoundError
from services.jobs import removing
from services.jobs.removing import Begun
from services.uploads import BroughtPicture, UploadKind


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many photos were forgotten. `are_files_gone` False: the store is away, and their files go a little later."""

    count: int
    are_files_gone: bool = True


async def list_photos(context: Context, user_id: int) -> tuple[BroughtPicture, ...]:
    """Return the photos of faces that somebody has brought and that are kept, newest first."""
    brought = await uploads.list_uploads(context, user_id)
    return tuple(each for each in brought if each.upload.kind is UploadKind.FACE)


async def forget_photo(context: Context, user_id: int, photo_id: int) -> Forgotten:
    """Forget one photo. Raises NotFoundError("no_such_photo") for anything that is none of theirs, StorageError."""
    unneeded = await context.database.write(_delete_one, user_id, photo_id)
    if unneeded is None:
        raise NotFoundError("no_such_photo", f"photo {photo_id}", field="photo")
    return await _finished(context, 1, unneeded)


def _delete_one(conn: Connection, user_id: int, photo_id: int) -> list[Begun] | None:
    digest = photos.delete(conn, user_id, photo_id)
    return None if digest is None else removing.begin(conn, [digest])


async def forget_all_photos(context: Context, user_id: int) -> Forgotten:
    """Forget every photo of a face that somebody has brought, also those whose time is over. Raises StorageError."""
    count, unneeded = await context.database.write(_delete_all, user_id)
    return await _finished(context, count, unneeded)


def _delete_all(conn: Connection, user_id: int) -> tuple[int, list[Begun]]:
    digests = photos.delete_all(conn, user_id)
    return len(digests), removing.begin(conn, digests)


async def _finished(context: Context, count: int, unneeded: list[Begun]) -> Forgotten:
    """Remove the files of photos whose rows are gone, and with them the only keys; later where that fails now."""
    return Forgotten(count, are_files_gone=await removing.finish_while_it_goes(context, unneeded))
