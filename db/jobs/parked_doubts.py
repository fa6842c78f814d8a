"""Parked results of orders whose outcome nobody knows."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import deliveries, jobs
from services.models import JobState


def jobs_in_doubt(conn: Connection, delivery_ids: Collection[int]) -> dict[int, int]:
    """Return delivery id -> job id for those results that show a job whose outcome was given up, the first of each."""
    shows = (jobs.c.request_id == deliveries.c.request_id) & (
        deliveries.c.job_id.is_(None) | (deliveries.c.job_id == jobs.c.id)
    )
    statement = (
        sa.select(deliveries.c.id, sa.func.min(jobs.c.id))
        .select_from(deliveries)
        .join(jobs, shows)
        .where(deliveries.c.id.in_(delivery_ids), jobs.c.state == JobState.UNKNOWN)
        .group_by(deliveries.c.id)
        .order_by(deliveries.c.id)
    )
    return {row[0]: row[1] for row in conn.execute(statement)}
