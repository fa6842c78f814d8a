"""How long jobs were in each state, and results on their way: written with every move, and noted for the log."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects import notes
from db.dialects.prepared import Prepared
from db.tables.schema import deliveries, jobs, requests
from db.tables.types import database_now_ms
from services.job_moves import JobMove, ResultBrought
from services.models import JobState

_SINCE_MS: Final = sa.func.coalesce(jobs.c.entered_at_ms, jobs.c.created_at_ms)

_ASKED_AT_MS: Final = (
    sa.select(requests.c.created_at_ms)
    .where(requests.c.id == deliveries.c.request_id)
    .correlate(deliveries)
    .scalar_subquery()
)


def stamps() -> dict[str, Any]:
    """Return what every UPDATE that changes a job's state writes beside it."""
    # The right sides are the row before the update: standard SQL, so on both databases.
    return {"stayed_ms": database_now_ms() - _SINCE_MS, "entered_at_ms": database_now_ms()}


_NOTED: Final = 5
"""Columns that `run_noted` reads."""


def noted(statement: sa.Update, *columns: sa.ColumnElement[Any]) -> Prepared:
    """Return an UPDATE that moves one job, with its stamps, what `run_noted` reads, and more columns to return."""
    c = jobs.c
    return Prepared(
        statement.values(stamps()).returning(
            c.id, c.request_id, c.provider, c.stayed_ms, c.entered_at_ms - c.started_at_ms, *columns
        )
    )


def run_noted(
    conn: Connection,
    statement: Prepared,
    parameters: Mapping[str, Any],
    before: JobState,
    after: JobState,
) -> Sequence[Any] | None:
    """Run a statement of `noted`, note the move and return the other columns; None where there was nothing to move."""
    return note_moved(conn, statement.first(conn, parameters), before, after)


def note_moved(
    conn: Connection, row: Sequence[Any] | None, before: JobState, after: JobState
) -> Sequence[Any] | None:
    """Note a move of which a statement of `noted` gave this row, and return as `run_noted`."""
    if row is None:
        return None
    notes.note(conn, JobMove(row[0], row[1], row[2], before, after, _seconds(row[3]), _seconds(row[4])))
    return row[_NOTED:]


def timed(statement: sa.Update) -> Prepared:
    """Return an UPDATE of one delivery with what `note_brought` reads."""
    c = deliveries.c
    return Prepared(
        statement.returning(
            c.request_id, database_now_ms() - c.created_at_ms, database_now_ms() - _ASKED_AT_MS
        )
    )


def note_brought(conn: Connection, row: Sequence[Any]) -> None:
    """Note that a result reached its owner; `row` is what a statement of `timed` gave."""
    notes.note(conn, ResultBrought(row[0], row[1] / 1000, row[2] / 1000))


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
