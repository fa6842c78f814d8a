"""`/uploads`: the pictures that somebody has brought, no photos of faces; what needs them, and their end on request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from db.engine import Connection
from db.pictures import upload_uses, uploads
from db.pictures.upload_uses import CharacterUse, OpenLook, RecipeUse
from db.pictures.uploads import UploadRow
from services.character_pictures import take_out_of_all
from services.context import Context
from services.crash_points import crash_point
from services.errors import NotFoundError, UserError
from services.jobs import removing
from services.jobs.removing import Begun
from services.models import UploadKind
from services.reference_bytes import is_kept
from services.uploads import BroughtPicture, brought_picture

PAGE: Final = 15
"""So many stand in one list, on a sheet of three rows."""


@dataclass(frozen=True, slots=True)
class OwnUpload:
    """A picture that somebody has brought, and what needs it.

    `recipes` are those of theirs that look at it, newest first; `open_jobs` how many pictures in line or in the works
    do: theirs, and other people's of a character of theirs. `is_drafted`: a request of theirs that could not be painted
    waits with it.
    """

    brought: BroughtPicture
    characters: tuple[CharacterUse, ...] = ()
    recipes: tuple[RecipeUse, ...] = ()
    open_jobs: int = 0
    is_drafted: bool = False

    @property
    def number(self) -> int:
        """Return by what its owner names it."""
        return self.brought.upload.id

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the characters that have it, each once."""
        return tuple(dict.fromkeys(use.name for use in self.characters))

    @property
    def is_needed(self) -> bool:
        """Return whether anything needs it; else it goes by itself (`jobs/left_uploads.py`)."""
        return bool(self.characters or self.recipes or self.open_jobs or self.is_drafted)


@dataclass(frozen=True, slots=True)
class UploadPage:
    """A page of somebody's list, counted from 1, and how many pictures of how many bytes there are in all."""

    items: tuple[OwnUpload, ...]
    page: int
    pages: int
    total: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ForgottenUploads:
    """How many pictures were forgotten, and what that means for others.

    `taken_from` are the names of characters that had some of them. `open_jobs` pictures that were not finished looked
    at one and have it from nobody else: those that were not sent yet are not made any more. `kept_by` are the names of
    characters because of which `kept` more pictures stay. `are_files_gone` False: the store is away, and the files go
    a little later.
    """

    count: int
    taken_from: tuple[str, ...] = ()
    open_jobs: int = 0
    kept: int = 0
    kept_by: tuple[str, ...] = ()
    are_files_gone: bool = True


def _rows(conn: Connection, user_id: int) -> list[UploadRow]:
    """Return what somebody has brought that is no photo of a face, newest first."""
    return [row for row in uploads.list_of_user(conn, user_id) if row.place.kind is UploadKind.PICTURE]


def _with_uses(conn: Connection, user_id: int, rows: Sequence[UploadRow]) -> tuple[OwnUpload, ...]:
    digests = [row.place.digest for row in rows]
    used = upload_uses.characters_of(conn, [row.id for row in rows])
    named = upload_uses.recipes_of(conn, user_id, digests)
    drafted = upload_uses.drafted(conn, user_id, digests)
    looks = upload_uses.open_looks(conn, user_id, digests)
    return tuple(
        OwnUpload(
            brought_picture(row),
            tuple(used.get(row.id, ())),
            tuple(named.get(row.place.digest, ())),
            sum(row.place.digest in look.digests for look in looks),
            row.place.digest in drafted,
        )
        for row in rows
    )


def _read_page(conn: Connection, user_id: int, page: int) -> UploadPage:
    rows = _rows(conn, user_id)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    total_bytes = sum(row.size_bytes for row in rows)
    return UploadPage(_with_uses(conn, user_id, shown), page, pages, len(rows), total_bytes)


async def list_own_uploads(context: Context, user_id: int, page: int = 1) -> UploadPage:
    """Return a page of the pictures that somebody has brought, newest first; the last one for a page that is none."""
    return await context.database.read(_read_page, user_id, page)


async def suggest_uploads(context: Context, user_id: int) -> tuple[BroughtPicture, ...]:
    """Return all pictures that somebody has brought, newest first, without what needs them."""
    rows = await context.database.read(_rows, user_id)
    return tuple(map(brought_picture, rows))


def _read_one(conn: Connection, user_id: int, upload_id: int) -> OwnUpload:
    (found,) = _with_uses(conn, user_id, [_own_row(conn, user_id, upload_id)])
    return found


def _own_row(conn: Connection, user_id: int, upload_id: int) -> UploadRow:
    row = next((row for row in _rows(conn, user_id) if row.id == upload_id), None)
    if row is None:
        raise NotFoundError("no_such_upload", f"upload {upload_id}", field="upload")
    return row


async def view_upload(context: Context, user_id: int, upload_id: int) -> OwnUpload:
    """Return one of somebody's pictures. Raises NotFoundError("no_such_upload") for anything that is none of theirs."""
    return await context.database.read(_read_one, user_id, upload_id)


async def forget_upload(
    context: Context, user_id: int, upload_id: int, *, also_from_characters: bool
) -> ForgottenUploads:
    """Forget one picture that somebody has brought, and take it from their characters where they said so.

    Raises NotFoundError("no_such_upload"), UserError("upload_of_character") with their `names` where characters have it
    and nobody said so: nothing is deleted then. StorageError.
    """
    return await _forgotten(context, user_id, upload_id=upload_id, also_from_characters=also_from_characters)


async def forget_all_uploads(
    context: Context, user_id: int, *, also_from_characters: bool
) -> ForgottenUploads:
    """Forget every picture that somebody has brought; those of characters only where they said so. StorageError."""
    return await _forgotten(context, user_id, upload_id=None, also_from_characters=also_from_characters)


async def _forgotten(
    context: Context, user_id: int, *, upload_id: int | None, also_from_characters: bool
) -> ForgottenUploads:
    forgotten, unneeded = await context.database.write(
        _forget, user_id, upload_id=upload_id, also_from_characters=also_from_characters
    )
    crash_point("forget.row_gone")
    return replace(forgotten, are_files_gone=await removing.finish_while_it_goes(context, unneeded))


def _forget(
    conn: Connection, user_id: int, *, upload_id: int | None, also_from_characters: bool
) -> tuple[ForgottenUploads, list[Begun]]:
    rows = _rows(conn, user_id) if upload_id is None else [_own_row(conn, user_id, upload_id)]
    used = upload_uses.characters_of(conn, [row.id for row in rows])
    if used and upload_id is not None and not also_from_characters:
        raise UserError("upload_of_character", field="also_from_characters", names=", ".join(_names(used)))
    going = [row for row in rows if also_from_characters or row.id not in used]
    looks = upload_uses.open_looks(conn, user_id, [row.place.digest for row in going])
    take_out_of_all(conn, used if also_from_characters else {})
    digests = [uploads.delete(conn, user_id, row.id) for row in going]
    forgotten = ForgottenUploads(
        count=len(going),
        taken_from=_names(used) if also_from_characters else (),
        open_jobs=sum(_lacks_one(conn, look) for look in looks),
        kept=len(rows) - len(going),
        kept_by=() if also_from_characters else _names(used),
    )
    return forgotten, removing.begin(conn, [each for each in digests if each is not None])


def _lacks_one(conn: Connection, look: OpenLook) -> bool:
    """Return whether a picture under way looks at one that it has from nobody any more."""
    return not all(is_kept(conn, each, look.user_id, look.lender) for each in look.digests)


def _names(used: Mapping[int, Sequence[CharacterUse]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(use.name for uses in used.values() for use in uses))
