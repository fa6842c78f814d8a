"""The table `attempts`: every try of a job with its provider. A row stands before anything is sent."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.schema import attempts, jobs
from db.types import database_now_ms
from services.models import AttemptState, JobState, JsonValue


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try: how long ago it was sent (None: certainly never), and the provider's handle once it was answered."""

    id: int
    job_id: int
    number: int
    fence: int
    state: AttemptState
    sent_age_s: float | None
    handle: dict[str, JsonValue] | None
    outcome: dict[str, JsonValue] | None


def _select() -> sa.Select[*tuple[Any, ...]]:
    c = attempts.c
    sent_age_s = ((database_now_ms() - c.sent_at_ms) / 1000.0).label("sent_age_s")
    return sa.select(c.id, c.job_id, c.number, c.fence, c.state, sent_age_s, c.handle, c.outcome)


def _row(v: sa.RowMapping) -> AttemptRow:
    return AttemptRow(
        v["id"],
        v["job_id"],
        v["number"],
        v["fence"],
        AttemptState(v["state"]),
        None if v["sent_age_s"] is None else float(v["sent_age_s"]),
        v["handle"],
        v["outcome"],
    )


def open_attempt(conn: Connection, job_id: int, fence: int) -> AttemptRow:
    """Make the next attempt of a job."""
    number = sa.select(sa.func.coalesce(sa.func.max(attempts.c.number), 0) + 1).where(
        attempts.c.job_id == job_id
    )
    statement = sa.insert(attempts).values(
        job_id=job_id,
        number=number.scalar_subquery(),
        fence=fence,
        state=AttemptState.OPEN,
        opened_at_ms=database_now_ms(),
    )
    row = conn.execute(statement.returning(attempts.c.id, attempts.c.number)).one()
    return AttemptRow(row[0], job_id, row[1], fence, AttemptState.OPEN, None, None, None)


def mark_sent(conn: Connection, attempt_id: int) -> bool:
    """Write that the order is about to leave; without True from here nothing may be sent.

    False when the attempt was closed, was sent before, or the job was taken over (its fence moved on) or canceled.
    """
    holds = sa.exists().where(
        jobs.c.id == attempts.c.job_id,
        jobs.c.fence == attempts.c.fence,
        jobs.c.state == JobState.SUBMITTING,
        jobs.c.cancel_requested_at_ms.is_(None),
    )
    statement = (
        sa.update(attempts)
        .where(
            attempts.c.id == attempt_id,
            attempts.c.state == AttemptState.OPEN,
            attempts.c.sent_at_ms.is_(None),
            holds,
        )
        .values(sent_at_ms=database_now_ms())
    )
    return conn.execute(statement).rowcount == 1


def keep_handle(
    conn: Connection, attempt: AttemptRow, handle: dict[str, JsonValue], *, is_hearsay: bool = False
) -> None:
    """Keep what leads to the order. `attempt` is the row as it was just read.

    What the submit was answered wins over what was known before; hearsay, which a call brought, only adds to it.
    """
    before = attempt.handle or {}
    weak, strong = (handle, before) if is_hearsay else (before, handle)
    merged = {**weak, **{name: value for name, value in strong.items() if value}}
    for name in ("addresses", "facts"):
        merged[name] = {**_object(weak.get(name)), **_object(strong.get(name))}
    conn.execute(
        sa.update(attempts)
        .where(attempts.c.id == attempt.id)
        .values(remote_id=str(merged["remote_id"]), handle=merged)
    )


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def keep_outcome(conn: Connection, attempt_id: int, outcome: dict[str, JsonValue]) -> None:
    """Keep what the provider made of the order, so that fetching can be tried again after a crash."""
    conn.execute(sa.update(attempts).where(attempts.c.id == attempt_id).values(outcome=outcome))


def close_attempt(
    conn: Connection, attempt_id: int, state: AttemptState, error: dict[str, JsonValue] | None = None
) -> None:
    """Close an attempt; it can never be sent after this."""
    conn.execute(
        sa.update(attempts)
        .where(attempts.c.id == attempt_id)
        .values(state=state, error=error, closed_at_ms=database_now_ms())
    )


def read_attempt(conn: Connection, attempt_id: int) -> AttemptRow | None:
    """Return an attempt by id, None if there is none."""
    row = conn.execute(_select().where(attempts.c.id == attempt_id)).mappings().first()
    return None if row is None else _row(row)


def attempt_to_fetch(conn: Connection, job_id: int) -> AttemptRow | None:
    """Return the newest attempt of a job that has an outcome: a call may come for an older one than the last."""
    statement = (
        _select()
        .where(attempts.c.job_id == job_id, attempts.c.outcome.is_not(None))
        .order_by(attempts.c.number.desc())
        .limit(1)
    )
    row = conn.execute(statement).mappings().first()
    return None if row is None else _row(row)


def forget_addresses(conn: Connection, job_id: int) -> None:
    """Delete what leads to a job's picture at its provider."""
    conn.execute(sa.update(attempts).where(attempts.c.job_id == job_id).values(handle=None, outcome=None))


def last_attempt(conn: Connection, job_id: int) -> AttemptRow | None:
    """Return the newest attempt of a job, None if it has none."""
    statement = _select().where(attempts.c.job_id == job_id).order_by(attempts.c.number.desc()).limit(1)
    row = conn.execute(statement).mappings().first()
    return None if row is None else _row(row)


def last_attempts(conn: Connection, job_ids: Collection[int]) -> dict[int, AttemptRow]:
    """Return the newest attempt of each of these jobs."""
    if not job_ids:
        return {}
    statement = _select().where(attempts.c.job_id.in_(job_ids)).order_by(attempts.c.number)
    return {row.job_id: row for row in map(_row, conn.execute(statement).mappings())}


def last_error(conn: Connection, job_id: int) -> dict[str, JsonValue] | None:
    """Return the error of the newest attempt of a job that had one, with what the provider said; None without any."""
    statement = (
        sa.select(attempts.c.error)
        .where(attempts.c.job_id == job_id, attempts.c.error.is_not(None))
        .order_by(attempts.c.number.desc())
        .limit(1)
    )
    error = conn.execute(statement).scalar()
    return error if isinstance(error, dict) else None
