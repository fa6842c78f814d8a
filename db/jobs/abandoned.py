"""Jobs that nobody works on any more: of dead workers, given up half way, in doubt for too long, too long in line."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs.jobs import JobRow, job_rows, read_selected
from db.jobs.workers import NOBODY, living
from db.tables.schema import jobs
from db.tables.types import database_now_ms, is_word
from services.models import JobState


def let_go_all_but(conn: Connection, worker_id: str, held: Collection[int], state: JobState) -> None:
    """Give up every job of a worker in a state but those it knows of: one whose claim was lost on the way back."""
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.worker_id == worker_id, jobs.c.state == state, jobs.c.id.not_in(held))
        .values(worker_id=NOBODY)
    )


def let_go(conn: Connection, worker_id: str, job_ids: Collection[int]) -> None:
    """Give up jobs that failed half way in a worker that lives on: recovery takes them like a dead worker's."""
    conn.execute(
        sa.update(jobs).where(jobs.c.id.in_(job_ids), jobs.c.worker_id == worker_id).values(worker_id=NOBODY)
    )


def abandoned_jobs(conn: Connection) -> list[JobRow]:
    """Return jobs in submitting or fetching whose worker is dead; those already in doubt are left to their time."""
    statement = job_rows().where(
        jobs.c.state.in_((JobState.SUBMITTING, JobState.FETCHING)),
        jobs.c.worker_id.is_not(None),
        jobs.c.worker_id.not_in(living()),
    )
    return read_selected(conn, statement)


def jobs_past_doubt(conn: Connection) -> list[JobRow]:
    """Return jobs whose submit had no answer, and of which nothing was heard in the time their provider needs."""
    statement = job_rows().where(
        jobs.c.state == JobState.SUBMITTING, jobs.c.doubt_until_ms <= database_now_ms()
    )
    return read_selected(conn, statement)


def jobs_too_old(conn: Connection, age_ms: int) -> list[JobRow]:
    """Return jobs that stand in line for longer than `age_ms`: nobody waits for them any more."""
    statement = job_rows().where(
        is_word(jobs.c.state, JobState.QUEUED), jobs.c.created_at_ms < database_now_ms() - age_ms
    )
    return read_selected(conn, statement)
