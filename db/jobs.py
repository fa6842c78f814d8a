"""The table `jobs`: every move of a job is one conditional UPDATE, and the row count decides who won.

The moves that are allowed stand in `services/models.py`, JOB_MOVES; `move_job` refuses the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db import stays
from db.changes import Shape, assignments, parameters_of, shape_of
from db.fairness import Turn
from db.schema import jobs, recipes
from db.types import database_now_ms, is_word
from services.errors import BugError
from services.models import (
    ENDED_STATES,
    JOB_MOVES,
    OPERATORS_ACCOUNT,
    RUNNING_STATES,
    Account,
    JobState,
    JsonValue,
    Payer,
)


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job needs to stand in line."""

    request_id: int
    position: int
    recipe_id: int
    user_id: int
    guild_id: int | None
    provider: str
    model: str
    price_micro_usd: int
    account: Account = OPERATORS_ACCOUNT

    @property
    def account_id(self) -> int:
        """Return in which line of its provider it stands."""
        return self.account.key_id or 0


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
    priority: int = 0
    price_micro_usd: int = 0
    error: dict[str, JsonValue] | None = None
    guild_id: int | None = None
    stayed_ms: int | None = None
    """How long it was in the state before this one, None where that is not known."""


def insert_job(conn: Connection, job: NewJob, share_id: int, turn: Turn) -> int:
    """Put a job in line at its turn (`db/fairness.py`) and return its row id."""
    values = {
        "request_id": job.request_id,
        "position": job.position,
        "recipe_id": job.recipe_id,
        "user_id": job.user_id,
        "guild_id": job.guild_id,
        "provider": job.provider,
        "model": job.model,
        "state": JobState.QUEUED,
        "turn": turn.turn,
        "user_turn": turn.user_turn,
        "account_id": job.account_id,
        "share_id": share_id,
        "price_micro_usd": job.price_micro_usd,
        "payer": job.account.payer,
        "key_id": job.account.key_id,
    }
    return int(conn.execute(_INSERT, values).scalar_one())


_C: Final = jobs.c
_INSERT: Final = (
    sa.insert(jobs).values(not_before_ms=database_now_ms(), created_at_ms=database_now_ms()).returning(_C.id)
)
_ROWS: Final[sa.Select[*tuple[Any, ...]]] = sa.select(
    _C.id, _C.request_id, _C.user_id, _C.provider, _C.model, _C.state, _C.fence, recipes.c.code, recipes.c.body,
    _C.submit_tries, _C.fetch_tries, _C.polls, _C.cancel_requested_at_ms, _C.created_at_ms,
    _C.payer, _C.key_id, _C.priority, _C.price_micro_usd, _C.error, _C.guild_id,
    _C.stayed_ms,
).select_from(jobs.outerjoin(recipes, recipes.c.id == _C.recipe_id))  # fmt: skip
_ONE: Final = _ROWS.where(_C.id == sa.bindparam("job"))
_OF_REQUEST: Final = _ROWS.where(_C.request_id == sa.bindparam("request")).order_by(_C.position)


def job_rows() -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects jobs with their recipes, to be narrowed and given to `read_selected`."""
    return _ROWS


def _row(v: sa.RowMapping) -> JobRow:
    return JobRow(
        v["id"], v["request_id"], v["user_id"], v["provider"], v["model"], JobState(v["state"]), v["fence"],
        v["code"] or "", v["body"] or {}, v["submit_tries"], v["fetch_tries"], v["polls"],
        v["cancel_requested_at_ms"] is not None, v["created_at_ms"], Account(Payer(v["payer"]), v["key_id"]),
        v["priority"], v["price_micro_usd"], v["error"], v["guild_id"], v["stayed_ms"],
    )  # fmt: skip


def read_selected(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[JobRow]:
    """Return the jobs of a statement made with `job_rows`."""
    return [_row(values) for values in conn.execute(statement).mappings()]


def read_jobs(conn: Connection, job_ids: Sequence[int]) -> list[JobRow]:
    """Return jobs by id, in the order of their ids."""
    return read_selected(conn, job_rows().where(jobs.c.id.in_(job_ids)).order_by(jobs.c.id))


def read_job(conn: Connection, job_id: int) -> JobRow | None:
    """Return a job by id, None if there is none."""
    row = conn.execute(_ONE, {"job": job_id}).mappings().first()
    return None if row is None else _row(row)


def jobs_of_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Return the jobs of a request in the order asked for."""
    return [_row(values) for values in conn.execute(_OF_REQUEST, {"request": request_id}).mappings()]


_FETCHABLE: Final = (
    sa.select(_C.id)
    .where(
        is_word(_C.state, JobState.FETCHING), _C.worker_id.is_(None), _C.not_before_ms <= database_now_ms()
    )
    .order_by(_C.not_before_ms, _C.id)
    .limit(1)
)
_CLAIM_FETCHING: Final = (
    sa.update(jobs)
    .where(
        _C.id == _FETCHABLE.scalar_subquery(), is_word(_C.state, JobState.FETCHING), _C.worker_id.is_(None)
    )
    .values(worker_id=sa.bindparam("claimed_by"), fence=_C.fence + 1, fetch_tries=_C.fetch_tries + 1)
    .returning(_C.id)
)


def claim_fetching(conn: Connection, worker_id: str) -> int | None:
    """Take a job whose picture exists and has to be fetched; returns its id, None if there is none."""
    return conn.execute(_CLAIM_FETCHING, {"claimed_by": worker_id}).scalar()


@cache
def _moving(shape: Shape, *, is_fenced: bool, is_claimed: bool, is_end: bool) -> sa.UpdateBase:
    """Return the statement that moves the job of the parameter `job` from one state to another."""
    statement = sa.update(jobs).where(_C.id == sa.bindparam("job"), _C.state == sa.bindparam("state_before"))
    if is_fenced:
        statement = statement.where(_C.fence == sa.bindparam("fence_held"))
    if is_claimed:
        statement = statement.values(fence=_C.fence + 1)
    if is_end:
        statement = statement.values(ended_at_ms=database_now_ms())
    return stays.noted(statement.values(assignments(jobs, shape)))


@cache
def _setting(shape: Shape) -> sa.Update:
    statement = sa.update(jobs).where(_C.id == sa.bindparam("job"), _C.state == sa.bindparam("state_now"))
    return statement.values(assignments(jobs, shape))


def move_job(
    conn: Connection,
    /,
    job_id: int,
    before: JobState,
    after: JobState,
    *,
    fence: int | None = None,
    claims_for: str = "",
    **values: object,
) -> bool:
    """Move a job from one state to another; False where it was not (any more) in `before` or under `fence`.

    An ending move sets the end time; every move lets go of the worker, unless it claims the job for another one, under
    the next fence. Values are as in `db/changes.py`. Raises BugError for a move that does not exist.
    """
    if after not in JOB_MOVES[before]:
        raise BugError("impossible_move", f"job {job_id}: {before} -> {after}")
    values |= {"state": after, "worker_id": claims_for or None}
    is_fenced, is_end = fence is not None, after in ENDED_STATES
    statement = _moving(shape_of(values), is_fenced=is_fenced, is_claimed=bool(claims_for), is_end=is_end)
    parameters = {**parameters_of(values), "job": job_id, "state_before": before}
    if is_fenced:
        parameters["fence_held"] = fence
    return stays.run_noted(conn, statement, parameters, before, after)


def set_job(conn: Connection, /, job_id: int, state: JobState, **values: object) -> bool:
    """Change columns of a job that stays in its state; False where it is in another one.

    Values are as in `db/changes.py`.
    """
    parameters = {**parameters_of(values), "job": job_id, "state_now": state}
    return conn.execute(_setting(shape_of(values)), parameters).rowcount == 1


def jobs_in_line(conn: Connection, name: str) -> list[JobRow]:
    """Return the jobs in line of a provider, or of a model."""
    of_name = (jobs.c.provider == name) | (jobs.c.model == name)
    return read_selected(conn, job_rows().where(is_word(jobs.c.state, JobState.QUEUED), of_name))


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
