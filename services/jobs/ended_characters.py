"""Deleted characters: what is left of them goes once no running job uses them, and the files that only they had."""

import logging
from collections.abc import Sequence

from db import character_ends
from db.engine import Connection
from services.context import Context
from services.errors import StorageError
from services.jobs import removing
from services.jobs.removing import Begun

log = logging.getLogger(__name__)


def _end(conn: Connection) -> tuple[int, list[Begun]]:
    count, digests = character_ends.end_deleted(conn)
    return count, removing.begin(conn, digests)


async def end_deleted_characters(context: Context) -> int:
    """Delete what is left of deleted characters that no running job uses any more; return how many those were."""
    count, unneeded = await context.database.write(_end)
    await remove_files(context, unneeded)
    return count


async def remove_files(context: Context, unneeded: Sequence[Begun]) -> None:
    """Remove files that nobody needs; what cannot be removed now is removed later (`removing.finish_late_ones`)."""
    for begun in unneeded:
        try:
            await removing.finish(context, begun)
        except StorageError as error:
            log.warning("the file of a character's picture is still there: %s", error)
