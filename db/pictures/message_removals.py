"""The table `message_removals`: deleted pictures whose messages have still to go, and when they are tried next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import jobs, message_removals, requests
from db.tables.types import database_now_ms, insert_for

FIRST_MS: Final = 60_000
"""Until somebody else takes care of them, longer than whoever deletes a picture needs; doubled with each try."""
MOST_TRIES: Final = 10
"""By whoever comes later: the last one is made after half a day."""
_LONGEST_MS: Final = FIRST_MS * 2**MOST_TRIES

_C: Final = message_removals.c


@dataclass(frozen=True, slots=True)
class Due:
    """A picture whose messages are to be taken care of now. `is_last`: after this there is no other try."""

    job_id: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """A deleted picture that a message may still show: in the place of a rung, where it was asked for in a channel.

    `guild_id` is None where that channel is in no server.
    """

    job_id: int
    place: str
    channel_id: int
    guild_id: int | None


def note(conn: Connection, job_id: int) -> None:
    """Note that the messages of a picture have to go; whoever calls takes care of them within FIRST_MS."""
    statement = insert_for(conn.dialect.name, message_removals).on_conflict_do_nothing()
    conn.execute(statement.values(job_id=job_id, tries=0, due_at_ms=database_now_ms() + FIRST_MS))


def renew(conn: Connection, job_ids: Iterable[int]) -> None:
    """Note anew that the messages of these have to go, whatever was known of them: one was found."""
    for job_id in job_ids:
        end(conn, job_id)
        note(conn, job_id)


def end(conn: Connection, job_id: int) -> None:
    """Note that no message shows a picture any more, or that nobody can do anything about those that do."""
    conn.execute(sa.delete(message_removals).where(_C.job_id == job_id))


def give_back(conn: Connection, job_id: int) -> None:
    """Let a try that asked nothing of Discord not count; the next one is made in FIRST_MS."""
    statement = sa.update(message_removals).where(_C.job_id == job_id, _C.tries > 0)
    conn.execute(statement.values(tries=_C.tries - 1, due_at_ms=database_now_ms() + FIRST_MS))


def hurry(conn: Connection) -> None:
    """Let all be due that were tried once at most: whoever had them in hand is known to be dead."""
    conn.execute(sa.update(message_removals).where(_C.tries <= 1).values(due_at_ms=database_now_ms()))


def end_unseen(conn: Connection, job_id: int) -> None:
    """Note that the message was found that nobody could look for, or that its owner was told of it."""
    conn.execute(sa.delete(message_removals).where(_C.job_id == job_id, _C.unseen_in.is_not(None)))


def leave_to_owner(conn: Connection, job_id: int, place: str) -> None:
    """Note that a message may stand where nobody can look, in the place of a rung: its owner is told of it."""
    conn.execute(sa.update(message_removals).where(_C.job_id == job_id).values(unseen_in=place))


def left_to_owner(conn: Connection, user_id: int, limit: int) -> list[Unseen]:
    """Return what a person is to be told of, the first deleted first; `end_unseen` once they were."""
    statement = (
        sa.select(_C.job_id, _C.unseen_in, requests.c.channel_id, requests.c.guild_id)
        .join(jobs, jobs.c.id == _C.job_id)
        .join(requests, requests.c.id == jobs.c.request_id)
        .where(_C.unseen_in.is_not(None), jobs.c.user_id == user_id)
        .order_by(_C.job_id)
        .limit(limit)
    )
    return [Unseen(*row) for row in conn.execute(statement)]


def is_any_due(conn: Connection) -> bool:
    """Return whether there is something to take."""
    return bool(conn.execute(sa.select(sa.exists().where(_is_due()))).scalar())


def take(conn: Connection, limit: int) -> Sequence[Due]:
    """Take what is due, the longest due first; nobody else does until it is due again, twice as long as before."""
    now = database_now_ms()
    first = sa.select(_C.job_id).where(_is_due()).order_by(_C.due_at_ms, _C.job_id).limit(limit)
    statement = (
        sa.update(message_removals)
        .where(_C.job_id.in_(first), _is_due())
        .values(tries=_C.tries + 1, due_at_ms=now + sa.literal_column(str(FIRST_MS)) * _doubled())
        .returning(_C.job_id, _C.tries)
    )
    return [Due(job_id, tries >= MOST_TRIES) for job_id, tries in conn.execute(statement)]


def _doubled() -> sa.ColumnElement[int]:
    # Shifting to the left is the one power of two that both databases have.
    return sa.literal(2, sa.BigInteger).op("<<", return_type=sa.BigInteger())(_C.tries)


def _is_due() -> sa.ColumnElement[bool]:
    # What lies further ahead than any try was noted before the clock was put back.
    now = database_now_ms()
    is_time = (_C.due_at_ms <= now) | (_C.due_at_ms > now + 2 * _LONGEST_MS)
    return is_time & _C.unseen_in.is_(None)
