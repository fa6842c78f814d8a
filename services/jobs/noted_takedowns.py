"""Pictures that were taken down: what is left of them goes, where the process died before it had deleted all."""

import logging
from typing import Final

from db.engine import Connection
from db.pictures import takedowns
from services.context import Context
from services.jobs import clearing, removing
from services.jobs.deleting import delete_rows
from services.jobs.removing import Begun

log = logging.getLogger(__name__)

AT_ONCE: Final = 50
"""Results that one look deletes; the rest waits for the next."""


def _end(conn: Connection) -> tuple[list[int], list[Begun]]:
    left = takedowns.jobs_left(conn, AT_ONCE)
    for job_id in left:
        clearing.note(conn, job_id)
    return left, [begun for job_id in left for begun in delete_rows(conn, job_id)]


async def end_noted_takedowns(context: Context) -> int:
    """Delete results that were there when they were taken down, and are still; return how many."""
    left, unneeded = await context.database.write(_end)
    if left:
        log.warning("deleted %d results that had been taken down before the bot was stopped", len(left))
    await removing.finish_each(context, unneeded)
    return len(left)
