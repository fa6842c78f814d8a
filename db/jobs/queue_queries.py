"""What `/queue` asks: one person's jobs in line and in the works, and what stands before each."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs.claims import RUNNING
from db.tables.schema import attempts, jobs, recipes
from db.tables.types import database_now_ms, is_word
from services.models import OPEN_STATES, JobState


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job in line or in the works.

    `held_s` is for how many seconds it is put off still, 0 for not, `held_by` the code of what put it off. `age_s` is
    since it was asked for, `ran_s` since it was first taken, None while it never was.
    """

    job_id: int
    request_id: int
    code: str
    provider: str
    model: str
    account_id: int
    share_id: int
    state: JobState
    place: tuple[int, int]
    """Its priority and turn; with the id, what the line is ordered by."""
    age_s: float
    ran_s: float | None
    held_s: float
    held_by: str
    is_in_doubt: bool
    is_cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Ahead:
    """The jobs before one in the line of its account: all, those of its server or share, and its owner's."""

    all: int = 0
    share: int = 0
    own: int = 0


@dataclass(frozen=True, slots=True)
class InTheWorks:
    """How many jobs hold room now: of each (provider, account id), of each share, and of each person."""

    accounts: dict[tuple[str, int], int]
    shares: dict[int, int]
    people: dict[int, int]


@dataclass(frozen=True, slots=True)
class OwnQueue:
    """A person's open jobs, oldest first, what stands before each by job id, and what is in the works."""

    jobs: list[QueuedJob]
    ahead: dict[int, Ahead]
    works: InTheWorks


def _last_error() -> sa.Label[object]:
    """Return the column of what ended a job's last try."""
    statement = (
        sa.select(attempts.c.error)
        .where(attempts.c.job_id == jobs.c.id)
        .order_by(attempts.c.number.desc())
        .limit(1)
    )
    return statement.scalar_subquery().label("error")


def _own_jobs(conn: Connection, user_id: int, limit: int) -> list[QueuedJob]:
    c, now = jobs.c, database_now_ms()
    statement = (
        sa.select(
            c.id, c.request_id, recipes.c.code, c.provider, c.model, c.account_id, c.share_id, c.state, c.priority,
            c.turn, (now - c.created_at_ms).label("age_ms"), (now - c.started_at_ms).label("ran_ms"),
            (c.not_before_ms - now).label("held_ms"), _last_error(), c.doubt_until_ms, c.cancel_requested_at_ms,
        )
        .select_from(jobs.outerjoin(recipes, recipes.c.id == c.recipe_id))
        .where(c.user_id == user_id, is_word(c.state, *OPEN_STATES))
        .order_by(c.id)
        .limit(limit)
    )  # fmt: skip
    return [_queued_job(row) for row in conn.execute(statement).mappings()]


def _queued_job(v: sa.RowMapping) -> QueuedJob:
    return QueuedJob(
        job_id=v["id"],
        request_id=v["request_id"],
        code=v["code"] or "",
        provider=v["provider"],
        model=v["model"],
        account_id=v["account_id"],
        share_id=v["share_id"],
        state=JobState(v["state"]),
        place=(v["priority"], v["turn"]),
        age_s=v["age_ms"] / 1000,
        ran_s=None if v["ran_ms"] is None else v["ran_ms"] / 1000,
        held_s=max(v["held_ms"], 0) / 1000,
        held_by=str((v["error"] or {}).get("code", "")),
        is_in_doubt=v["doubt_until_ms"] is not None,
        is_cancel_requested=v["cancel_requested_at_ms"] is not None,
    )


def _ahead_of(conn: Connection, job: QueuedJob, user_id: int) -> Ahead:
    c = jobs.c
    of_share, own = sa.case((c.share_id == job.share_id, 1)), sa.case((c.user_id == user_id, 1))
    statement = sa.select(sa.func.count(), sa.func.count(of_share), sa.func.count(own)).where(
        is_word(c.state, JobState.QUEUED),
        c.provider == job.provider,
        c.account_id == job.account_id,
        sa.tuple_(c.priority, c.turn, c.id) < sa.tuple_(*job.place, job.job_id),
    )
    row = conn.execute(statement).one()
    return Ahead(row[0], row[1], row[2])


def count_in_the_works(conn: Connection) -> InTheWorks:
    """Return how many jobs hold room now: bounded by the room that there is."""
    c = jobs.c
    groups = (c.provider, c.account_id, c.share_id, c.user_id)
    statement = sa.select(*groups, sa.func.count()).where(RUNNING).group_by(*groups)
    works = InTheWorks({}, {}, {})
    for provider, account_id, share_id, user_id, count in conn.execute(statement):
        account = (provider, account_id)
        works.accounts[account] = works.accounts.get(account, 0) + count
        works.shares[share_id] = works.shares.get(share_id, 0) + count
        works.people[user_id] = works.people.get(user_id, 0) + count
    return works


def read_own_queue(conn: Connection, user_id: int, limit: int) -> OwnQueue:
    """Return a person's jobs in line and in the works, at most `limit`, the oldest first."""
    found = _own_jobs(conn, user_id, limit)
    ahead = {job.job_id: _ahead_of(conn, job, user_id) for job in found if job.state is JobState.QUEUED}
    return OwnQueue(found, ahead, count_in_the_works(conn))


def doubtful_jobs(conn: Connection, request_id: int) -> frozenset[int]:
    """Return the jobs of a request of whose order nobody knows whether it was taken."""
    statement = sa.select(jobs.c.id).where(
        jobs.c.request_id == request_id, jobs.c.doubt_until_ms.is_not(None)
    )
    return frozenset(conn.execute(statement).scalars())
