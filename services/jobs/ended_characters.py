"""Deleted characters: what is left of them goes once no running job uses them, and the files that only they had."""

from db.characters import character_ends
from db.engine import Connection
from services.context import Context
from services.jobs import removing
from services.jobs.removing import Begun


def _end(conn: Connection) -> tuple[int, list[Begun]]:
    count, digests = character_ends.end_deleted(conn)
    return count, removing.begin(conn, digests)


async def end_deleted_characters(context: Context) -> int:
    """Delete what is left of deleted characters that no running job uses any more; return how many those were."""
    count, unneeded = await context.database.write(_end)
    await removing.finish_each(context, unneeded)
    return count
