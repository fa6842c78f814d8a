"""A picture that somebody sees becomes a new character, or one more picture of a character of theirs.

A result of their own is taken over as it is. Of anybody else's, and of what lies in a message, a copy of their own is
kept, once they say that everybody in it agreed.
"""

from dataclasses import dataclass

from db.characters import character_pictures
from db.engine import Connection
from db.pictures import picture_copies
from db.pictures.uploads import Room
from services import history
from services.asker_pauses import check_asker
from services.asks import Brought, Viewer
from services.character_keeping import CharacterPlan, FirstPictures, check_new_name, insert_character
from services.character_pictures import AddedPicture, check_agreed
from services.characters import Character, as_seen, own_character, read_own
from services.context import Context
from services.errors import UserError
from services.jobs.courier import PictureResult
from services.unneeded_uploads import bring_all, forgotten_if_refused
from services.uploads import KnownUpload, known_of


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Where a picture is taken from: the job of a result, or what somebody brings."""

    job_id: int | None = None
    brought: Brought | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A picture as a character takes it: a result of its owner's, or what was kept of it for them."""

    result: PictureResult | None = None
    kept: tuple[KnownUpload, ...] = ()

    @property
    def first(self) -> FirstPictures:
        """Return it as what a new character begins with."""
        job_ids = () if self.result is None else (self.result.job_id,)
        return FirstPictures(job_ids, tuple(each.id for each in self.kept))


async def _taken(context: Context, viewer: Viewer, source: PictureSource, *, is_agreed: bool) -> _Taken:
    """Return a picture as a character takes it.

    Raises NotFoundError for a result that the viewer may not see, UserError("upload_not_agreed"), and as
    `uploads.bring` does.
    """
    check_asker(context.standing.pauses, viewer.user_id, viewer.guild_id)
    if source.job_id is None:
        brought = [] if source.brought is None else [source.brought]
        check_agreed(brought, is_agreed=is_agreed)
        return _Taken(kept=await bring_all(context, viewer.user_id, brought))
    picture = await history.find_picture_of_job(context, viewer, source.job_id)
    if await history.owner_of_job(context, picture.job_id) == viewer.user_id:
        return _Taken(picture)
    if not is_agreed:
        raise UserError("upload_not_agreed", field="agreed")
    caps = context.limits.caps
    room = Room(caps.user_uploads, caps.user_storage_bytes)
    copy = await context.database.write(
        picture_copies.keep_copy_of_result, viewer.user_id, picture.job_id, room
    )
    return _Taken(kept=(known_of(copy.row, is_new=copy.is_new),))


async def save_as_character(
    context: Context, viewer: Viewer, plan: CharacterPlan, source: PictureSource, *, is_agreed: bool
) -> Character:
    """Keep a new character with a picture as its picture 0. Raises as `_taken` and `create_character` do."""
    await check_new_name(context, viewer.user_id, plan.name)
    taken = await _taken(context, viewer, source, is_agreed=is_agreed)
    async with forgotten_if_refused(context, viewer.user_id, taken.kept):
        return as_seen(await insert_character(context, viewer.user_id, plan, taken.first), viewer)


def _add(conn: Connection, viewer: Viewer, code: str, taken: FirstPictures) -> tuple[Character, AddedPicture]:
    row = read_own(conn, viewer, code)
    for upload_id in taken.upload_ids:
        number = character_pictures.add_upload(conn, row.id, upload_id)
        return as_seen(row, viewer), AddedPicture("", number, is_new=number >= row.next_number)
    (job_id,) = taken.job_ids
    before = character_pictures.number_of_job(conn, row.id, job_id)
    number = character_pictures.add_result(conn, row.id, job_id) if before is None else before
    return as_seen(row, viewer), AddedPicture("", number, is_new=before is None)


async def use_as_reference(
    context: Context, viewer: Viewer, character_id: int, source: PictureSource, *, is_agreed: bool
) -> tuple[Character, AddedPicture]:
    """Give the viewer's own character of a row id a picture. Raises as `_taken` does, NotFoundError."""
    character = await own_character(context, viewer, character_id)
    taken = await _taken(context, viewer, source, is_agreed=is_agreed)
    async with forgotten_if_refused(context, viewer.user_id, taken.kept):
        return await context.database.write(_add, viewer, character.code, taken.first)
