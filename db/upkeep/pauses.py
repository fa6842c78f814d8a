"""The table `pauses`: providers and models that the operator has paused."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import pauses
from db.tables.types import database_now_ms


def list_pauses(conn: Connection) -> dict[str, str]:
    """Return the sentence for people by the name of what is paused."""
    return {row[0]: row[1] for row in conn.execute(sa.select(pauses.c.name, pauses.c.sentence))}


def put_pause(conn: Connection, name: str, sentence: str, paused_by: int) -> None:
    """Pause a provider or a model; a pause that is there gets the new sentence."""
    conn.execute(sa.delete(pauses).where(pauses.c.name == name))
    conn.execute(
        sa.insert(pauses).values(
            name=name, sentence=sentence, paused_by=paused_by, paused_at_ms=database_now_ms()
        )
    )


def delete_pause(conn: Connection, name: str) -> bool:
    """End a pause; return whether there was one."""
    return conn.execute(sa.delete(pauses).where(pauses.c.name == name)).rowcount == 1
