"""What a person is told of at their next command, because it could not be brought to them, or done for them, before."""

from dataclasses import dataclass, replace

from db.engine import Connection
from db.jobs import deliveries, job_queries, parked_doubts
from db.pictures import message_removals
from db.pictures.message_removals import Unseen
from services.context import Context
from services.jobs import results
from services.jobs.courier import FailedResult, PictureResult

PARKED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class ParkedResults:
    """What could not be brought to its owner: finished pictures, and how many results came to nothing."""

    pictures: tuple[PictureResult, ...]
    without_pictures: int
    delivery_ids: frozenset[int]
    in_doubt: tuple[FailedResult, ...] = ()
    """Those jobs of them of which nobody knows whether their orders were taken."""
    unseen: tuple[Unseen, ...] = ()
    """Deleted pictures that a message may still show."""


def _read_results(conn: Connection, user_id: int) -> ParkedResults:
    found = deliveries.find_parked(conn, user_id, PARKED_AT_ONCE)
    job_ids = [job_id for _, job_id in found if job_id is not None]
    pictured = {delivery_id for delivery_id, job_id in found if job_id is not None}
    delivery_ids = frozenset(delivery_id for delivery_id, _ in found)
    rows = job_queries.picture_rows(conn, job_ids)
    pictures = tuple(results.picture_result(row) for row in rows if results.has_picture(row))
    doubtful = parked_doubts.jobs_in_doubt(conn, delivery_ids)
    in_doubt = tuple(
        results.failed_result(row) for row in job_queries.picture_rows(conn, list(doubtful.values()))
    )
    without_pictures = len(delivery_ids - pictured - set(doubtful))
    return ParkedResults(pictures, without_pictures, delivery_ids, in_doubt)


def _read_parked(conn: Connection, user_id: int) -> ParkedResults | None:
    found = _read_results(conn, user_id)
    unseen = tuple(message_removals.left_to_owner(conn, user_id, PARKED_AT_ONCE))
    return replace(found, unseen=unseen) if found.delivery_ids or unseen else None


async def parked_results(context: Context, user_id: int) -> ParkedResults | None:
    """Return what a user was not told of yet, None where there is nothing; `mark_told` once they were."""
    return await context.database.read(_read_parked, user_id)


def _mark_told(conn: Connection, parked: ParkedResults) -> None:
    deliveries.mark_told(conn, parked.delivery_ids)
    for each in parked.unseen:
        # Not what was noted anew since it was read, because a message was found.
        message_removals.end_unseen(conn, each.job_id)


async def mark_told(context: Context, parked: ParkedResults) -> None:
    """Remember that the owner was told."""
    await context.database.write(_mark_told, parked)
