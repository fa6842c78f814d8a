"""Moves of jobs whose worker is taken for dead, as they were seen a moment ago: it may only have slept."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import Connection

from db.jobs import attempts, jobs
from db.jobs.moves import Claim

P = ParamSpec("P")
T = TypeVar("T")


def unless_moved_on(
    conn: Connection,
    move: Callable[Concatenate[Connection, Claim, P], T],
    claim: Claim,
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | None:
    """Return `move(conn, claim, ...)`; None, and nothing changed, where the job is not as it was seen in `claim`.

    Its worker lives, then, and has sent its order or given it back since; or another one has taken it over.
    """
    # Before the move: an order that has left in between would be sent a second time.
    job, attempt = jobs.read_job(conn, claim.job.id), attempts.read_attempt(conn, claim.attempt.id)
    if job is None or attempt is None:
        return None
    is_held_as_seen = job.state is claim.job.state and job.fence == claim.job.fence
    is_sent_as_seen = (attempt.sent_age_s is None) == (claim.attempt.sent_age_s is None)
    return move(conn, claim, *args, **kwargs) if is_held_as_seen and is_sent_as_seen else None
