"""What `bot.py doctor` asks a database: whether it is whole, what stands still, and whether the clocks agree."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.crossing import storage_error
from db.tables.schema import deliveries, images, jobs
from db.tables.types import DAY_MS, HOUR_MS, database_now_ms, is_word
from services.models import DeliveryState, JobState


@dataclass(frozen=True, slots=True)
class Stuck:
    """How many jobs are in each state, and how many of them stand still longer than they should."""

    by_state: dict[str, int]
    long_in_line: int
    long_fetching: int
    unknown_today: int
    parked: int


def check_pages(file: Path) -> str:
    """Return "" for a whole SQLite file, else what is wrong with its structure or its references.

    Reads all of it over a connection of its own, which does not hold up the service.
    """
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        return f"{storage_error(error).code}: {error}"
    if found != "ok":
        return found
    return "" if orphan is None else f"a row of {orphan[0]} refers to a missing row of {orphan[2]}"


def read_clock_ms(conn: Connection) -> int:
    """Return the time by the database's clock, in UTC epoch milliseconds."""
    return int(conn.execute(sa.select(database_now_ms())).scalar_one())


def _count(conn: Connection, *conditions: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(jobs).where(*conditions)).scalar_one())


def read_stuck(conn: Connection) -> Stuck:
    """Return what stands still."""
    now = database_now_ms()
    counts = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
    parked = sa.select(sa.func.count()).where(
        is_word(deliveries.c.state, DeliveryState.PARKED), deliveries.c.noticed_at_ms.is_(None)
    )
    fetching = is_word(jobs.c.state, JobState.FETCHING)
    return Stuck(
        by_state={row[0]: row[1] for row in conn.execute(counts)},
        long_in_line=_count(
            conn, is_word(jobs.c.state, JobState.QUEUED), jobs.c.created_at_ms < now - HOUR_MS
        ),
        long_fetching=_count(conn, fetching, jobs.c.not_before_ms < now - HOUR_MS),
        unknown_today=_count(conn, jobs.c.state == JobState.UNKNOWN, jobs.c.ended_at_ms > now - DAY_MS),
        parked=int(conn.execute(parked).scalar_one()),
    )


def newest_digests(conn: Connection, most: int) -> list[tuple[int, str]]:
    """Return (job id, digest) of the newest stored pictures."""
    statement = sa.select(images.c.job_id, images.c.digest).order_by(images.c.id.desc()).limit(most)
    return [(row[0], row[1]) for row in conn.execute(statement)]
