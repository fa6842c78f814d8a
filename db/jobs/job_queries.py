"""Questions about jobs that people ask: what have I spent, what is running, how long is the line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.characters import character_pictures
from db.dialects.prepared import Prepared
from db.jobs import fairness
from db.jobs.claims import RUNNING
from db.money.ledger_sums import ACCOUNT, PERSON, amounts, read_moment
from db.pictures import photos
from db.tables.schema import attempts, images, jobs, recipes, requests
from db.tables.types import DAY_MS, database_now_ms, is_word
from services.models import OPEN_STATES, RUNNING_STATES, JobState, JsonValue, Payer


@dataclass(frozen=True, slots=True)
class Spending:
    """What the paid jobs accepted since midnight UTC hold or cost, in micro-dollars."""

    user_micro_usd: int
    total_micro_usd: int
    seconds_to_midnight: int


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job of somebody's that can still be canceled."""

    job_id: int
    request_id: int
    state: JobState
    model: str
    code: str
    age_s: float


@dataclass(frozen=True, slots=True)
class RunningRequest:
    """A request in the works, as its progress message needs it; the price is that of all its pictures together."""

    request_id: int
    first_job_id: int
    model: str
    done: int
    total: int
    ahead: int | None
    progress: dict[str, JsonValue]
    elapsed_s: float
    price_micro_usd: int = 0


def spent_since(*bounds: sa.ColumnElement[int]) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[int]]:
    """Return what is spent of the operator's keys: for the parameter `of_owner`, and for everybody.

    `bounds` are those of `ledger_sums.amounts` where they are no parameters.
    """
    own, account = amounts(PERSON, *bounds).c, amounts(ACCOUNT, *bounds).c
    own_sum, account_sum = (
        sa.func.coalesce(sa.func.sum(each.amount_micro_usd), 0) for each in (own, account)
    )
    return (
        sa.select(own_sum).where(own.payer == Payer.OPERATOR).scalar_subquery(),
        sa.select(account_sum).scalar_subquery(),
    )


_SPENT: Final = Prepared(sa.select(*spent_since()))


def read_spending(conn: Connection, user_id: int) -> Spending:
    """Return today's spending of the operator's keys, as the ledger has it: for one user, and for everybody.

    A user's allowance is free again once it was released; the paying account's is spent until it is certain that the
    provider took nothing: an unknown outcome stays, and so does what was charged for a picture that never came.
    """
    moment = read_moment(conn)
    since_ms = moment.now_ms - moment.now_ms % DAY_MS
    values = {"since_ms": since_ms, "carried_to": moment.carried_to, "of_owner": user_id}
    return spending_at(moment.now_ms, _SPENT.one(conn, values))


def spending_at(now_ms: int, row: Sequence[Any]) -> Spending:
    """Return the spending of a moment (UTC epoch milliseconds), of what `spent_since` gave."""
    return Spending(int(row[0]), int(row[1]), (DAY_MS - now_ms % DAY_MS) // 1000)


def count_open_paid_jobs(conn: Connection) -> int:
    """Return how many jobs that somebody pays for are in line or in the works."""
    statement = sa.select(sa.func.count()).where(jobs.c.state.in_(OPEN_STATES), jobs.c.payer != Payer.NOBODY)
    return conn.execute(statement).scalar_one()


def count_all_open_jobs(conn: Connection) -> int:
    """Return how many of everybody are."""
    return int(conn.execute(fairness.OPEN).scalar_one())


def list_open_jobs(conn: Connection, user_id: int, limit: int) -> list[OpenJob]:
    """Return a user's jobs in line or in the works, newest first."""
    age_s = (database_now_ms() - jobs.c.created_at_ms) / 1000.0
    statement = (
        sa.select(jobs.c.id, jobs.c.request_id, jobs.c.state, jobs.c.model, recipes.c.code, age_s)
        .join(recipes, recipes.c.id == jobs.c.recipe_id)
        .where(jobs.c.user_id == user_id, is_word(jobs.c.state, *OPEN_STATES))
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    return [
        OpenJob(row[0], row[1], JobState(row[2]), row[3], row[4], float(row[5]))
        for row in conn.execute(statement)
    ]


def owner_of_job(conn: Connection, job_id: int) -> tuple[int, int] | None:
    """Return (user id, request id) of a job, None if there is none."""
    row = conn.execute(sa.select(jobs.c.user_id, jobs.c.request_id).where(jobs.c.id == job_id)).first()
    return None if row is None else (row[0], row[1])


def list_showable_requests(conn: Connection, older_than_ms: int) -> dict[int, float]:
    """Return the requests in the works whose message can still be edited, with their age in seconds, oldest first."""
    age_ms = database_now_ms() - requests.c.created_at_ms
    statement = (
        sa.select(requests.c.id, age_ms)
        .where(
            requests.c.ended_at_ms.is_(None),
            requests.c.sealed_token.is_not(None),
            requests.c.token_expires_at_ms > database_now_ms() + 5_000,
            requests.c.created_at_ms < database_now_ms() - older_than_ms,
        )
        .order_by(requests.c.id)
    )
    return {row[0]: row[1] / 1000 for row in conn.execute(statement)}


def list_running_requests(conn: Connection, request_ids: Collection[int]) -> list[RunningRequest]:
    """Return how far these requests are.

    `ahead` counts the jobs before the request's first queued one in the line of its account; None once none is queued.
    """
    other = jobs.alias("other")
    ahead = (
        sa.select(sa.func.count())
        .where(
            is_word(other.c.state, JobState.QUEUED),
            other.c.provider == jobs.c.provider,
            other.c.account_id == jobs.c.account_id,
            sa.tuple_(other.c.priority, other.c.turn, other.c.id)
            < sa.tuple_(jobs.c.priority, jobs.c.turn, jobs.c.id),
        )
        .correlate(jobs)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            jobs.c.request_id, jobs.c.id, jobs.c.model, jobs.c.state, jobs.c.progress, jobs.c.price_micro_usd,
            sa.case((jobs.c.state == JobState.QUEUED, ahead), else_=None).label("ahead"),
            ((database_now_ms() - jobs.c.created_at_ms) / 1000.0).label("elapsed_s"),
        )
        .where(jobs.c.request_id.in_(request_ids))
        .order_by(jobs.c.request_id.desc(), jobs.c.position)
    )  # fmt: skip
    groups: dict[int, list[sa.RowMapping]] = {}
    for values in conn.execute(statement).mappings():
        groups.setdefault(values["request_id"], []).append(values)
    return [_running(request_id, rows) for request_id, rows in groups.items()]


def _running(request_id: int, rows: list[sa.RowMapping]) -> RunningRequest:
    still_open = [row for row in rows if row["state"] in OPEN_STATES]
    running = [row for row in still_open if row["state"] in RUNNING_STATES]
    shown = (running or still_open or rows)[0]
    return RunningRequest(
        request_id=request_id,
        first_job_id=rows[0]["id"],
        model=shown["model"],
        done=len(rows) - len(still_open),
        total=len(rows),
        ahead=None if running else shown["ahead"],
        progress=shown["progress"] or {},
        elapsed_s=float(shown["elapsed_s"]),
        price_micro_usd=sum(row["price_micro_usd"] for row in rows),
    )


def expected_seconds(conn: Connection, model: str, sample: int = 50) -> float | None:
    """Return the mean time in seconds that the model's last `sample` pictures took, None before the first one."""
    last = (
        sa.select((jobs.c.ended_at_ms - jobs.c.started_at_ms).label("took_ms"))
        .where(
            jobs.c.model == model, is_word(jobs.c.state, JobState.STORED), jobs.c.started_at_ms.is_not(None)
        )
        .order_by(jobs.c.id.desc())
        .limit(sample)
        .subquery()
    )
    took_ms = conn.execute(sa.select(sa.func.avg(last.c.took_ms))).scalar()
    return None if took_ms is None else float(took_ms) / 1000.0


def _remote_id() -> sa.Label[str | None]:
    """Return the column of the provider's own id of a job's order, of its newest attempt that has one."""
    statement = (
        sa.select(attempts.c.remote_id)
        .where(attempts.c.job_id == jobs.c.id, attempts.c.remote_id.is_not(None))
        .order_by(attempts.c.number.desc())
        .limit(1)
    )
    return statement.scalar_subquery().label("remote_id")


def _picture_rows() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            jobs.c.id.label("job_id"), jobs.c.user_id, jobs.c.state, jobs.c.error, jobs.c.price_micro_usd,
            jobs.c.cost_micro_usd, jobs.c.released_at_ms, jobs.c.model, jobs.c.payer, _remote_id(), recipes.c.code,
            recipes.c.body, requests.c.guild_id, requests.c.visibility, requests.c.kind.label("request_kind"),
            images.c.digest, images.c.format, images.c.width, images.c.height,
        )
        .select_from(
            jobs.join(requests, requests.c.id == jobs.c.request_id)
            .outerjoin(recipes, recipes.c.id == jobs.c.recipe_id)
            .outerjoin(images, images.c.job_id == jobs.c.id)
        )
        .order_by(jobs.c.request_id, jobs.c.position)
    )  # fmt: skip


@cache
def _rows_of_jobs() -> sa.Select[*tuple[Any, ...]]:
    return _picture_rows().where(jobs.c.id.in_(sa.bindparam("job_ids", expanding=True)))


@cache
def _rows_of_request() -> Prepared:
    return Prepared(_picture_rows().where(jobs.c.request_id == sa.bindparam("request")))


def picture_rows(conn: Connection, job_ids: list[int]) -> list[dict[str, Any]]:
    """Return what a result shows of each job, in order: recipe, image (None where there is none), state, error.

    A picture of a character has its name and number under "tag", where it still is one; one that resembles a photo has
    under "photo_until_ms" until when its owner's photo is kept, where it is.
    """
    found = conn.execute(_rows_of_jobs(), {"job_ids": job_ids}).mappings()
    return _tagged(conn, [dict(row) for row in found])


def picture_rows_of_request(conn: Connection, request_id: int) -> list[dict[str, Any]]:
    """Return the same of all jobs of a request."""
    return _tagged(conn, _rows_of_request().all_named(conn, {"request": request_id}))


def _tagged(conn: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    photos.add_kept_until(conn, rows)
    of_characters = [row["job_id"] for row in rows if (row["body"] or {}).get("character") is not None]
    if of_characters:
        tags = character_pictures.tags_of_jobs(conn, of_characters)
        return [row | {"tag": tags.get(row["job_id"])} for row in rows]
    return rows


_IDS_OF_REQUEST: Final = (
    sa.select(jobs.c.id).where(jobs.c.request_id == sa.bindparam("request")).order_by(jobs.c.position)
)


def job_ids_of_request(conn: Connection, request_id: int) -> list[int]:
    """Return the ids of a request's jobs in the order asked for."""
    return list(conn.execute(_IDS_OF_REQUEST, {"request": request_id}).scalars())


@dataclass(frozen=True, slots=True)
class Load:
    """How many jobs of a provider are in line, and how many are in the works there.

    An order in doubt is in neither: it takes up no room at its provider, and may never have been there.
    """

    queued: int = 0
    running: int = 0


def _count_by_provider(conn: Connection, condition: sa.ColumnElement[bool]) -> dict[str, int]:
    statement = sa.select(jobs.c.provider, sa.func.count()).where(condition).group_by(jobs.c.provider)
    return {row[0]: row[1] for row in conn.execute(statement)}


def load_of_providers(conn: Connection) -> dict[str, Load]:
    """Return the load of each provider that has any job in line or in the works."""
    queued = _count_by_provider(conn, is_word(jobs.c.state, JobState.QUEUED))
    running = _count_by_provider(conn, RUNNING)
    return {name: Load(queued.get(name, 0), running.get(name, 0)) for name in {*queued, *running}}
