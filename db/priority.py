"""What can wait steps aside, and not for long: a claim takes the lowest priority first, and within it the lowest turn.

Strictly so, single pictures that keep coming would leave an order of several in line for ever. Hence a job that has
stepped aside for STEP_ASIDE_MS is of priority 0 like all others, and its turn decides, which it took with everybody
else when it was accepted. A turn from before the virtual time is not kept as it is: that would be credit, and all that
a server has in line would go before others at once. From where the line is now its jobs stand one step apart again, in
the order that they have among each other.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.fairness import STEP, virtual_time
from db.schema import jobs
from db.types import database_now_ms, is_word
from services.models import JobState

STEP_ASIDE_MS: Final = 60_000
"""Since a job was accepted: as long as somebody looks at a message and waits."""
AT_ONCE: Final = 20
"""Shares of lines that one transaction changes."""

_C: Final = jobs.c
_QUEUED: Final = is_word(_C.state, JobState.QUEUED)


@dataclass(frozen=True, slots=True)
class _Share:
    """The jobs of one server, or of one person outside of servers, in the line of an account."""

    provider: str
    account_id: int
    share_id: int

    def has_waiting(self) -> sa.ColumnElement[bool]:
        return sa.and_(
            _QUEUED,
            _C.provider == self.provider,
            _C.account_id == self.account_id,
            _C.share_id == self.share_id,
        )


def _has_stepped_aside(step_aside_ms: int) -> sa.ColumnElement[bool]:
    # What was accepted later than now was accepted before the clock was put back.
    now = database_now_ms()
    return sa.and_(_C.priority > 0, (_C.created_at_ms <= now - step_aside_ms) | (_C.created_at_ms > now))


def end_stepping_aside(conn: Connection, step_aside_ms: int = STEP_ASIDE_MS) -> int:
    """Let jobs step aside no more that have done so for long enough; return in how many shares of lines.

    Of AT_ONCE shares at most, so that the transaction is short: where it is so many, there may be more.
    """
    due = _has_stepped_aside(step_aside_ms)
    shares = sa.select(_C.provider, _C.account_id, _C.share_id).where(_QUEUED, due).distinct().limit(AT_ONCE)
    found = [_Share(*row) for row in conn.execute(shares)]
    for share in found:
        _space_out(conn, share)
        conn.execute(sa.update(jobs).where(share.has_waiting(), due).values(priority=0))
    return len(found)


def _space_out(conn: Connection, share: _Share) -> None:
    """Let the jobs of a share stand one step apart at least, from where the line is now."""
    rows = conn.execute(sa.select(_C.id, _C.turn).where(share.has_waiting()).order_by(_C.turn, _C.id)).all()
    turns = [virtual_time(conn, share.provider, share.account_id)]
    for _, turn in rows:
        turns.append(max(turn, turns[-1] + STEP))
    for (job_id, turn), (_, later) in zip(rows, pairwise(turns), strict=True):
        if later != turn:
            conn.execute(sa.update(jobs).where(_C.id == job_id, _QUEUED).values(turn=later))
