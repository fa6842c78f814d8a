"""The table `attempts`: every try of a job with its provider. A row stands before anything is sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.together import Part, has_run, of_part
from db.jobs.jobs import JOB_COLUMNS, JobRow, row_of
from db.tables.schema import attempts, jobs
from db.tables.types import database_now_ms
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


# Written once: putting a statement together takes longer than running it.
_C: Final = attempts.c
_COLUMNS: Final[tuple[sa.ColumnElement[Any], ...]] = (
    _C.id, _C.job_id, _C.number, _C.fence, _C.state,
    ((database_now_ms() - _C.sent_at_ms) / 1000.0).label("sent_age_s"), _C.handle, _C.outcome,
)  # fmt: skip
_SELECT: Final[sa.Select[*tuple[Any, ...]]] = sa.select(*_COLUMNS)
_READ: Final = Prepared(_SELECT.where(_C.id == sa.bindparam("attempt")))
_LOCK: Final = Prepared(_READ.statement.with_for_update(key_share=True))
_READ_WITH_JOB: Final = Prepared(
    sa.select(*_COLUMNS, *JOB_COLUMNS)
    # In this order they are locked: the job first, as by everybody who moves it.
    .select_from(jobs.join(attempts, _C.job_id == jobs.c.id))
    .where(_C.id == sa.bindparam("attempt"))
)
_LOCK_WITH_JOB: Final = Prepared(_READ_WITH_JOB.statement.with_for_update(key_share=True))
_OF_JOB: Final = _SELECT.where(_C.job_id == sa.bindparam("job"))
_NEWEST_OF_JOB: Final = Prepared(_OF_JOB.order_by(_C.number.desc()).limit(1))
_NEWEST_WITH_OUTCOME: Final = Prepared(
    _OF_JOB.where(_C.outcome.is_not(None)).order_by(_C.number.desc()).limit(1)
)
_TAKEN: Final = of_part("taken", jobs.c.id)
_NEXT_NUMBER: Final = sa.select(sa.func.coalesce(sa.func.max(_C.number), 0) + 1).where(_C.job_id == _TAKEN)
_OPEN: Final = Prepared(
    sa.insert(attempts)
    .from_select(
        ["job_id", "number", "fence", "state", "opened_at_ms"],
        sa.select(
            _TAKEN, _NEXT_NUMBER.scalar_subquery(), of_part("taken", jobs.c.fence),
            sa.literal_column(f"'{AttemptState.OPEN}'"), database_now_ms(),
        ).where(has_run("taken")),
    )
    .returning(_C.id, _C.number)
)  # fmt: skip
_HOLDS: Final = sa.exists().where(
    jobs.c.id == _C.job_id,
    jobs.c.fence == _C.fence,
    jobs.c.state == JobState.SUBMITTING,
    jobs.c.cancel_requested_at_ms.is_(None),
)
_CHANGE: Final = sa.update(attempts).where(_C.id == sa.bindparam("attempt"))
_MARK_SENT: Final = Prepared(
    _CHANGE.where(_C.state == AttemptState.OPEN, _C.sent_at_ms.is_(None), _HOLDS).values(
        sent_at_ms=database_now_ms()
    )
)
_KEEP: Final = Prepared(_CHANGE)
_KEEP_OF_MOVED: Final = Prepared(_CHANGE.where(has_run("move")))
_FIRST_HANDLE: Final = Prepared(_CHANGE.where(_C.handle.is_(None)))
_CLOSE: Final = Prepared(_CHANGE.values(closed_at_ms=database_now_ms()))


def _row(v: Sequence[Any]) -> AttemptRow:
    sent_age_s = None if v[5] is None else float(v[5])
    return AttemptRow(v[0], v[1], v[2], v[3], AttemptState(v[4]), sent_age_s, v[6], v[7])


OPENING: Final[Part] = (_OPEN, {})
"""Makes the next attempt of the job that the part `taken` returns; `opened` reads its row."""


def opened(row: Row, job: JobRow) -> AttemptRow:
    """Return the attempt that `OPENING` has made of a job."""
    return AttemptRow(row[0], job.id, row[1], job.fence, AttemptState.OPEN, None, None, None)


def mark_sent(conn: Connection, attempt_id: int) -> bool:
    """Write that the order is about to leave; without True from here nothing may be sent.

    False when the attempt was closed, was sent before, or the job was taken over (its fence moved on) or canceled.
    """
    return _MARK_SENT.change(conn, {"attempt": attempt_id}) == 1


def first_handle(attempt_id: int, handle: dict[str, JsonValue]) -> Part:
    """Return the change that keeps what leads to the order, unless something is known already: that is merged."""
    return _FIRST_HANDLE, {"attempt": attempt_id, "remote_id": str(handle["remote_id"]), "handle": handle}


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
    values = {"attempt": attempt.id, "remote_id": str(merged["remote_id"]), "handle": merged}
    _KEEP.change(conn, values)


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def keep_outcome(conn: Connection, attempt_id: int, outcome: dict[str, JsonValue]) -> None:
    """Keep what the provider made of the order, so that fetching can be tried again after a crash."""
    _KEEP.change(conn, {"attempt": attempt_id, "outcome": outcome})


def outcome_of_moved(attempt_id: int, outcome: dict[str, JsonValue]) -> Part:
    """Return the same change of an attempt whose job the part `move` moves, and none where that moves nothing."""
    return _KEEP_OF_MOVED, {"attempt": attempt_id, "outcome": outcome}


def closing(attempt_id: int, state: AttemptState, error: dict[str, JsonValue] | None = None) -> Part:
    """Return the change that closes an attempt; it can never be sent after this."""
    return _CLOSE, {"attempt": attempt_id, "state": state, "error": error}


def close_attempt(
    conn: Connection, attempt_id: int, state: AttemptState, error: dict[str, JsonValue] | None = None
) -> None:
    """Close an attempt; it can never be sent after this."""
    statement, values = closing(attempt_id, state, error)
    statement.change(conn, values)


def read_attempt(conn: Connection, attempt_id: int) -> AttemptRow | None:
    """Return an attempt by id, None if there is none."""
    row = _READ.first(conn, {"attempt": attempt_id})
    return None if row is None else _row(row)


def lock_attempt(conn: Connection, attempt_id: int) -> AttemptRow | None:
    """Return an attempt by id as it is now and stays for the rest of the transaction, None if there is none."""
    row = _LOCK.first(conn, {"attempt": attempt_id})
    return None if row is None else _row(row)


def read_with_job(
    conn: Connection, attempt_id: int, *, is_locked: bool = False
) -> tuple[AttemptRow, JobRow] | None:
    """Return an attempt by id with its job, None if there is none.

    With `is_locked` both are as they are now, and stay so for the rest of the transaction.
    """
    statement = _LOCK_WITH_JOB if is_locked else _READ_WITH_JOB
    row = statement.first(conn, {"attempt": attempt_id})
    return None if row is None else (_row(row), row_of(row[len(_COLUMNS) :]))


def attempt_to_fetch(conn: Connection, job_id: int) -> AttemptRow | None:
    """Return the newest attempt of a job that has an outcome: a call may come for an older one than the last."""
    row = _NEWEST_WITH_OUTCOME.first(conn, {"job": job_id})
    return None if row is None else _row(row)


def forget_addresses(conn: Connection, job_id: int) -> None:
    """Delete what leads to a job's picture at its provider."""
    conn.execute(sa.update(attempts).where(attempts.c.job_id == job_id).values(handle=None, outcome=None))


def last_attempt(conn: Connection, job_id: int) -> AttemptRow | None:
    """Return the newest attempt of a job, None if it has none."""
    row = _NEWEST_OF_JOB.first(conn, {"job": job_id})
    return None if row is None else _row(row)


def last_attempts(conn: Connection, job_ids: Collection[int]) -> dict[int, AttemptRow]:
    """Return the newest attempt of each of these jobs."""
    if not job_ids:
        return {}
    statement = _SELECT.where(attempts.c.job_id.in_(job_ids)).order_by(attempts.c.number)
    return {row.job_id: row for row in map(_row, conn.execute(statement))}


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
