"""Look for messages that may show a deleted picture although no row knows of them.

Discord's answer to a post may be lost, and the process may die before it is written down. Such a message is found by
the buttons under it, or nobody can say whether there is one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from db.engine import Connection
from db.jobs import deliveries, delivery_doubts, job_queries, late_pictures, requests
from db.jobs.delivery_doubts import DoubtRow
from db.jobs.requests import RequestRow
from db.pictures import images
from db.pictures.message_removals import Unseen
from services.context import Context
from services.jobs.courier import Courier, MessagePlace, Rung, Sending, Sent
from services.jobs.ladder import Look, place_of
from services.models import Origin, Visibility

ARRIVES_WITHIN_S: Final = 60.0
"""What Discord may still post of a request whose answer was lost. What is not there after that will not come."""
LONGEST_TRY_S: Final = 240.0
"""From the row of a try to the last answer that it waits for: two looks and three sizes, each up to 45 s."""


class Certainty(StrEnum):
    """What is known after a look."""

    SURE = "sure"
    """Every message that shows the picture is known."""
    LATER = "later"
    """One may come yet, or Discord did not answer: look again."""
    HELD_BACK = "held_back"
    """Nothing may be asked of Discord now."""
    UNSEEN = "unseen"
    """There may be one where nobody can look, now or later."""


@dataclass(frozen=True, slots=True)
class Search:
    """A place to look in, for a message with a button of one of `job_ids`.

    `left` is what such a message shows without the picture. `is_fresh`: what is not there may come yet. `is_open`: the
    result is still to be brought.
    """

    look: Look
    job_ids: frozenset[int]
    left: tuple[int, ...]
    is_fresh: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Searches:
    """The messages that rows know of, and all that has to be looked through for others, as of one moment.

    `is_in_hand`: a worker is about to post the picture, perhaps.
    """

    origin: Origin
    known: tuple[MessagePlace, ...] = ()
    each: tuple[Search, ...] = ()
    is_in_hand: bool = False

    @property
    def is_needed(self) -> bool:
        """Return whether a message may show the picture."""
        return self.is_in_hand or bool(self.known) or bool(self.each)


@dataclass(frozen=True, slots=True)
class Found:
    """The messages that are known or were found, and how sure it is that there is no other.

    `unseen` is the place of which that is not sure, `origin` None where there is no such job.
    """

    places: tuple[MessagePlace, ...]
    certainty: Certainty
    unseen: Unseen | None = None
    origin: Origin | None = None


NOTHING: Final = Found((), Certainty.SURE)


def _is_private(request: RequestRow, place: Rung) -> bool:
    """Tell whether nobody but its owner sees such a message: it is out of a bot's reach, and they can dismiss it."""
    return place is Rung.CHANNEL and request.visibility is Visibility.PRIVATE


def _forgotten(conn: Connection, job_id: int) -> Iterator[DoubtRow]:
    since_ms = delivery_doubts.forgotten_since_ms(conn, job_id)
    if since_ms is not None:
        for rung in (Rung.CHANNEL, Rung.DIRECT):
            yield DoubtRow(None, rung, since_ms, math.inf, is_open=False, ended_by=None)


def _is_resolved(doubt: DoubtRow) -> bool:
    """Tell whether what the delivery ended with was looked for, or repeated, in the same place."""
    return doubt.ended_by is not None and place_of(doubt.ended_by) is place_of(doubt.rung)


def _places_of(conn: Connection, job_id: int, left: tuple[int, ...]) -> tuple[MessagePlace, ...]:
    """Return the messages of which rows know, each with the others that it shows besides."""
    return tuple(
        MessagePlace(row.channel_id, row.message_id, () if row.job_id is not None else left)
        for row in deliveries.messages_of_job(conn, job_id)
    )


def searches_of(conn: Connection, job_id: int) -> Searches | None:
    """Return the messages with a job's picture, and where others may stand; None where there is no such job."""
    owner = job_queries.owner_of_job(conn, job_id)
    request = None if owner is None else requests.read_request(conn, owner[1])
    if request is None:
        return None
    late = late_pictures.late_jobs(conn, request.id)
    # A late picture has a message of its own, and stands in no other.
    together = {job_id} if job_id in late else {*job_queries.job_ids_of_request(conn, request.id)} - late
    left = tuple(each for each in sorted(together - {job_id}) if images.digest_of_job(conn, each) is not None)
    doubts = [*delivery_doubts.doubts_of_job(conn, job_id), *_forgotten(conn, job_id)]
    each = (
        Search(
            look=Look(place_of(doubt.rung), doubt.since_ms),
            job_ids=frozenset(together if doubt.job_id is None else {doubt.job_id}),
            left=left if doubt.job_id is None else (),
            is_fresh=doubt.age_s < LONGEST_TRY_S + ARRIVES_WITHIN_S,
            is_open=doubt.is_open,
        )
        for doubt in doubts
        if not _is_resolved(doubt) and not _is_private(request, place_of(doubt.rung))
    )
    known = _places_of(conn, job_id, left)
    return Searches(request.origin, known, tuple(each), delivery_doubts.is_in_hand(conn, job_id))


def _certainty(search: Search, sent: Sent | None) -> Certainty:
    """Return what one look says of the messages in its place."""
    if sent is None:
        return Certainty.LATER if search.is_fresh else Certainty.SURE
    match sent.sending:
        case Sending.SENT:
            return Certainty.SURE
        case Sending.LATER:
            return Certainty.HELD_BACK
        case Sending.UNCERTAIN:
            return Certainty.LATER
        case _:
            # As long as the answer to the command can be changed, the result's own way takes it away.
            return Certainty.LATER if search.is_open else Certainty.UNSEEN


_WEIGHT: Final = (Certainty.HELD_BACK, Certainty.LATER, Certainty.UNSEEN, Certainty.SURE)
"""Of several, the first of these is said: what may still be seen is waited for before anybody is told."""


def _of_all(said: Iterable[Certainty]) -> Certainty:
    return min(said, key=_WEIGHT.index, default=Certainty.SURE)


async def search(context: Context, courier: Courier, job_id: int) -> Found:
    """Return the messages of a deleted picture: those that are known, and those that no row knows of, looked for.

    Both as of one moment: what a worker is about to post in between is in its hand, or is known.
    """
    searches = await context.database.read(searches_of, job_id)
    if searches is None:
        return NOTHING
    places, said = [*searches.known], [Certainty.LATER] if searches.is_in_hand else []
    unsure = list[tuple[Certainty, Rung]]()
    for each in searches.each:
        look = each.look
        sent = await courier.find_delivered(look.place, searches.origin, each.job_ids, look.since_ms)
        said.append(_certainty(each, sent))
        if sent is not None and sent.channel_id is not None and sent.message_id is not None:
            places.append(MessagePlace(sent.channel_id, sent.message_id, each.left))
        elif said[-1] is not Certainty.SURE:
            unsure.append((said[-1], look.place))
    # Where nobody can look comes before what could only not be seen yet.
    place = min(unsure, key=lambda each: each[0] is not Certainty.UNSEEN, default=(None, None))[1]
    origin = searches.origin
    unseen = None if place is None else Unseen(job_id, place, origin.channel_id, origin.guild_id)
    return Found(tuple(places), _of_all(said), unseen, origin)
