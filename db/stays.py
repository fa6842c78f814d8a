"""How long jobs were in each state, and results on their way: written with every move, and noted for the log."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db import notes
from db.schema import deliveries, jobs, requests
from db.types import database_now_ms
from services.job_moves import JobMove, ResultBrought
from services.models import JobState

_SINCE_MS: Final = sa.func.coalesce(jobs.c.entered_at_ms, jobs.c.created_at_ms)

_TOOK: Final = (
    sa.select(
        database_now_ms() - deliveries.c.created_at_ms,
        database_now_ms() - requests.c.created_at_ms,
        requests.c.id,
    )
    .join(requests, requests.c.id == deliveries.c.request_id)
    .where(deliveries.c.id == sa.bindparam("delivery"))
)


def stamps() -> dict[str, Any]:
    """Return what every UPDATE that changes a job's state writes beside it."""
    # The right sides are the row before the update: standard SQL, so on both databases.
    return {"stayed_ms": database_now_ms() - _SINCE_MS, "entered_at_ms": database_now_ms()}


def noted(statement: sa.Update) -> sa.UpdateBase:
    """Return an UPDATE that moves one job, with its stamps and what `run_noted` reads."""
    c = jobs.c
    return statement.values(stamps()).returning(
        c.id, c.request_id, c.provider, c.stayed_ms, c.entered_at_ms - c.started_at_ms
    )


def run_noted(
    conn: Connection,
    statement: sa.UpdateBase,
    parameters: Mapping[str, Any],
    before: JobState,
    after: JobState,
) -> bool:
    """Run a statement of `noted` and note the move; False where there was nothing to move."""
    row = conn.execute(statement, parameters).first()
    if row is None:
        return False
    notes.note(conn, JobMove(row[0], row[1], row[2], before, after, _seconds(row[3]), _seconds(row[4])))
    return True


def note_brought(conn: Connection, delivery_id: int) -> None:
    """Note that a result reached its owner."""
    row = conn.execute(_TOOK, {"delivery": delivery_id}).first()
    if row is not None:
        notes.note(conn, ResultBrought(row[2], row[0] / 1000, row[1] / 1000))


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
