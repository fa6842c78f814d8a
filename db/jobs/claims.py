"""Which job is next: the first in the line of an account that has room, whose server and person have room too.

A line may begin with any number of jobs that have to wait: of a server or a person who have all that they may have in
the works, or put back for later. The first few rows are looked at in the order of the line. Where none of them can go,
the first that can is taken from each server, which skips a full one at once, however many of its jobs wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.together import Part, together
from db.jobs import stays
from db.jobs.jobs import JOB_COLUMNS, JobRow, row_of
from db.tables.schema import jobs
from db.tables.types import database_now_ms, is_word
from services.models import JobState

NEAR: Final = 32
"""Rows at the head of a line that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class ShareCaps:
    """How many jobs of one server, and of one person, may be in the works at once, with all providers together."""

    per_server: int
    per_user: int


NO_SHARE_CAPS: Final = ShareCaps(per_server=1_000_000, per_user=1_000_000)

_QUEUED: Final = is_word(jobs.c.state, JobState.QUEUED)
# What is being fetched needs nothing of its provider any more, and what is in doubt may never have been there.
RUNNING: Final = sa.and_(
    is_word(jobs.c.state, JobState.SUBMITTING, JobState.WAITING), jobs.c.doubt_until_ms.is_(None)
)


def _number(value: int) -> sa.ColumnElement[int]:
    """Return a number of ours written into the statement's text.

    With values bound to it, PostgreSQL would plan the statement anew each time, which takes longer than running it.
    """
    return sa.literal_column(str(int(value)), sa.BigInteger)


# A column that is asked for twice would be looked up twice. Source: SQLite 3.35 and PostgreSQL 12, WITH clause.
_ONCE: Final = "MATERIALIZED"


def _full(column: sa.ColumnElement[int], cap: int) -> sa.Select[Any]:
    """Return the statement of those servers or people that have no room."""
    # `+ 0`: by the plain column SQLite would walk another index, over all of history, to have it in that order.
    one = sa.func.min(column)
    return (
        sa.select(one)
        .where(RUNNING)
        .group_by(column + _number(0))
        .having(sa.func.count() >= _number(cap))
        .correlate(None)
    )


def _open_accounts(caps: Mapping[str, int]) -> sa.CTE:
    """Return (provider, account_id, fullness) of the accounts that jobs wait for and that have room.

    Read account by account, one look each: a long line costs no more than a short one.
    """
    named = [
        sa.select(sa.literal_column(f"'{name}'", sa.String).label("provider"), _number(cap).label("cap"))
        for name, cap in caps.items()
        if name.isidentifier()
    ]
    providers = sa.union_all(*named).subquery("providers")
    nearest = sa.func.min(jobs.c.account_id)
    first = sa.select(nearest).where(_QUEUED, jobs.c.provider == providers.c.provider)
    found = sa.select(
        providers.c.provider,
        providers.c.cap,
        first.correlate(providers).scalar_subquery().label("account_id"),
    ).cte("accounts", recursive=True)
    following = sa.select(nearest).where(
        _QUEUED, jobs.c.provider == found.c.provider, jobs.c.account_id > found.c.account_id
    )
    accounts = found.union_all(
        sa.select(found.c.provider, found.c.cap, following.correlate(found).scalar_subquery()).where(
            found.c.account_id.is_not(None)
        )
    )
    running = sa.select(sa.func.count()).where(
        RUNNING, jobs.c.provider == accounts.c.provider, jobs.c.account_id == accounts.c.account_id
    )
    counted = (
        sa.select(
            accounts.c.provider,
            accounts.c.account_id,
            accounts.c.cap,
            running.correlate(accounts).scalar_subquery().label("running"),
        )
        .where(accounts.c.account_id.is_not(None))
        .cte("counted")
        .prefix_with(_ONCE)
    )
    fullness = (counted.c.running * sa.literal_column("1.0", sa.Float) / counted.c.cap).label("fullness")
    return (
        sa.select(counted.c.provider, counted.c.account_id, fullness)
        .where(counted.c.running < counted.c.cap)
        .cte("open_accounts")
    )


def _in_line(of: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(_QUEUED, jobs.c.provider == of.c.provider, jobs.c.account_id == of.c.account_id)


_ORDER: Final = (jobs.c.priority, jobs.c.turn, jobs.c.id)


def _near(account: sa.FromClause, caps: ShareCaps) -> sa.ScalarSelect[int]:
    """Return the first job that may go among the first few of an account's line."""
    c = jobs.c
    head = (
        sa.select(c.id, c.priority, c.turn, c.share_id, c.user_id, c.not_before_ms)
        .where(_in_line(account))
        .order_by(*_ORDER)
        .limit(_number(NEAR))
        .correlate(account)
        .subquery("head")
    )
    return (
        sa.select(head.c.id)
        .where(
            head.c.not_before_ms <= database_now_ms(),
            head.c.share_id.not_in(_full(c.share_id, caps.per_server)),
            head.c.user_id.not_in(_full(c.user_id, caps.per_user)),
        )
        .order_by(head.c.priority, head.c.turn, head.c.id)
        .limit(_number(1))
        .scalar_subquery()
    )


def _shares(accounts: sa.CTE) -> sa.CTE:
    """Return (provider, account_id, share_id) of every server whose jobs wait for one of the accounts."""
    nearest = sa.func.min(jobs.c.share_id)
    first = sa.select(nearest).where(_in_line(accounts)).correlate(accounts).scalar_subquery()
    found = sa.select(accounts.c.provider, accounts.c.account_id, first.label("share_id")).cte(
        "shares", recursive=True
    )
    following = sa.select(nearest).where(_in_line(found), jobs.c.share_id > found.c.share_id)
    return found.union_all(
        sa.select(found.c.provider, found.c.account_id, following.correlate(found).scalar_subquery()).where(
            found.c.share_id.is_not(None)
        )
    )


def _far(account: sa.FromClause, shares: sa.CTE, caps: ShareCaps) -> sa.ScalarSelect[int]:
    """Return the first job that may go in an account's line, by way of the first of each server that has room."""
    share, first = shares.alias("share"), jobs.alias("first")
    own_first = (
        sa.select(jobs.c.id)
        .where(
            _in_line(share),
            jobs.c.share_id == share.c.share_id,
            jobs.c.not_before_ms <= database_now_ms(),
            jobs.c.user_id.not_in(_full(jobs.c.user_id, caps.per_user)),
        )
        .order_by(*_ORDER)
        .limit(_number(1))
        .correlate(share)
        .scalar_subquery()
    )
    return (
        sa.select(first.c.id)
        .select_from(share.join(first, first.c.id == own_first))
        .where(
            share.c.provider == account.c.provider,
            share.c.account_id == account.c.account_id,
            share.c.share_id.not_in(_full(jobs.c.share_id, caps.per_server)),
        )
        .order_by(first.c.priority, first.c.turn, first.c.id)
        .limit(_number(1))
        .correlate(account)
        .scalar_subquery()
    )


def next_in_line(caps: Mapping[str, int], share_caps: ShareCaps) -> sa.Select[Any]:
    """Return the statement of the id of the job that is next; of several accounts, in the one with most room."""
    accounts = _open_accounts(caps)
    account = accounts.alias("account")
    # COALESCE looks at the second only where the first is NULL: no server is looked for without need.
    head = sa.func.coalesce(_near(account, share_caps), _far(account, _shares(accounts), share_caps))
    heads = (
        sa.select(account.c.provider, account.c.account_id, account.c.fullness, head.label("job_id"))
        .cte("heads")
        .prefix_with(_ONCE)
    )
    return (
        sa.select(heads.c.job_id)
        .where(heads.c.job_id.is_not(None))
        .order_by(heads.c.fullness, heads.c.provider, heads.c.account_id)
        .limit(_number(1))
    )


_other: Final = jobs.alias("other")
_OTHERS: Final = sa.select(_other.c.id).where(is_word(_other.c.state, JobState.QUEUED))
# As text: in what an UPDATE returns SQLAlchemy names columns without their tables for SQLite, also in here.
_IS_ANOTHER: Final = sa.literal_column("other.id") != sa.literal_column("jobs.id")
_IS_ANOTHER_OF_TWO: Final = sa.literal_column("first_two.id") != sa.literal_column("jobs.id")


def _somebody_waits(dialect: str) -> sa.ColumnElement[bool]:
    """Return whether somebody else is in line.

    In the view of its statement the job that is taken stands there still.
    """
    if dialect == "sqlite":
        return sa.exists(_OTHERS.where(_IS_ANOTHER)).correlate(jobs)
    # Asked for any, PostgreSQL reads the table from its beginning where many wait, and finds 100,000 ended ones first:
    # the first two in the order of an index it takes from there. (SQLite would sort all that wait.)
    c = _other.c
    first_two = _OTHERS.order_by(c.provider, c.account_id, c.priority, c.turn, c.id).limit(_number(2))
    return sa.exists().select_from(first_two.subquery("first_two")).where(_IS_ANOTHER_OF_TWO).correlate(jobs)


# Built once for each set of caps: putting it together takes longer than running it.
@lru_cache(maxsize=64)
def _claim(caps: tuple[tuple[str, int], ...], share_caps: ShareCaps, dialect: str) -> Prepared:
    """Return the statement that takes the next job for the worker named by the parameter `claimed_by`."""
    job_id = next_in_line(dict(caps), share_caps).scalar_subquery()
    return Prepared(
        sa.update(jobs)
        .where(jobs.c.id == job_id, _QUEUED)
        .values(
            state=sa.literal_column(f"'{JobState.SUBMITTING}'", sa.String),
            worker_id=sa.bindparam("claimed_by"),
            fence=jobs.c.fence + _number(1),
            submit_tries=jobs.c.submit_tries + _number(1),
            started_at_ms=sa.func.coalesce(jobs.c.started_at_ms, database_now_ms()),
            doubt_until_ms=sa.null(),
            **stays.stamps(),
        )
        .returning(*JOB_COLUMNS, _somebody_waits(dialect).label("somebody_waits"))
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that was taken out of its line. `is_last`: no other one is in any line.

    `rows` are those of all parts of the statement that took it.
    """

    job: JobRow
    is_last: bool
    rows: Mapping[str, Row | None]


def claim_queued(
    conn: Connection,
    worker_id: str,
    caps: Mapping[str, int],
    share_caps: ShareCaps = NO_SHARE_CAPS,
    **beside: Part,
) -> Taken | None:
    """Take the next job in line, in one statement; None where none can go.

    `caps` says how many jobs of each provider may run at once for one account; a provider that is not named is never
    claimed. The try is counted here, before the work, so that a job that kills its worker cannot do so for ever.
    What is to change `beside` it may refer to the part `taken` (`db/dialects/together.py`).
    """
    if not caps:
        return None
    statement = _claim(tuple(sorted(caps.items())), share_caps, conn.dialect.name)
    done = together(conn, taken=(statement, {"claimed_by": worker_id}), **beside)
    row = done["taken"]
    return None if row is None else Taken(row_of(row), is_last=not row[-1], rows=done)
