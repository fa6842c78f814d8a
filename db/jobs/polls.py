"""Looks at waiting jobs: many are claimed, and many are written down, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import attempts, jobs
from db.jobs.moves import Claim
from db.tables.schema import jobs as table
from db.tables.types import database_now_ms, is_word
from services.models import JobState, JsonValue


@dataclass(frozen=True, slots=True)
class DuePoll:
    """A waiting job whose provider is to be asked now. `leased_until_ms` is when it is due again if nothing comes."""

    claim: Claim
    leased_until_ms: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a job has shown, None where it has shown nothing, and when the next one is due."""

    job_id: int
    leased_until_ms: int
    delay_ms: int
    progress: dict[str, JsonValue] | None = None


def claim_due(conn: Connection, lease_ms: int, limit: int, but: Collection[int]) -> list[DuePoll]:
    """Take up to `limit` waiting jobs that are due, without those of `but`, the longest overdue first.

    Each is due again after `lease_ms`, whatever happens.
    """
    if limit <= 0:
        return []
    c = table.c
    due = (
        sa.select(c.id)
        .where(is_word(c.state, JobState.WAITING), c.poll_at_ms <= database_now_ms(), c.id.not_in(but))
        .order_by(c.poll_at_ms)
        .limit(limit)
    )
    statement = (
        sa.update(table)
        .where(c.id.in_(due), c.poll_at_ms <= database_now_ms())
        .values(poll_at_ms=database_now_ms() + lease_ms, polls=c.polls + 1)
        .returning(c.id, c.poll_at_ms)
    )
    leased = {row[0]: row[1] for row in conn.execute(statement)}
    newest = attempts.last_attempts(conn, leased)
    return [
        DuePoll(Claim(job, newest[job.id]), leased[job.id])
        for job in (jobs.read_jobs(conn, list(leased)) if leased else ())
        if job.id in newest
    ]


def look_at_once(conn: Connection) -> None:
    """Make every waiting job due."""
    statement = sa.update(table).where(is_word(table.c.state, JobState.WAITING))
    conn.execute(statement.values(poll_at_ms=database_now_ms()))


def keep_looks(conn: Connection, looks: Sequence[Look]) -> None:
    """Keep how far jobs are, and when to look again.

    A job that somebody has made due meanwhile (a cancel, a call of its provider) stays due.
    """
    if not looks:
        return
    next_ms = sa.case(
        (table.c.poll_at_ms == sa.bindparam("leased"), database_now_ms() + sa.bindparam("delay")),
        else_=table.c.poll_at_ms,
    )
    statement = sa.update(table).where(
        table.c.id == sa.bindparam("job"), is_word(table.c.state, JobState.WAITING)
    )
    silent = [_values(look) for look in looks if look.progress is None]
    telling = [_values(look) | {"seen": look.progress} for look in looks if look.progress is not None]
    if silent:
        conn.execute(statement.values(poll_at_ms=next_ms), silent)
    if telling:
        conn.execute(statement.values(poll_at_ms=next_ms, progress=sa.bindparam("seen")), telling)


def _values(look: Look) -> dict[str, JsonValue]:
    return {"job": look.job_id, "leased": look.leased_until_ms, "delay": look.delay_ms}


def sweep(
    conn: Connection, looks: Sequence[Look], lease_ms: int, limit: int, but: Collection[int]
) -> list[DuePoll]:
    """Keep what the last looks have shown and take the next jobs to look at, in one transaction."""
    keep_looks(conn, looks)
    return claim_due(conn, lease_ms, limit, but)
