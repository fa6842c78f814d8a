"""Fair turns: where a new job stands in the line of the account that pays for it.

Start-time fair queueing on two levels, written once, when the job is accepted, so that a claim is the first row of an
index. The line of an account is shared among servers alike: a server's jobs stand one step apart, beginning where the
line is now, `turn = max(virtual time, the server's last turn) + STEP`. Among the people of a server the same goes for
`user_turn`, with steps of STEP / weight. It decides who of them has which of the server's turns: a job that comes
before others of its server takes the turn of the first of these, and they move up by one step each. So a server never
has more turns than its share, and nobody in it more than theirs; who was idle starts where the line is now.

The virtual time of a line is the last turn that is in the works; where nothing is, the turn before the first one that
waits. Both are read from the jobs: there is no clock row that every accept and every claim would write.
Source: Goyal, Vin, Cheng: Start-time Fair Queuing, SIGCOMM 1996; the tags here are finish tags.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.tables.schema import jobs
from db.tables.types import is_word
from services.models import OPEN_STATES, JobState

STEP: Final = 2520
"""One job of weight 1: the least common multiple of 1..10, so that every weight's step is whole."""
LARGEST_WEIGHT: Final = 10


@dataclass(frozen=True, slots=True)
class Stand:
    """Whose job stands in which line: `account_id` is the key that pays (0: the operator's or nobody's).

    `share_id` is the server, or the person outside of servers; `weight` the person's in that server, 1..10.
    """

    provider: str
    account_id: int
    share_id: int
    user_id: int
    weight: int = 1
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in line: `turn` among all jobs of the account, `user_turn` among those of the same server."""

    turn: int
    user_turn: int


@dataclass(frozen=True, slots=True)
class Line:
    """How the line is now. The `user_` values are those among the people of the server; 0 where there are none.

    `open_of_user` and `open_of_share` count the jobs of the person and of the whole server that are in line or in the
    works, in this line and every other; those in doubt only wait for news.
    """

    virtual: int
    last: int
    user_virtual: int
    user_last: int
    user_latest: int
    open_of_user: int = 0
    open_of_share: int = 0


def share_of(guild_id: int | None, user_id: int, *, is_installed_here: bool) -> int:
    """Return whose share a request takes: the server's where the bot is a member of it, else the person's own."""
    return guild_id if guild_id is not None and is_installed_here else user_id


_C: Final = jobs.c
_IN_LINE: Final = (
    _C.provider == sa.bindparam("of_provider"),
    _C.account_id == sa.bindparam("of_account_id"),
)
_OF_SERVER: Final = _C.share_id == sa.bindparam("of_share_id")
_WAITING: Final = (
    is_word(_C.state, JobState.QUEUED),
    *_IN_LINE,
    _C.priority == sa.bindparam("of_priority"),
)
_RUNNING: Final = (is_word(_C.state, JobState.SUBMITTING, JobState.WAITING), *_IN_LINE)
OPEN: Final = sa.select(sa.func.count()).where(is_word(_C.state, *OPEN_STATES), _C.doubt_until_ms.is_(None))
"""Counts the jobs of everybody in line or in the works; those in doubt only wait for news."""
_BEHIND: Final = (*_WAITING, _OF_SERVER, _C.user_turn > sa.bindparam("own_turn"))


def _names(stand: Stand) -> dict[str, int | str]:
    """Return the parameters that say which line, and whose share of it."""
    return {
        "of_provider": stand.provider,
        "of_account_id": stand.account_id,
        "of_share_id": stand.share_id,
        "of_priority": stand.priority,
    }


def _value(what: sa.Select[Any]) -> sa.ScalarSelect[Any]:
    return what.correlate(None).scalar_subquery()


# All statements are put together once, which takes longer than running them.
_READ_LINE: Final = Prepared(
    sa.select(
        # Not min(): in the index's own order it is one look, whatever the length of the line.
        _value(sa.select(_C.turn).where(*_WAITING).order_by(_C.priority, _C.turn, _C.id).limit(1)),
        _value(sa.select(sa.func.max(_C.turn)).where(*_RUNNING)),
        _value(sa.select(sa.func.max(_C.user_turn)).where(*_RUNNING, _OF_SERVER)),
        sa.func.max(_C.turn),
        sa.func.min(_C.user_turn),
        sa.func.max(sa.case((_C.user_id == sa.bindparam("asks"), _C.user_turn))),
        sa.func.max(_C.user_turn),
        _value(OPEN.where(_C.user_id == sa.bindparam("asks"))),
        _value(OPEN.where(_OF_SERVER)),
    ).where(*_WAITING, _OF_SERVER)
)
_FIRST_BEHIND: Final = Prepared(sa.select(sa.func.min(_C.turn)).where(*_BEHIND))
# A turn from before the virtual time is not handed on as it is: that would be credit for having waited.
_VIRTUAL: Final = sa.bindparam("virtual", type_=sa.BigInteger)
_MOVE_UP: Final = Prepared(
    sa.update(jobs).where(*_BEHIND).values(turn=sa.case((_C.turn < _VIRTUAL, _VIRTUAL), else_=_C.turn) + STEP)
)


def read_line(conn: Connection, stand: Stand) -> Line:
    """Return how the line is that a job is about to join."""
    row = _READ_LINE.one(conn, {**_names(stand), "asks": stand.user_id})
    return Line(
        virtual=_virtual(row[1], row[0]),
        last=row[3] or 0,
        user_virtual=_virtual(row[2], row[4]),
        user_last=row[5] or 0,
        user_latest=row[6] or 0,
        open_of_user=row[7],
        open_of_share=row[8],
    )


def _virtual(running: int | None, first: int | None) -> int:
    """Return the virtual time: the last turn in the works, or just before the first that waits."""
    return max(running or 0, (first or 0) - STEP, 0)


def take_turn(conn: Connection, stand: Stand, line: Line) -> Turn:
    """Return the turn of a job that comes now; others of its server that it comes before move up by one step.

    `line` is how the line is: as `read_line` saw it, and `after` each turn that was taken since.
    """
    user_turn = max(line.user_virtual, line.user_last) + STEP // stand.weight
    displaced = None
    if line.user_latest > user_turn:
        behind = {**_names(stand), "own_turn": user_turn}
        displaced = _FIRST_BEHIND.scalar(conn, behind)
    if displaced is None:
        return Turn(max(line.virtual, line.last) + STEP, user_turn)
    _MOVE_UP.change(conn, {**behind, "virtual": line.virtual})
    return Turn(displaced, user_turn)


def after(line: Line, taken: Turn) -> Line:
    """Return how the line is once the same person has taken a turn in it."""
    # Whether at its end or before others: the server's last turn is one step later.
    last = max(line.virtual, line.last) + STEP
    latest = max(line.user_latest, taken.user_turn)
    return replace(
        line, last=last, user_last=taken.user_turn, user_latest=latest,
        open_of_user=line.open_of_user + 1, open_of_share=line.open_of_share + 1,
    )  # fmt: skip
