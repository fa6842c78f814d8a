"""Pictures that exist: found by code, by job or by message, by whoever may see them, and deleted by their owner."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from db.engine import Connection
from db.jobs import deliveries, job_queries, jobs, recipes, requests
from db.pictures import images, message_removals
from services.asks import Viewer
from services.codes import parse_code
from services.context import Context
from services.crash_points import crash_point
from services.errors import NotAllowedError, NotFoundError, StorageError
from services.jobs import clearing, removing, results
from services.jobs.courier import MessagePlace, PictureResult
from services.jobs.deleting import delete_rows
from services.models import JobState, Recipe, Visibility
from services.recipes import recipe_from_json

log = logging.getLogger(__name__)

SUGGESTIONS = 25


@dataclass(frozen=True, slots=True)
class DeletedPicture:
    """What was deleted, and the messages that showed it. `is_file_gone` False: its file goes a little later.

    `code` is "" where it had been deleted before.
    """

    code: str
    places: tuple[MessagePlace, ...]
    is_file_gone: bool = True


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture with who owns it and how visible it is."""

    picture: PictureResult
    owner_id: int
    guild_id: int | None
    visibility: Visibility


def is_open_to(viewer: Viewer, owner_id: int, guild_id: int | None, visibility: Visibility) -> bool:
    """Return whether somebody may see a picture: its owner always, others what was posted openly in their server."""
    if viewer.user_id == owner_id:
        return True
    is_open = visibility is Visibility.PUBLIC and guild_id is not None
    return is_open and guild_id == viewer.guild_id


def may_see(viewer: Viewer, seen: SeenPicture) -> bool:
    """Return whether somebody may see a picture, as `is_open_to` says."""
    return is_open_to(viewer, seen.owner_id, seen.guild_id, seen.visibility)


def _read_pictures(conn: Connection, job_ids: Sequence[int]) -> list[SeenPicture]:
    rows = job_queries.picture_rows(conn, list(job_ids))
    return [
        SeenPicture(
            results.picture_result(row), row["user_id"], row["guild_id"], Visibility(row["visibility"])
        )
        for row in rows
        if results.has_picture(row)
    ]


def _read_by_code(conn: Connection, code: str) -> list[SeenPicture]:
    found = recipes.find_recipe(conn, code)
    return [] if found is None else _read_pictures(conn, [found.job_id])


def _read_own_recipe(conn: Connection, user_id: int, job_id: int) -> Recipe | None:
    job = jobs.read_job(conn, job_id)
    return (
        None
        if job is None or job.user_id != user_id or not job.recipe_body
        else recipe_from_json(job.recipe_body)
    )


def _read_own_visibility(conn: Connection, user_id: int, job_id: int) -> Visibility | None:
    owner = job_queries.owner_of_job(conn, job_id)
    request = requests.read_request(conn, owner[1]) if owner is not None and owner[0] == user_id else None
    return None if request is None else request.visibility


def _read_by_digest(conn: Connection, digests: Sequence[str]) -> list[SeenPicture]:
    return _read_pictures(conn, images.jobs_of_digests(conn, digests))


def _read_siblings(conn: Connection, job_id: int) -> list[SeenPicture]:
    owner = job_queries.owner_of_job(conn, job_id)
    return [] if owner is None else _read_pictures(conn, job_queries.job_ids_of_request(conn, owner[1]))


def _read_message(conn: Connection, message_id: int) -> list[SeenPicture]:
    job_ids = list[int]()
    for found in deliveries.find_message(conn, message_id):
        job_ids += (
            job_queries.job_ids_of_request(conn, found.request_id) if found.job_id is None else [found.job_id]
        )
    return _read_pictures(conn, job_ids) if job_ids else []


def _visible(viewer: Viewer, found: Sequence[SeenPicture]) -> tuple[PictureResult, ...]:
    return tuple(_as_seen(viewer, seen) for seen in found if may_see(viewer, seen))


def _as_seen(viewer: Viewer, seen: SeenPicture) -> PictureResult:
    """Return a picture; until when its owner's photo is kept is nobody else's business."""
    is_told = viewer.user_id == seen.owner_id or seen.picture.photo_until_ms is None
    return seen.picture if is_told else replace(seen.picture, photo_until_ms=None)


def _only(found: Sequence[PictureResult]) -> PictureResult:
    if not found:
        raise NotFoundError("no_such_picture", field="code")
    return found[0]


async def find_picture(context: Context, viewer: Viewer, text: str) -> PictureResult:
    """Return the picture of a code. Raises UserError("bad_code"), NotFoundError also for what may not be seen."""
    return _only(_visible(viewer, await context.database.read(_read_by_code, parse_code(text))))


async def find_by_digest(
    context: Context, viewer: Viewer, digests: Sequence[str]
) -> tuple[dict[str, PictureResult], frozenset[str]]:
    """Return the stored pictures that the viewer may see, by digest, and the digests of those that exist at all."""
    found = await context.database.read(_read_by_digest, digests)
    seen = {picture.digest: picture for picture in _visible(viewer, found)}
    return seen, frozenset(each.picture.digest for each in found)


async def recipe_of_own_job(context: Context, user_id: int, job_id: int) -> Recipe:
    """Return the recipe of a person's own job, also of one that failed. Raises NotFoundError("no_such_job")."""
    recipe = await context.database.read(_read_own_recipe, user_id, job_id)
    if recipe is None:
        raise NotFoundError("no_such_job", f"job {job_id}")
    return recipe


async def visibility_of_own_job(context: Context, user_id: int, job_id: int) -> Visibility:
    """Return who was to see the result of a person's own job. Raises NotFoundError("no_such_job")."""
    visibility = await context.database.read(_read_own_visibility, user_id, job_id)
    if visibility is None:
        raise NotFoundError("no_such_job", f"job {job_id}")
    return visibility


async def find_picture_of_job(context: Context, viewer: Viewer, job_id: int) -> PictureResult:
    """Return the picture of a job. Raises NotFoundError where there is none that the viewer may see."""
    return _only(_visible(viewer, await context.database.read(_read_pictures, [job_id])))


async def find_those_left(
    context: Context, viewer: Viewer, job_ids: Sequence[int]
) -> tuple[PictureResult, ...]:
    """Return the pictures of these jobs that there still are, of those that the viewer may see."""
    return _visible(viewer, await context.database.read(_read_pictures, job_ids))


async def find_pictures_of_job(context: Context, viewer: Viewer, job_id: int) -> tuple[PictureResult, ...]:
    """Return all pictures of the request that a job belongs to. Raises NotFoundError where none may be seen."""
    found = _visible(viewer, await context.database.read(_read_siblings, job_id))
    _only(found)
    return found


async def see_pictures_of_message(
    context: Context, viewer: Viewer, message_id: int
) -> tuple[PictureResult, ...]:
    """Return the pictures of a message that the viewer may see: its link says nothing of who may."""
    return _visible(viewer, await context.database.read(_read_message, message_id))


async def find_pictures_of_message(context: Context, message_id: int) -> tuple[PictureResult, ...]:
    """Return the pictures that a message shows, () where it is not a result; whoever sees the message may."""
    return tuple(seen.picture for seen in await context.database.read(_read_message, message_id))


async def owner_of_job(context: Context, job_id: int) -> int:
    """Return whose job it is. Raises NotFoundError."""
    found = await context.database.read(job_queries.owner_of_job, job_id)
    if found is None:
        raise NotFoundError("no_such_picture", field="code")
    return found[0]


async def record_shown(context: Context, picture: PictureResult, channel_id: int, message_id: int) -> None:
    """Remember that a message shows a picture again, so that its buttons and reactions find it."""
    await record_sheet(context, [picture], channel_id, message_id)


async def record_sheet(
    context: Context, pictures: Sequence[PictureResult], channel_id: int, message_id: int
) -> None:
    """Remember that a message shows these pictures together: it goes when one of them is deleted."""
    job_ids = [picture.job_id for picture in pictures]
    await context.database.write(_record_shown, job_ids, channel_id, message_id)


def _record_shown(conn: Connection, job_ids: Sequence[int], channel_id: int, message_id: int) -> None:
    for job_id in job_ids:
        owner = job_queries.owner_of_job(conn, job_id)
        if owner is None:
            continue
        deliveries.insert_shown(conn, owner[1], job_id, channel_id, message_id)
        if images.digest_of_job(conn, job_id) is None:
            # Deleted while it was sent: whoever deleted it did not know of this message.
            message_removals.renew(conn, [job_id])


async def suggest_codes(context: Context, user_id: int, partial: str) -> list[tuple[str, str]]:
    """Return at most 25 (label, code) of a user's own pictures, newest first, whose code begins with `partial`."""
    prefix = "".join(character for character in partial.lower() if character.isalnum())[:8]
    found = await context.database.read(recipes.list_codes, user_id, prefix, SUGGESTIONS)
    return [(f"{code} · {recipe_from_json(body).prompt}"[:100], code) for code, body in found]


def _deleted_before(conn: Connection, user_id: int, job_id: int) -> DeletedPicture:
    """Return where a picture stood that its owner has deleted: the process may have died before the messages went.

    Raises NotFoundError for anybody else, and where there never was a picture.
    """
    job = jobs.read_job(conn, job_id)
    if job is None or job.user_id != user_id or job.state is not JobState.STORED:
        raise NotFoundError("no_such_picture", field="code")
    return DeletedPicture("", clearing.note(conn, job_id))


def _delete(conn: Connection, user_id: int, job_id: int) -> tuple[DeletedPicture, list[removing.Begun]]:
    found = _read_siblings(conn, job_id)
    mine = next((seen for seen in found if seen.picture.job_id == job_id), None)
    if mine is None:
        return _deleted_before(conn, user_id, job_id), []
    if mine.owner_id != user_id:
        raise NotAllowedError("not_yours")
    places = clearing.note(conn, job_id)
    return DeletedPicture(mine.picture.code, places), delete_rows(conn, job_id)


async def delete_picture(context: Context, user_id: int, job_id: int) -> DeletedPicture:
    """Delete a picture: its row, recipe and file; return the messages that show it.

    A caller that takes it out of them says so by `messages_are_gone`; where none does within a minute, because this
    process was killed or Discord did not answer, the job engine does. Its owner can delete it again, and gets the
    messages again.

    Where the store cannot remove the file now, nobody finds the picture any more all the same, and the file goes as
    soon as the store can. Raises NotFoundError, NotAllowedError("not_yours") for anybody but its owner.
    """
    deleted, removals = await context.database.write(_delete, user_id, job_id)
    crash_point("delete.row_gone")
    try:
        for begun in removals:
            await removing.finish(context, begun)
    except StorageError as error:
        log.warning("the file of a deleted picture is still there: %s", error, extra={"job": job_id})
        return replace(deleted, is_file_gone=False)
    return deleted


async def messages_are_gone(context: Context, job_id: int) -> None:
    """Note that no message shows a deleted picture any more."""
    await context.database.write(message_removals.end, job_id)
