"""The one transaction that takes up an older state: nothing of it is sent that may have been sent since.

What was in line when the copy was made may have been painted and paid in the time that the database has forgotten, and
an open attempt may have left. So the line is ended, and attempts are in doubt; what certainly stands at a provider is
asked after as usual, which pays nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects import life
from db.dialects.witness import Seen
from db.jobs import jobs, line, moves
from db.jobs.jobs import JobRow
from db.jobs.moves import ErrorJson
from db.tables.schema import jobs as table
from db.tables.types import is_word
from services.models import JobState


@dataclass(frozen=True, slots=True)
class Rules:
    """What the transaction has to know: errors as they are stored, and of models and providers what decides.

    `known_after_ms` is after how long a model's order certainly gives no picture any more; `is_repeatable` whether a
    provider's order is free and gives the same picture again.
    """

    in_line: ErrorJson
    in_doubt: ErrorJson
    known_after_ms: Callable[[str], int]
    is_repeatable: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Why a database is an older one ("" where it is the newest), and what was done with its open jobs."""

    reason: str
    ended: int = 0
    in_doubt: int = 0
    asked_after: int = 0


def _in_state(conn: Connection, *states: JobState) -> list[JobRow]:
    return jobs.read_selected(conn, jobs.job_rows().where(is_word(table.c.state, *states)))


def _doubt(conn: Connection, job: JobRow, rules: Rules) -> int:
    """Leave a job whose attempt may have left to its provider's call; return 1 where that is so, 0 where it is over."""
    claim = moves.read_claim(conn, job.id)
    if claim is None:
        return 0
    if rules.is_repeatable(job.provider):
        moves.end_without_picture(conn, claim, JobState.SUBMITTING, JobState.FAILED, rules.in_line)
        return 0
    moves.doubt(conn, claim, rules.known_after_ms(job.model), rules.in_doubt)
    return 1


def _doubt_all(conn: Connection, rules: Rules) -> tuple[int, int]:
    """Return how many submits are in doubt now, and how many were ended. What was in doubt already stays so."""
    without = jobs.job_rows().where(
        is_word(table.c.state, JobState.SUBMITTING), table.c.doubt_until_ms.is_(None)
    )
    found = jobs.read_selected(conn, without)
    doubted = sum(_doubt(conn, job, rules) for job in found)
    return doubted, len(found) - doubted


def take_up(conn: Connection, seen: Seen, rules: Rules) -> TakenUp:
    """Look whether this database is an older one than it was and, where it is, take that up; again changes nothing.

    `seen` is what lies beside it. Its open results may have been brought to their owners since: they are looked for
    before anything is posted (`db/dialects/life.py`, DOUBTED_SINCE_MS).
    """
    reason = life.why_restored(conn, seen)
    if not reason:
        life.settle_in(conn, seen, is_restored=False)
        return TakenUp("")
    life.leap_ids(conn)
    life.forget_tokens(conn)
    life.settle_in(conn, seen, is_restored=True)
    asked_after = len(_in_state(conn, JobState.WAITING, JobState.FETCHING))
    in_doubt, over = _doubt_all(conn, rules)
    ended = line.fail_these(conn, _in_state(conn, JobState.QUEUED), rules.in_line)
    # A job that was held by a worker of then is held by nobody, also where such a worker seems to live.
    conn.execute(sa.update(table).where(table.c.worker_id.is_not(None)).values(worker_id=None))
    return TakenUp(reason, ended + over, in_doubt, asked_after)
