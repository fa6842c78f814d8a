"""Orders by the provider's own id of them: who asked for which."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import attempts as rows
from db.jobs import jobs as job_rows
from db.jobs.moves import Claim
from db.tables.schema import attempts, jobs


def find_task(conn: Connection, user_id: int, provider: str, remote_id: str) -> Claim | None:
    """Return a user's own order by its id at the provider, None where there is none of theirs."""
    statement = (
        sa.select(attempts.c.id)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .where(attempts.c.remote_id == remote_id, jobs.c.provider == provider, jobs.c.user_id == user_id)
        .order_by(attempts.c.id.desc())
        .limit(1)
    )
    attempt_id = conn.execute(statement).scalar()
    attempt = None if attempt_id is None else rows.read_attempt(conn, attempt_id)
    job = None if attempt is None else job_rows.read_job(conn, attempt.job_id)
    return None if attempt is None or job is None else Claim(job, attempt)


def list_tasks(
    conn: Connection, user_id: int, provider: str, prefix: str, limit: int
) -> list[tuple[str, str, str]]:
    """Return (the provider's id, model, state) of a user's newest orders at a provider whose id begins so."""
    newest = (
        sa.select(jobs.c.id, jobs.c.model, jobs.c.state)
        .where(jobs.c.user_id == user_id, jobs.c.provider == provider)
        .order_by(jobs.c.created_at_ms.desc())
        .limit(MOST_JOBS_SEEN)
        .subquery()
    )
    statement = (
        sa.select(attempts.c.remote_id, newest.c.model, newest.c.state)
        .join(newest, newest.c.id == attempts.c.job_id)
        .where(attempts.c.remote_id.is_not(None), attempts.c.remote_id.startswith(prefix, autoescape=True))
        .order_by(attempts.c.id.desc())
        .limit(limit)
    )
    return [(str(row[0]), row[1], row[2]) for row in conn.execute(statement)]


MOST_JOBS_SEEN = 200
"""How far back a completion looks."""
