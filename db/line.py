"""Jobs in line, of which nothing was sent: ended because nobody waits for them any more, or nobody could paint them."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from db import abandoned, jobs, moves
from db.jobs import JobRow
from db.moves import ErrorJson
from db.types import database_now_ms
from services.models import JobState


def expire_queued(conn: Connection, age_ms: int, error: ErrorJson) -> int:
    """End the jobs that stand in line for longer than `age_ms`; returns how many."""
    return _fail_queued(conn, abandoned.jobs_too_old(conn, age_ms), error)


def fail_queued(conn: Connection, name: str, error: ErrorJson) -> int:
    """End the jobs in line of a provider or of a model, of which nothing was sent; returns how many."""
    return _fail_queued(conn, jobs.jobs_in_line(conn, name), error)


def _fail_queued(conn: Connection, found: Sequence[JobRow], error: ErrorJson) -> int:
    shown = moves.shown_error(error)
    for job in found:
        now = database_now_ms()
        if jobs.move_job(conn, job.id, JobState.QUEUED, JobState.FAILED, error=shown, released_at_ms=now):
            moves.put_on_its_way(conn, job.request_id)
    return len(found)


def cancel_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Stop a request: what is in line ends here, what runs is asked to. Returns its jobs as they were before."""
    before = jobs.request_cancel(conn, request_id)
    if any(job.state is JobState.QUEUED for job in before):
        moves.put_on_its_way(conn, request_id)
    return before
