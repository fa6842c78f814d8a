"""The table `gateway_ends`: how often in a row processes with the same shards ended because of a silent gateway."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.types import database_now_ms
from db.tables.watch_schema import gateway_ends

IN_A_ROW_MS: Final = 6 * 3600 * 1000
"""An end counts with the one before where it comes this soon; later it is the first again."""


def ends_in_a_row(conn: Connection, shards: str) -> int:
    """Return how many ends in a row there were lately, 0 where the last one is long ago."""
    c = gateway_ends.c
    age_ms = database_now_ms() - c.ended_at_ms
    lately = sa.select(c.ends).where(c.shards == shards, age_ms < IN_A_ROW_MS, age_ms > -IN_A_ROW_MS)
    return int(conn.execute(lately).scalar() or 0)


def count_end(conn: Connection, shards: str) -> None:
    """Write that a process ends now because of its gateway."""
    ends = ends_in_a_row(conn, shards) + 1
    conn.execute(sa.delete(gateway_ends).where(gateway_ends.c.shards == shards))
    row = {"shards": shards, "ends": ends, "ended_at_ms": database_now_ms()}
    conn.execute(sa.insert(gateway_ends).values(**row))
