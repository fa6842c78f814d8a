"""Messages that show a deleted picture and under which its owner presses: what is left of them.

No row may know of such a message. Which pictures it shows is read from it: by the codes that it names, and by which
command it answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from db.engine import Connection
from db.jobs import deliveries, job_queries, jobs, late_pictures, requests
from db.pictures import message_removals
from services.context import Context
from services.jobs import results
from services.models import JobState


@dataclass(frozen=True, slots=True)
class PressedMessage:
    """A message: the codes of the pictures that it names, and which interaction it answers, None where none."""

    id: int
    codes: frozenset[str]
    answers: str | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """What is left of a message, as jobs with pictures, and the deleted ones that it may have shown."""

    job_ids: tuple[int, ...]
    deleted: tuple[int, ...]


def _is_alone(conn: Connection, request: requests.RequestRow, job_id: int, message: PressedMessage) -> bool:
    """Tell whether a message is no result of a whole request: a late picture, or pictures that were shown again."""
    rows = deliveries.find_message(conn, message.id)
    if rows:
        return any(row.job_id is not None for row in rows)
    is_other = message.answers is not None and message.answers != request.origin.id
    return is_other or job_id in late_pictures.late_jobs(conn, request.id)


def _of_request(conn: Connection, request_id: int, message: PressedMessage, job_id: int) -> Leftover | None:
    late = late_pictures.late_jobs(conn, request_id)
    rows = [row for row in job_queries.picture_rows_of_request(conn, request_id) if row["job_id"] not in late]
    deleted = tuple(row["job_id"] for row in rows if results.was_deleted(row))
    left = {row["job_id"]: row["code"] for row in rows if results.has_picture(row)}
    # A message of several has the buttons of its first one, whichever was deleted.
    shows_deleted = bool(deleted) and not message.codes <= {*left.values()}
    return Leftover(tuple(left), deleted) if job_id in deleted or shows_deleted else None


def _left_of(conn: Connection, user_id: int, job_id: int, message: PressedMessage) -> Leftover | None:
    job = jobs.read_job(conn, job_id)
    request = None if job is None else requests.read_request(conn, job.request_id)
    if job is None or request is None or job.user_id != user_id or job.state is not JobState.STORED:
        return None
    if not _is_alone(conn, request, job_id, message):
        return _of_request(conn, request.id, message, job_id)
    [row] = job_queries.picture_rows(conn, [job_id])
    return Leftover((), (job_id,)) if results.was_deleted(row) else None


async def left_of_deleted(
    context: Context, user_id: int, job_id: int, message: PressedMessage
) -> Leftover | None:
    """Return what is left of a message with a button about a person's own job; None where it shows no deleted one."""
    return await context.database.read(_left_of, user_id, job_id, message)


def _end(conn: Connection, job_ids: Sequence[int]) -> None:
    for job_id in job_ids:
        message_removals.end_unseen(conn, job_id)


async def unseen_are_gone(context: Context, job_ids: Sequence[int]) -> None:
    """Note that the message of deleted pictures was found that nobody could look for."""
    await context.database.write(_end, job_ids)
