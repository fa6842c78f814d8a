"""What a clock that was put back has left ahead of its time.

Every wait is a moment by the database's clock. Put back by an hour, it would hold each of them up for an hour more, and
let dead workers live for that long.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import deliveries, jobs, workers
from db.tables.types import database_now_ms, is_word
from services.models import DeliveryState, JobState

LONGEST_WAIT_MS: Final = 600_000
"""Nothing is ever told to wait longer: the longest is five minutes, for a result that Discord does not take."""

LONGEST_DOUBT_MS: Final = 3 * 3_600_000
"""No order gives a picture later than that: the longest of the catalogue takes 8,100 s."""


def pull_back(conn: Connection) -> int:
    """Let be due now what lies further ahead than anything is told to wait; return how much that was.

    What is in doubt stays so for LONGEST_DOUBT_MS at most: its owner was to be told by then.
    A heartbeat of the future becomes one of now: whoever lives beats again, whoever died is dead 30 s later.
    """
    now, ahead = database_now_ms(), database_now_ms() + LONGEST_WAIT_MS
    end_of_doubt = now + LONGEST_DOUBT_MS
    in_line = is_word(jobs.c.state, JobState.QUEUED, JobState.FETCHING)
    statements = (
        sa.update(jobs).where(in_line, jobs.c.not_before_ms > ahead).values(not_before_ms=now),
        sa.update(jobs)
        .where(is_word(jobs.c.state, JobState.WAITING), jobs.c.poll_at_ms > ahead)
        .values(poll_at_ms=now),
        sa.update(jobs).where(jobs.c.doubt_until_ms > end_of_doubt).values(doubt_until_ms=end_of_doubt),
        sa.update(deliveries)
        .where(is_word(deliveries.c.state, DeliveryState.PENDING), deliveries.c.not_before_ms > ahead)
        .values(not_before_ms=now),
        sa.update(workers).where(workers.c.beat_at_ms > ahead).values(beat_at_ms=now),
    )
    return sum(conn.execute(statement).rowcount for statement in statements)
