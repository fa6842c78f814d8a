"""Messages that may stand somewhere although no row says where: tries to bring a picture whose answers were lost."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.life import DOUBTED_SINCE_MS
from db.tables.schema import deliveries, jobs, requests, rungs
from db.tables.types import database_now_ms
from services.models import DeliveryKind, DeliveryState

_D: Final = deliveries.c
_OPEN: Final = (DeliveryState.PENDING, DeliveryState.TRYING)


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """The tries of a delivery by one rung of which nobody knows whether they have arrived.

    `job_id` is set where the message shows that picture alone. `since_ms`: the first of them, UTC epoch milliseconds of
    the database's clock; `age_s`: how long ago the last one was. `ended_by` is the rung that the delivery ended with,
    None where it is still to be brought or was given up.
    """

    job_id: int | None
    rung: str
    since_ms: int
    age_s: float
    is_open: bool
    ended_by: str | None


def _about(job_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a delivery brings a job's picture, alone or with the others of its request."""
    job = jobs.alias()
    request_id = sa.select(job.c.request_id).where(job.c.id == job_id).scalar_subquery()
    return (_D.request_id == request_id) & (_D.job_id.is_(None) | (_D.job_id == job_id))


def doubts_of_job(conn: Connection, job_id: int) -> list[DoubtRow]:
    """Return the tries to bring a job's picture that may have arrived unknown to us."""
    statement = (
        sa.select(
            _D.job_id,
            rungs.c.rung,
            sa.func.min(rungs.c.tried_at_ms),
            (database_now_ms() - sa.func.max(rungs.c.tried_at_ms)) / 1000.0,
            _D.state,
            _D.rung,
        )
        .join(rungs, rungs.c.delivery_id == _D.id)
        .where(_about(job_id), rungs.c.outcome.is_(None) | (rungs.c.outcome == "uncertain"))
        .group_by(_D.id, _D.job_id, _D.state, _D.rung, rungs.c.rung)
        .order_by(_D.id, rungs.c.rung)
    )
    return [
        DoubtRow(row[0], row[1], row[2], float(row[3]), row[4] in _OPEN, _end(row[4], row[5]))
        for row in conn.execute(statement)
    ]


def _end(state: str, rung: str) -> str | None:
    return rung if state == DeliveryState.DELIVERED else None


def is_in_hand(conn: Connection, job_id: int) -> bool:
    """Return whether a worker is about to send a message with a job's picture, or has sent it a moment ago."""
    found = sa.select(_D.id).where(_about(job_id), _D.state == DeliveryState.TRYING)
    return conn.execute(found).first() is not None


def _is_about(job_id: int, condition: sa.ColumnElement[bool]) -> sa.Exists:
    """Return the condition that a result with a job's picture is so; one that was shown again is none."""
    return sa.exists().where(_about(job_id), _D.kind != DeliveryKind.SHOWN, condition)


def forgotten_since_ms(conn: Connection, job_id: int) -> int | None:
    """Return since when a picture may have been brought that a restored database does not know to have been brought."""
    statement = (
        sa.select(DOUBTED_SINCE_MS)
        .select_from(jobs.join(requests, requests.c.id == jobs.c.request_id))
        .where(
            jobs.c.id == job_id,
            ~_is_about(job_id, _D.message_id.is_not(None)) | _is_about(job_id, _D.message_id.is_(None)),
        )
    )
    since_ms = conn.execute(statement).scalar()
    return None if since_ms is None else int(since_ms)
