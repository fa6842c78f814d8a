"""Counts and sums for `/metrics`: quick ones over small indexes, and slow ones over whole tables, asked seldom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs.workers import living
from db.tables.schema import deliveries, images, jobs, ledger
from db.tables.types import database_now_ms, is_word
from services.models import ENDED_STATES, DeliveryState, JobState

SETTLED_FOR_MS: Final = 15_000
"""Ledger entries younger than this may still be joined by one with a lower id; no transaction takes as long."""

LedgerKey = tuple[str, str, str, str]
"""(book, kind, payer, provider)."""

# Each set of states as the partial indexes of `db/tables/schema.py` say it.
_OPEN_BY_INDEX: Final = (
    (JobState.QUEUED,),
    (JobState.SUBMITTING, JobState.WAITING),
    (JobState.FETCHING,),
)
_UNDELIVERED: Final = (DeliveryState.PENDING, DeliveryState.TRYING, DeliveryState.PARKED)


@dataclass(frozen=True, slots=True)
class QuickFigures:
    """Jobs and results that are under way by state, and workers that live."""

    open_jobs: Mapping[str, int]
    held_micro_usd: int
    deliveries: Mapping[str, int]
    workers: int


@dataclass(frozen=True, slots=True)
class SlowFigures:
    """Jobs that have ended by state, and pictures that are kept."""

    ended_jobs: Mapping[str, int]
    images: int
    image_bytes: int


def _open_jobs(conn: Connection) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for states in _OPEN_BY_INDEX:
        found |= dict.fromkeys(states, (0, 0))
        statement = (
            sa.select(jobs.c.state, sa.func.count(), sa.func.sum(jobs.c.price_micro_usd))
            .where(is_word(jobs.c.state, *states))
            .group_by(jobs.c.state)
        )
        found |= {row[0]: (row[1], int(row[2] or 0)) for row in conn.execute(statement)}
    return found


def _count(conn: Connection, condition: sa.ColumnElement[bool], column: sa.ColumnElement[Any]) -> int:
    return int(conn.execute(sa.select(sa.func.count(column)).where(condition)).scalar_one())


def quick_figures(conn: Connection) -> QuickFigures:
    """Return what is under way now."""
    under_way = _open_jobs(conn)
    undelivered = {
        str(state): _count(conn, is_word(deliveries.c.state, state), deliveries.c.id)
        for state in _UNDELIVERED
    }
    workers = conn.execute(sa.select(sa.func.count()).select_from(living().subquery())).scalar_one()
    return QuickFigures(
        open_jobs={str(state): many for state, (many, _) in under_way.items()},
        held_micro_usd=sum(price for _, price in under_way.values()),
        deliveries=undelivered,
        workers=workers,
    )


def slow_figures(conn: Connection) -> SlowFigures:
    """Return what was made so far: a look at every row of two tables."""
    ended: dict[str, int] = {str(state): 0 for state in ENDED_STATES}
    statement = (
        sa.select(jobs.c.state, sa.func.count()).where(jobs.c.state.in_(ENDED_STATES)).group_by(jobs.c.state)
    )
    ended |= {row[0]: row[1] for row in conn.execute(statement)}
    row = conn.execute(sa.select(sa.func.count(), sa.func.sum(images.c.size_bytes))).one()
    return SlowFigures(ended, row[0], int(row[1] or 0))


def ledger_sums(conn: Connection, after_id: int) -> tuple[int, dict[LedgerKey, int]]:
    """Return (the last id that was summed, micro-dollars by key) of the ledger's entries after `after_id`."""
    c = ledger.c
    statement = (
        sa.select(c.book, c.kind, c.payer, c.provider, sa.func.sum(c.amount_micro_usd), sa.func.max(c.id))
        .where(c.id > after_id, c.at_ms <= database_now_ms() - SETTLED_FOR_MS)
        .group_by(c.book, c.kind, c.payer, c.provider)
    )
    rows = list(conn.execute(statement))
    sums = {(row[0], row[1], row[2], row[3]): int(row[4]) for row in rows}
    return max((row[5] for row in rows), default=after_id), sums


def parked_since(conn: Connection, age_ms: int) -> int:
    """Return how many results were parked in the last `age_ms`."""
    condition = sa.and_(
        is_word(deliveries.c.state, DeliveryState.PARKED),
        deliveries.c.ended_at_ms > database_now_ms() - age_ms,
    )
    return _count(conn, condition, deliveries.c.id)
