"""The table `progress_edits`: which process edits the message of a running request, and until when.

Several workers look at the same running requests, and only one of them may write to a message at a time. No edit begins
once the request has ended, so that its result, which may be another worker's, waits for one edit at most.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.row_locks import let_go_when_stopped
from db.tables.schema import progress_edits, requests
from db.tables.types import database_now_ms

LEASE_MS = 5_000
"""Longer than the edits of one round take; the edits of a process that died are over then."""
KEPT_MS = 600_000

_IN_THE_WAY: Final = sa.select(
    progress_edits.c.worker_id,
    progress_edits.c.until_ms - database_now_ms(),
    progress_edits.c.is_uncertain,
).where(progress_edits.c.request_id == sa.bindparam("request"))


@dataclass(frozen=True, slots=True)
class EditInTheWay:
    """What is known of the last edit of a message: how long it may still be on its way, and whether it may arrive late.

    `left_ms` is None where it has ended, 0 or less where its time is over and nobody said how it ended.
    """

    worker_id: str
    left_ms: int | None
    is_uncertain: bool


def _existing(conn: Connection, request_ids: Collection[int]) -> set[int]:
    statement = sa.select(progress_edits.c.request_id).where(progress_edits.c.request_id.in_(request_ids))
    return set(conn.execute(statement).scalars())


def _running(conn: Connection, request_ids: Collection[int]) -> set[int]:
    statement = sa.select(requests.c.id, let_go_when_stopped()).where(
        requests.c.id.in_(request_ids), requests.c.ended_at_ms.is_(None)
    )
    # Locked, so that none ends before the edit stands here, where whoever brings the result looks for one.
    statement = statement.order_by(requests.c.id).with_for_update(read=True)
    return set(conn.execute(statement).scalars())


def _take_again(conn: Connection, worker_id: str, request_id: int, pause_ms: int) -> bool:
    c = progress_edits.c
    statement = (
        sa.update(progress_edits)
        .where(
            c.request_id == request_id,
            c.due_at_ms <= database_now_ms(),
            c.until_ms.is_(None) | (c.until_ms <= database_now_ms()),
        )
        .values(
            worker_id=worker_id,
            due_at_ms=database_now_ms() + pause_ms,
            until_ms=database_now_ms() + LEASE_MS,
            # An edit whose process died before it said how it ended may still arrive.
            is_uncertain=c.is_uncertain | c.until_ms.is_not(None),
        )
    )
    return conn.execute(statement).rowcount == 1


def _take_first(conn: Connection, worker_id: str, request_id: int, pause_ms: int) -> bool:
    conn.execute(
        sa.insert(progress_edits).values(
            request_id=request_id,
            worker_id=worker_id,
            due_at_ms=database_now_ms() + pause_ms,
            until_ms=database_now_ms() + LEASE_MS,
        )
    )
    return True


def take_edits(conn: Connection, worker_id: str, pauses_ms: Mapping[int, int]) -> frozenset[int]:
    """Take the messages of these requests for one edit each; returns those that may be edited now.

    `pauses_ms` says how long nobody edits each of them again. Left out is what another process has, what was edited
    a moment ago, and what has ended.
    """
    running, existing = _running(conn, pauses_ms), _existing(conn, pauses_ms)
    return frozenset(
        request_id
        for request_id, pause_ms in pauses_ms.items()
        if request_id in running
        and (_take_again if request_id in existing else _take_first)(conn, worker_id, request_id, pause_ms)
    )


def end_edits(
    conn: Connection, worker_id: str, request_ids: Collection[int], uncertain: Collection[int]
) -> None:
    """Write that a worker's edits have ended; those of `uncertain` were given up half way and may still arrive."""
    c = progress_edits.c
    conn.execute(
        sa.update(progress_edits)
        .where(c.request_id.in_(request_ids), c.worker_id == worker_id)
        .values(until_ms=None, is_uncertain=c.is_uncertain | c.request_id.in_(uncertain))
    )


def edit_in_the_way(conn: Connection, request_id: int) -> EditInTheWay | None:
    """Return what is known of the last edit of a request's message, None where there was none."""
    row = conn.execute(_IN_THE_WAY, {"request": request_id}).first()
    return None if row is None else EditInTheWay(row[0], row[1], row[2])


def forget_edits(conn: Connection) -> int:
    """Delete the rows of requests that ended ten minutes ago; returns how many."""
    ended = sa.select(requests.c.id).where(
        requests.c.id == progress_edits.c.request_id,
        requests.c.ended_at_ms < database_now_ms() - KEPT_MS,
    )
    return conn.execute(sa.delete(progress_edits).where(ended.exists())).rowcount
