"""Messages that show a deleted picture: taken care of until none does, also where the process that deleted it died."""

import logging
from typing import Final

from db.engine import Connection
from db.jobs import deliveries, job_queries, requests
from db.pictures import images, message_removals
from db.pictures.message_removals import Due
from services.context import Context
from services.crash_points import crash_point
from services.errors import LimnerError
from services.jobs.courier import Courier, MessagePlace, Rung
from services.jobs.searching import NOTHING, Certainty, Found, search, searches_of
from services.logs import about
from services.models import Origin

log = logging.getLogger(__name__)

TICK_S: Final = 5.0
AT_ONCE: Final = 10
"""Pictures that one look takes; Discord lets a bot delete about one message a second."""


def places_of(conn: Connection, job_id: int) -> tuple[MessagePlace, ...]:
    """Return the messages that show, or showed, a job's picture, each with the others that it shows besides."""
    found = deliveries.messages_of_job(conn, job_id)
    if not found:
        return ()
    siblings = job_queries.job_ids_of_request(conn, found[0].request_id)
    others = tuple(
        each for each in siblings if each != job_id and images.digest_of_job(conn, each) is not None
    )
    return tuple(
        MessagePlace(row.channel_id, row.message_id, () if row.job_id is not None else others)
        for row in found
    )


def note(conn: Connection, job_id: int) -> tuple[MessagePlace, ...]:
    """Note in the transaction that deletes a picture that its messages have to go, and return those that are known."""
    places, searches = places_of(conn, job_id), searches_of(conn, job_id)
    if places or (searches is not None and searches.is_needed):
        message_removals.note(conn, job_id)
    return places


def _read(conn: Connection, job_id: int) -> tuple[Origin, tuple[MessagePlace, ...]] | None:
    owner = job_queries.owner_of_job(conn, job_id)
    request = None if owner is None else requests.read_request(conn, owner[1])
    return None if request is None else (request.origin, places_of(conn, job_id))


async def _try(context: Context, courier: Courier, due: Due) -> tuple[bool | None, Found]:
    """Take one picture out of its messages: whether that is done (None: not to be tried now), and what was found."""
    known = await context.database.read(_read, due.job_id)
    if known is None:
        return True, NOTHING
    found = await search(context, courier, due.job_id)
    if found.certainty is Certainty.HELD_BACK:
        return None, found
    places = (*known[1], *found.places)
    if not places:
        return True, found
    crash_point("clear.found")
    try:
        return await courier.clear(known[0], places), found
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
        await write(
            message_removals.leave_to_owner, due.job_id, found.unseen.place if found.unseen else Rung.CHANNEL
        )
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
