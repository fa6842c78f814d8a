"""The table `command_pushes`: which set of slash commands each application was last given."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import command_pushes
from db.tables.types import database_now_ms


def read_digest(conn: Connection, application_id: int) -> str | None:
    """Return the digest of the commands last pushed, None if none were."""
    statement = sa.select(command_pushes.c.digest).where(command_pushes.c.application_id == application_id)
    return conn.execute(statement).scalar()


def newest(conn: Connection) -> int:
    """Return when commands were last pushed, by any application: UTC epoch milliseconds, 0 for never."""
    return int(conn.execute(sa.select(sa.func.max(command_pushes.c.pushed_at_ms))).scalar() or 0)


def write_digest(conn: Connection, application_id: int, digest: str) -> None:
    """Keep the digest of what was pushed."""
    conn.execute(sa.delete(command_pushes).where(command_pushes.c.application_id == application_id))
    conn.execute(
        sa.insert(command_pushes).values(
            application_id=application_id, digest=digest, pushed_at_ms=database_now_ms()
        )
    )
