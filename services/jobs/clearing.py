"""Messages that show a deleted picture: taken care of until none does, also where the process that deleted it died."""

import logging
from typing import Final

from db.engine import Connection
from db.jobs import requests
from db.pictures import message_removals
from db.pictures.message_removals import Due
from services.context import Context
from services.crash_points import crash_point
from services.errors import LimnerError
from services.jobs.courier import Courier, MessagePlace, Rung
from services.jobs.searching import Certainty, Found, search, searches_of
from services.logs import about

log = logging.getLogger(__name__)

TICK_S: Final = 5.0
AT_ONCE: Final = 10
"""Pictures that one look takes; Discord lets a bot delete about one message a second."""


def note(conn: Connection, job_id: int) -> tuple[MessagePlace, ...]:
    """Note in the transaction that deletes a picture that its messages have to go, and return those that are known."""
    requests.lock_of_job(conn, job_id)
    searches = searches_of(conn, job_id)
    if searches is None:
        return ()
    if searches.is_needed:
        message_removals.note(conn, job_id)
    return searches.known


async def _try(context: Context, courier: Courier, due: Due) -> tuple[bool | None, Found]:
    """Take one picture out of its messages: whether that is done (None: not to be tried now), and what was found."""
    found = await search(context, courier, due.job_id)
    if found.certainty is Certainty.HELD_BACK:
        return None, found
    if found.origin is None or not found.places:
        return True, found
    crash_point("clear.found")
    try:
        return await courier.clear(found.origin, found.places), found
    except LimnerError as error:
        log.warning("the messages of a deleted picture are still there: %s", error)
        return False, found


async def _clear(context: Context, courier: Courier, due: Due) -> bool:
    """Take one picture out of its messages; return whether Discord may be asked for more now."""
    is_done, found = await _try(context, courier, due)
    write = context.database.write
    if is_done is None:
        await write(message_removals.give_back, due.job_id)
        return False
    if not is_done and due.is_last:
        log.warning("Discord lets nobody change the messages of a deleted picture; they stay as they are")
    has_ended = is_done and found.certainty is not Certainty.LATER
    if (has_ended or due.is_last) and found.certainty is not Certainty.SURE:
        log.warning("a message may show a deleted picture where nobody can look: its owner is told")
        place = found.unseen.place if found.unseen else Rung.CHANNEL
        await write(message_removals.leave_to_owner, due.job_id, place)
    elif has_ended or due.is_last:
        await write(message_removals.end, due.job_id)
    return True


async def clear_due(context: Context, courier: Courier) -> None:
    """Take deleted pictures out of their messages where nobody has done so in time."""
    if not await context.database.read(message_removals.is_any_due):
        return
    for _ in range(AT_ONCE):
        # One by one: each may take most of the time for which it is nobody else's.
        taken = await context.database.write(message_removals.take, 1)
        if not taken:
            return
        with about(job=taken[0].job_id):
            if not await _clear(context, courier, taken[0]):
                return


async def take_up(context: Context) -> None:
    """Let what an earlier process had in hand be due at once, where this one is known to be the only one."""
    if context.database.dialect == "sqlite":
        await context.database.write(message_removals.hurry)
