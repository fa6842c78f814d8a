"""The table `workers`: one heartbeat row a process. A worker whose row is old or gone holds nothing any more.

Processes without an engine beat too: they hold nothing, but whoever wants to be alone on the database asks here.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import workers
from db.tables.types import DAY_MS, database_now_ms

LEASE_MS = 30_000
"""A worker that has not beaten for this long is taken for dead; it beats every third of it."""

NOBODY = "-"
"""The worker id of what was given up half way: no living worker bears it."""


def register(conn: Connection, worker_id: str, *, is_only_worker: bool) -> None:
    """Enter a worker. On SQLite it is the only one: the leases of every earlier start are void at once."""
    if is_only_worker:
        conn.execute(sa.delete(workers))
    conn.execute(
        sa.insert(workers).values(id=worker_id, started_at_ms=database_now_ms(), beat_at_ms=database_now_ms())
    )


def beat(conn: Connection, worker_id: str) -> bool:
    """Renew a worker's lease; False where its row is gone, so that its leases are lost."""
    statement = sa.update(workers).where(workers.c.id == worker_id).values(beat_at_ms=database_now_ms())
    return conn.execute(statement).rowcount == 1


def leave(conn: Connection, worker_id: str) -> None:
    """Give up a worker's leases; also sweeps rows that have been dead for a day."""
    conn.execute(
        sa.delete(workers).where(
            (workers.c.id == worker_id) | (workers.c.beat_at_ms < database_now_ms() - DAY_MS)
        )
    )


def living() -> sa.Select[tuple[str]]:
    """Return the statement that selects the ids of all living workers."""
    return sa.select(workers.c.id).where(workers.c.beat_at_ms > database_now_ms() - LEASE_MS)


def is_anybody_alive(conn: Connection) -> bool:
    """Return whether any process works on this database."""
    return conn.execute(living().limit(1)).first() is not None
