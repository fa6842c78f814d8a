"""Photos of faces whose time is over: the row goes first, and with it the only key of the file."""

import logging
from typing import Final

from db.engine import Connection
from db.pictures import uploads
from services.context import Context
from services.jobs import removing
from services.jobs.removing import Begun

log = logging.getLogger(__name__)

AT_ONCE: Final = 100


def _delete(conn: Connection) -> tuple[int, list[Begun]]:
    digests = uploads.delete_expired(conn, AT_ONCE)
    return len(digests), removing.begin(conn, digests)


async def forget_expired(context: Context) -> int:
    """Delete the photos that are past their 30 days; return how many.

    Raises StorageError where a file cannot be removed now: its row is gone all the same, and the file is removed later
    (`removing.finish_late_ones`).
    """
    forgotten, unneeded = 0, list[Begun]()
    while True:
        count, begun = await context.database.write(_delete)
        forgotten += count
        unneeded += begun
        if count < AT_ONCE:
            break
    if forgotten:
        log.info("forgot %d photos whose time was over", forgotten)
    for each in unneeded:
        await removing.finish(context, each)
    return forgotten
