"""The table `jobs`: every move of a job is one conditional UPDATE, and the row count decides who won.

The moves that are allowed stand in `services/models.py`, JOB_MOVES; `move_job` refuses the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.row_locks import REQUEST_OF_JOB, file_lock, number_of_file
from db.dialects.together import Part, together
from db.jobs import stays
from db.jobs.changes import Shape, assignments, parameters_of, shape_of
from db.tables.schema import jobs, recipes
from db.tables.types import database_now_ms, is_word
from services.errors import BugError
from services.models import (
    ENDED_STATES,
    JOB_MOVES,
    RUNNING_STATES,
    Account,
    JobState,
    JsonValue,
    Payer,
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the engine works on it. `fence` is what this holder must still find to be allowed to send."""

    id: int
    request_id: int
    user_id: int
    provider: str
    model: str
    state: JobState
    fence: int
    recipe_code: str
    recipe_body: dict[str, JsonValue]
    submit_tries: int
    fetch_tries: int
    polls: int
    is_cancel_requested: bool
    created_at_ms: int
    account: Account
    price_micro_usd: int = 0
    error: dict[str, JsonValue] | None = None
    guild_id: int | None = None
    stayed_ms: int | None = None
    """How long it was in the state before this one, None where that is not known."""


_C: Final = jobs.c


def _of_recipe(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """Return a column of the job's recipe, without a join, which RETURNING cannot have."""
    # There SQLAlchemy names columns without their tables for SQLite: `recipes` has no `recipe_id`, so it is the job's.
    return sa.select(column).where(recipes.c.id == _C.recipe_id).correlate(jobs).scalar_subquery()


JOB_COLUMNS: Final[tuple[sa.ColumnElement[Any], ...]] = (
    _C.id, _C.request_id, _C.user_id, _C.provider, _C.model, _C.state, _C.fence,
    _of_recipe(recipes.c.code).label("recipe_code"), _of_recipe(recipes.c.body).label("recipe_body"),
    _C.submit_tries, _C.fetch_tries, _C.polls, _C.cancel_requested_at_ms, _C.created_at_ms,
    _C.payer, _C.key_id, _C.price_micro_usd, _C.error, _C.guild_id, _C.stayed_ms,
)  # fmt: skip
"""What `row_of` makes a job of: to be selected, or returned by what changes it."""
_ROWS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(*JOB_COLUMNS)
_ONE: Final = Prepared(_ROWS.where(_C.id == sa.bindparam("job")))
_OF_REQUEST: Final = Prepared(_ROWS.where(_C.request_id == sa.bindparam("request")).order_by(_C.position))


def job_rows() -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects jobs with their recipes, to be narrowed and given to `read_selected`."""
    return _ROWS


def row_of(v: Sequence[Any]) -> JobRow:
    """Return the job of a row of `JOB_COLUMNS`."""
    return JobRow(
        v[0], v[1], v[2], v[3], v[4], JobState(v[5]), v[6], v[7] or "", v[8] or {}, v[9], v[10], v[11],
        v[12] is not None, v[13], Account(Payer(v[14]), v[15]), v[16], v[17], v[18], v[19],
    )  # fmt: skip


def read_selected(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[JobRow]:
    """Return the jobs of a statement made with `job_rows`."""
    return [row_of(row) for row in conn.execute(statement)]


def read_jobs(conn: Connection, job_ids: Sequence[int]) -> list[JobRow]:
    """Return jobs by id, in the order of their ids."""
    return read_selected(conn, job_rows().where(jobs.c.id.in_(job_ids)).order_by(jobs.c.id))


def read_job(conn: Connection, job_id: int) -> JobRow | None:
    """Return a job by id, None if there is none."""
    row = _ONE.first(conn, {"job": job_id})
    return None if row is None else row_of(row)


def jobs_of_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Return the jobs of a request in the order asked for."""
    return [row_of(row) for row in _OF_REQUEST.all(conn, {"request": request_id})]


_FETCHABLE: Final = (
    sa.select(_C.id)
    .where(
        is_word(_C.state, JobState.FETCHING), _C.worker_id.is_(None), _C.not_before_ms <= database_now_ms()
    )
    .order_by(_C.not_before_ms, _C.id)
    .limit(1)
)
_CLAIM_FETCHING: Final = Prepared(
    sa.update(jobs)
    .where(
        _C.id == _FETCHABLE.scalar_subquery(), is_word(_C.state, JobState.FETCHING), _C.worker_id.is_(None)
    )
    .values(worker_id=sa.bindparam("claimed_by"), fence=_C.fence + 1, fetch_tries=_C.fetch_tries + 1)
    .returning(*JOB_COLUMNS)
)


def claim_fetching(conn: Connection, worker_id: str) -> JobRow | None:
    """Take a job whose picture exists and has to be fetched; None if there is none."""
    row = _CLAIM_FETCHING.first(conn, {"claimed_by": worker_id})
    return None if row is None else row_of(row)


_FILE_LOCK: Final = file_lock(sa.bindparam("file_number", type_=sa.Integer))


@cache
def _moving(
    shape: Shape, *, is_fenced: bool, is_claimed: bool, is_end: bool, is_read: bool, has_file: bool
) -> Prepared:
    """Return the statement that moves the job of the parameter `job` from one state to another."""
    statement = sa.update(jobs).where(_C.id == sa.bindparam("job"), _C.state == sa.bindparam("state_before"))
    if is_fenced:
        statement = statement.where(_C.fence == sa.bindparam("fence_held"))
    if is_claimed:
        statement = statement.values(fence=_C.fence + 1)
    if is_end:
        statement = statement.values(ended_at_ms=database_now_ms())
    # What ends has its request locked: whether it was the last one is found out in a statement after this one.
    locks = (*((REQUEST_OF_JOB,) if is_end else ()), *((_FILE_LOCK,) if has_file else ()))
    columns = (
        *(JOB_COLUMNS if is_read else ()),
        *(lock.label(f"lock_{at}") for at, lock in enumerate(locks)),
    )
    return stays.noted(statement.values(assignments(jobs, shape)), *columns)


@cache
def _setting(shape: Shape) -> Prepared:
    statement = sa.update(jobs).where(_C.id == sa.bindparam("job"), _C.state == sa.bindparam("state_now"))
    return Prepared(statement.values(assignments(jobs, shape)))


def _moving_to(
    job_id: int,
    before: JobState,
    after: JobState,
    values: dict[str, object],
    *,
    fence: int | None = None,
    claims_for: str = "",
    is_read: bool = False,
    digest: str = "",
) -> Part:
    """Return the statement that moves a job, for `stays.run_noted`; it gives `JOB_COLUMNS` with `is_read`."""
    if after not in JOB_MOVES[before]:
        raise BugError("impossible_move", f"job {job_id}: {before} -> {after}")
    values |= {"state": after, "worker_id": claims_for or None}
    is_fenced, is_end = fence is not None, after in ENDED_STATES
    statement = _moving(
        shape_of(values), is_fenced=is_fenced, is_claimed=bool(claims_for), is_end=is_end, is_read=is_read,
        has_file=bool(digest),
    )  # fmt: skip
    parameters = {**parameters_of(values), "job": job_id, "state_before": before}
    if is_fenced:
        parameters["fence_held"] = fence
    if digest:
        parameters["file_number"] = number_of_file(digest)
    return statement, parameters


def move_job(
    conn: Connection,
    /,
    job_id: int,
    before: JobState,
    after: JobState,
    *,
    fence: int | None = None,
    digest: str = "",
    **values: object,
) -> bool:
    """Move a job from one state to another; False where it was not (any more) in `before` or under `fence`.

    An ending move sets the end time and locks the request; every move lets go of the worker. With a `digest` the file
    of its picture is locked, too (`db/dialects/row_locks.py`). Values are as in `db/jobs/changes.py`. Raises BugError
    for a move that does not exist.
    """
    statement, parameters = _moving_to(job_id, before, after, values, fence=fence, digest=digest)
    return stays.run_noted(conn, statement, parameters, before, after) is not None


def _not_the_end(beside: Mapping[str, Part]) -> Mapping[str, Part]:
    """Return changes that may go with a move. Raises BugError for the end of its request.

    Whether this was the last job is seen only once the move has locked the request: in a later statement.
    """
    if "request" in beside:
        raise BugError("one_snapshot", "a request is ended after the move of its job, and not with it")
    return beside


def move_job_with(
    conn: Connection,
    /,
    job_id: int,
    before: JobState,
    after: JobState,
    beside: Mapping[str, Part],
    *,
    fence: int,
    **values: object,
) -> tuple[bool, dict[str, Row | None]]:
    """Move a job as `move_job` with other changes (`db/dialects/together.py`), which may refer to the part `move`.

    Returns whether it was moved, and the rows of all parts.
    """
    done = together(conn, move=_moving_to(job_id, before, after, values, fence=fence), **_not_the_end(beside))
    return stays.note_moved(conn, done["move"], before, after) is not None, done


def hand_job(
    conn: Connection,
    /,
    job_id: int,
    before: JobState,
    after: JobState,
    *,
    claims_for: str,
    beside: Mapping[str, Part],
    **values: object,
) -> JobRow | None:
    """Move a job as `move_job_with` and return what it is then; None where it was not (any more) in `before`.

    With `claims_for` it is claimed for that worker, under the next fence.
    """
    move = _moving_to(job_id, before, after, values, claims_for=claims_for, is_read=True)
    row = stays.note_moved(conn, together(conn, move=move, **_not_the_end(beside))["move"], before, after)
    return None if row is None else row_of(row)


def set_job(conn: Connection, /, job_id: int, state: JobState, **values: object) -> bool:
    """Change columns of a job that stays in its state; False where it is in another one.

    Values are as in `db/jobs/changes.py`.
    """
    parameters = {**parameters_of(values), "job": job_id, "state_now": state}
    return _setting(shape_of(values)).change(conn, parameters) == 1


def jobs_in_line(conn: Connection, name: str) -> list[JobRow]:
    """Return the jobs in line of a provider, or of a model."""
    return _in_line(conn, (jobs.c.provider == name) | (jobs.c.model == name))


def jobs_in_line_of_person(conn: Connection, user_id: int) -> list[JobRow]:
    """Return a person's jobs in line, wherever they were asked for."""
    return _in_line(conn, jobs.c.user_id == user_id)


def jobs_in_line_of_server(conn: Connection, guild_id: int) -> list[JobRow]:
    """Return the jobs in line that were asked for in a server."""
    return _in_line(conn, jobs.c.guild_id == guild_id)


def _in_line(conn: Connection, whose: sa.ColumnElement[bool]) -> list[JobRow]:
    return read_selected(conn, job_rows().where(is_word(jobs.c.state, JobState.QUEUED), whose))


def request_cancel(conn: Connection, request_id: int) -> list[JobRow]:
    """Write that a request is to be stopped; jobs still in line end here. Returns its jobs as they were before."""
    found = jobs_of_request(conn, request_id)
    for job in found:
        if job.state is JobState.QUEUED:
            move_job(conn, job.id, JobState.QUEUED, JobState.CANCELED)
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.request_id == request_id, jobs.c.state.in_(RUNNING_STATES))
        .values(cancel_requested_at_ms=sa.func.coalesce(jobs.c.cancel_requested_at_ms, database_now_ms()))
    )
    # Whatever waits at a provider is looked at now, not at its next poll.
    conn.execute(
        sa.update(jobs)
        .where(jobs.c.request_id == request_id, jobs.c.state == JobState.WAITING)
        .values(poll_at_ms=database_now_ms())
    )
    return found
