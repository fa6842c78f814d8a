"""The table `jobs`: every move of a job is one conditional UPDATE, and the row count decides who won.

The moves that are allowed stand in `services/models.py`, JOB_MOVES; `move_job` refuses the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

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


def insert_job(conn: Connection, job: NewJob) -> int:
    """Put a job in line and return its row id."""
    statement = sa.insert(jobs).values(
        request_id=job.request_id,
        position=job.position,
        recipe_id=job.recipe_id,
        user_id=job.user_id,
        guild_id=job.guild_id,
        provider=job.provider,
        model=job.model,
        state=JobState.QUEUED,
        turn=database_now_ms(),
        not_before_ms=database_now_ms(),
        price_micro_usd=job.price_micro_usd,
        payer=job.account.payer,
        key_id=job.account.key_id,
        created_at_ms=database_now_ms(),
    )
    return int(conn.execute(statement.returning(jobs.c.id)).scalar_one())


def job_rows() -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that selects jobs with their recipes, to be narrowed and given to `read_selected`."""
    c = jobs.c
    return sa.select(
        c.id, c.request_id, c.user_id, c.provider, c.model, c.state, c.fence, recipes.c.code, recipes.c.body,
        c.submit_tries, c.fetch_tries, c.polls, c.cancel_requested_at_ms, c.created_at_ms,
        c.payer, c.key_id, c.priority, c.price_micro_usd, c.error, c.guild_id,
    ).select_from(jobs.outerjoin(recipes, recipes.c.id == c.recipe_id))  # fmt: skip


def _row(v: sa.RowMapping) -> JobRow:
    return JobRow(
        v["id"], v["request_id"], v["user_id"], v["provider"], v["model"], JobState(v["state"]), v["fence"],
        v["code"] or "", v["body"] or {}, v["submit_tries"], v["fetch_tries"], v["polls"],
        v["cancel_requested_at_ms"] is not None, v["created_at_ms"], Account(Payer(v["payer"]), v["key_id"]),
        v["priority"], v["price_micro_usd"], v["error"], v["guild_id"],
    )  # fmt: skip


def read_selected(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[JobRow]:
    """Return the jobs of a statement made with `job_rows`."""
    return [_row(values) for values in conn.execute(statement).mappings()]


def read_jobs(conn: Connection, job_ids: Sequence[int]) -> list[JobRow]:
    """Return jobs by id, in the order of their ids."""
    return read_selected(conn, job_rows().where(jobs.c.id.in_(job_ids)).order_by(jobs.c.id))


def read_job(conn: Connection, job_id: int) -> JobRow | None:
    """Return a job by id, None if there is none."""
    found = read_jobs(conn, [job_id])
    return found[0] if found else None


def jobs_of_request(conn: Connection, request_id: int) -> list[JobRow]:
    """Return the jobs of a request in the order asked for."""
    statement = job_rows().where(jobs.c.request_id == request_id).order_by(jobs.c.position)
    return read_selected(conn, statement)


def _full(caps: Mapping[str, int]) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement of the (provider, key) that have no room: every account has its own at a provider."""
    key_id = sa.func.coalesce(jobs.c.key_id, 0)
    cap = sa.case(dict(caps), value=jobs.c.provider, else_=0)
    return (
        sa.select(jobs.c.provider, key_id)
        # What is being fetched needs nothing of its provider any more, and what is in doubt may never have been there.
        .where(is_word(jobs.c.state, JobState.SUBMITTING, JobState.WAITING), jobs.c.doubt_until_ms.is_(None))
        .group_by(jobs.c.provider, key_id)
        .having(sa.func.count() >= cap)
    )


def claim_queued(conn: Connection, worker_id: str, caps: Mapping[str, int]) -> int | None:
    """Take the first job in line whose provider has room, in one statement; returns its id, None if there is none.

    `caps` says how many jobs of each provider may run at once for one account; a provider that is not named is never
    claimed. The try is counted here, before the work, so that a job that kills its worker cannot do so for ever.
    """
    if not caps:
        return None
    head = (
        sa.select(jobs.c.id)
        .where(
            is_word(jobs.c.state, JobState.QUEUED),
            jobs.c.not_before_ms <= database_now_ms(),
            jobs.c.provider.in_(sorted(caps)),
            sa.tuple_(jobs.c.provider, sa.func.coalesce(jobs.c.key_id, 0)).not_in(_full(caps)),
        )
        .order_by(jobs.c.priority, jobs.c.turn, jobs.c.id)
        .limit(1)
    )
    statement = (
        sa.update(jobs)
        .where(jobs.c.id == head.scalar_subquery(), jobs.c.state == JobState.QUEUED)
        .values(
            state=JobState.SUBMITTING,
            worker_id=worker_id,
            fence=jobs.c.fence + 1,
            submit_tries=jobs.c.submit_tries + 1,
            started_at_ms=sa.func.coalesce(jobs.c.started_at_ms, database_now_ms()),
            doubt_until_ms=None,
        )
        .returning(jobs.c.id)
    )
    return conn.execute(statement).scalar()


def claim_fetching(conn: Connection, worker_id: str) -> int | None:
    """Take a job whose picture exists and has to be fetched; returns its id, None if there is none."""
    head = (
        sa.select(jobs.c.id)
        .where(
            is_word(jobs.c.state, JobState.FETCHING),
            jobs.c.worker_id.is_(None),
            jobs.c.not_before_ms <= database_now_ms(),
        )
        .order_by(jobs.c.not_before_ms, jobs.c.id)
        .limit(1)
    )
    statement = (
        sa.update(jobs)
        .where(
            jobs.c.id == head.scalar_subquery(), jobs.c.state == JobState.FETCHING, jobs.c.worker_id.is_(None)
        )
        .values(worker_id=worker_id, fence=jobs.c.fence + 1, fetch_tries=jobs.c.fetch_tries + 1)
        .returning(jobs.c.id)
    )
    return conn.execute(statement).scalar()


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
    the next fence. Raises BugError for a move that does not exist.
    """
    if after not in JOB_MOVES[before]:
        raise BugError("impossible_move", f"job {job_id}: {before} -> {after}")
    values["worker_id"] = claims_for or None
    if claims_for:
        values["fence"] = jobs.c.fence + 1
    if after in ENDED_STATES:
        values["ended_at_ms"] = database_now_ms()
    statement = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == before)
    if fence is not None:
        statement = statement.where(jobs.c.fence == fence)
    return conn.execute(statement.values(state=after, **values)).rowcount == 1


def set_job(conn: Connection, /, job_id: int, state: JobState, **values: object) -> bool:
    """Change columns of a job that stays in its state; False where it is in another one."""
    statement = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == state).values(**values)
    return conn.execute(statement).rowcount == 1


def jobs_in_line(conn: Connection, name: str) -> list[JobRow]:
    """Return the jobs in line of a provider, or of a model."""
    of_name = (jobs.c.provider == name) | (jobs.c.model == name)
    return read_selected(conn, job_rows().where(is_word(jobs.c.state, JobState.QUEUED), of_name))


def request_cancel(conn: Connection, request_id: int) -> list[JobRow]:
    """Write that a request is to be stopped; jobs still in line end here. Returns its jobs as they were before."""
    found = jobs_of_request(conn, request_id)
    for job in found:
        if job.state is JobState.QUEUED:
            move_job(conn, job.id, JobState.QUEUED, JobState.CANCELED, released_at_ms=database_now_ms())
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
