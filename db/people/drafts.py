"""The table `drafts`: requests that could not start as they were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import drafts
from db.tables.types import database_now_ms
from services.models import JsonValue, Visibility

KEPT_MS: Final = 24 * 3600 * 1000
"""How long a draft waits for its owner."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A kept request: its kind, who shall see the result, and the bodies of its recipes."""

    id: int
    kind: str
    visibility: Visibility
    bodies: tuple[dict[str, JsonValue], ...]


def insert_draft(
    conn: Connection, user_id: int, kind: str, visibility: Visibility, bodies: Sequence[dict[str, JsonValue]]
) -> int:
    """Keep a request and return its row id."""
    statement = sa.insert(drafts).values(
        user_id=user_id,
        kind=kind,
        visibility=visibility,
        recipes=list(bodies),
        created_at_ms=database_now_ms(),
    )
    return int(conn.execute(statement.returning(drafts.c.id)).scalar_one())


def read_draft(conn: Connection, draft_id: int, user_id: int) -> DraftRow | None:
    """Return a draft of this person's, None where there is none (any more)."""
    c = drafts.c
    statement = sa.select(c.id, c.kind, c.visibility, c.recipes).where(c.id == draft_id, c.user_id == user_id)
    row = conn.execute(statement).first()
    return None if row is None else DraftRow(row[0], row[1], Visibility(row[2]), tuple(row[3]))


def change_draft(
    conn: Connection, draft_id: int, user_id: int, bodies: Sequence[dict[str, JsonValue]]
) -> bool:
    """Replace the recipes of a draft; False where there is none of this person's (any more)."""
    statement = (
        sa.update(drafts)
        .where(drafts.c.id == draft_id, drafts.c.user_id == user_id)
        .values(recipes=list(bodies))
    )
    return conn.execute(statement).rowcount == 1


def forget_old_drafts(conn: Connection) -> int:
    """Delete the drafts that nobody came back for; return how many."""
    old = drafts.c.created_at_ms < database_now_ms() - KEPT_MS
    return conn.execute(sa.delete(drafts).where(old)).rowcount
