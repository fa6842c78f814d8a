"""Jobs in line, of which nothing was sent: ended because nobody waits for them any more, or nobody could paint them."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from db.jobs import abandoned, ended_results, jobs
from db.jobs.failures import shown_error
from db.jobs.jobs import JobRow
from db.jobs.moves import ErrorJson
from db.money import ledger
from services.models import JobState


def expire_queued(conn: Connection, age_ms: int, error: ErrorJson) -> int:
    """End the jobs that stand in line for longer than `age_ms`; returns how many."""
    return _fail_queued(conn, abandoned.jobs_too_old(conn, age_ms), error)


def fail_queued(conn: Connection, name: str, error: ErrorJson) -> int:
    """End the jobs in line of a provider or of a model, of which nothing was sent; returns how many."""
    return _fail_queued(conn, jobs.jobs_in_line(conn, name), error)


def fail_queued_of_person(conn: Connection, user_id: int, error: ErrorJson) -> int:
    """End a person's jobs in line, wherever they asked; returns how many."""
    return _fail_queued(conn, jobs.jobs_in_line_of_person(conn, user_id), error)


def fail_queued_of_server(conn: Connection, guild_id: int, error: ErrorJson) -> int:
    """End the jobs in line of a server, whoever asked for them; returns how many."""
    return _fail_queued(conn, jobs.jobs_in_line_of_server(conn, guild_id), error)


def fail_these(conn: Connection, found: Sequence[JobRow], error: ErrorJson) -> int:
    """End these jobs in line, whatever they wait for; returns how many were given."""
    return _fail_queued(conn, found, error)


def _fail_queued(conn: Connection, found: Sequence[JobRow], error: ErrorJson) -> int:
    shown = shown_error(error)
    for job in found:
        if jobs.move_job(conn, job.id, JobState.QUEUED, JobState.FAILED, error=shown):
            ledger.release(conn, job.id)
            ended_results.put_on_its_way(conn, job.request_id)
    return len(found)


def cancel_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Stop a request: what is in line ends here, what runs is asked to. Returns its jobs as they were before."""
    before = jobs.request_cancel(conn, request_id)
    ended = [job.id for job in before if job.state is JobState.QUEUED]
    for job_id in ended:
        ledger.release(conn, job_id)
    if ended:
        ended_results.put_on_its_way(conn, request_id)
    return before
