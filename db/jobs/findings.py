"""The table `findings`: what each worker has found of image services and models, told to the other processes."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import workers
from db.tables.schema import findings
from db.tables.types import database_now_ms


class Word(StrEnum):
    """What a worker finds."""

    DOWN = "down"
    """A provider that does not answer it; tried again at the end of this finding, and so on."""
    ANSWERS = "answers"
    """A provider that answers it, although another worker finds it down."""
    GONE = "gone"
    """A model that its provider does not know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a worker finds of `name`: since so many milliseconds, and for so many more (less than 0: it is over)."""

    name: str
    word: Word
    age_ms: int
    left_ms: int


@dataclass(frozen=True, slots=True)
class HeardFinding:
    """A finding of another worker; `stamp` stays the same until that worker says something else."""

    finding: Finding
    stamp: tuple[str, str, int, int]


def put_findings(conn: Connection, worker_id: str, found: Collection[Finding]) -> None:
    """Write all that a worker finds, in the place of what it found before.

    Raises ConflictError where the worker has no row (any more).
    """
    conn.execute(sa.delete(findings).where(findings.c.worker_id == worker_id))
    for each in found:
        conn.execute(
            sa.insert(findings).values(
                worker_id=worker_id,
                name=each.name,
                word=each.word,
                since_ms=database_now_ms() - each.age_ms,
                until_ms=database_now_ms() + each.left_ms,
            )
        )


def list_findings(conn: Connection, worker_id: str) -> list[HeardFinding]:
    """Return what all living workers but this one find; a word that a newer version writes means nothing here."""
    c, now = findings.c, database_now_ms()
    statement = (
        sa.select(c.worker_id, c.name, c.word, c.since_ms, c.until_ms, now.label("now_ms"))
        .where(c.worker_id != worker_id, c.worker_id.in_(workers.living()), c.word.in_(list(Word)))
        .order_by(c.worker_id, c.name)
    )
    return [
        HeardFinding(
            Finding(row.name, Word(row.word), row.now_ms - row.since_ms, row.until_ms - row.now_ms),
            (row.worker_id, row.name, row.since_ms, row.until_ms),
        )
        for row in conn.execute(statement)
    ]
