"""Brought pictures that nothing needs: brought for what was refused then, or left when all that looked at them went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.pictures.upload_uses import has_character, is_named
from db.tables.schema import recipes, uploads
from db.tables.types import DAY_MS, database_now_ms

LEFT_AFTER_MS: Final = DAY_MS
"""A picture that was brought longer ago than this, and that nothing needs, is left: drafts wait as long."""

_A_MOMENT_MS: Final = 1_000
"""The times of a recipe and of its picture come from one clock, which may be set back a little."""


@dataclass(frozen=True, slots=True)
class Left:
    """A brought picture that may be needed by nothing, and when it was brought last (UTC epoch ms)."""

    id: int
    digest: str
    agreed_at_ms: int


def delete_brought_now(conn: Connection, user_id: int, brought: Collection[Left]) -> list[str]:
    """Delete what somebody has brought a moment ago, as far as nothing needs it; return the digests of the files.

    What has been brought again since stays, and what a character has, a draft, or a recipe from after that moment: an
    earlier one that looks at the same picture lacked it before as well.
    """
    gone = (
        _delete_one(conn, user_id, each, recipes.c.created_at_ms >= each.agreed_at_ms - _A_MOMENT_MS)
        for each in brought
    )
    return [digest for digest in gone if digest is not None]


def delete_left(conn: Connection, user_id: int, left: Collection[Left], after_recipe_id: int) -> list[str]:
    """Delete what nothing needs of pictures that somebody brought long ago; return the digests of the files.

    Their recipes up to that row id have been looked at, and name none of these.
    """
    gone = (_delete_one(conn, user_id, each, recipes.c.id > after_recipe_id) for each in left)
    return [digest for digest in gone if digest is not None]


def _delete_one(conn: Connection, user_id: int, left: Left, since: sa.ColumnElement[bool]) -> str | None:
    if is_named(conn, user_id, left.digest, since):
        return None
    statement = sa.delete(uploads).where(
        uploads.c.id == left.id,
        uploads.c.user_id == user_id,
        uploads.c.agreed_at_ms == left.agreed_at_ms,
        ~has_character(),
    )
    digest = conn.execute(statement.returning(uploads.c.stored_digest)).scalar()
    return None if digest is None else str(digest)


def _is_left() -> sa.ColumnElement[bool]:
    """Return the condition that a picture came long enough ago, and that no character has it."""
    return (uploads.c.agreed_at_ms < database_now_ms() - LEFT_AFTER_MS) & ~has_character()


def owners_of_left(conn: Connection, after_user_id: int, most: int) -> Sequence[int]:
    """Return the next people, by id, who have brought pictures that nothing may need."""
    statement = (
        sa.select(uploads.c.user_id)
        .where(uploads.c.user_id > after_user_id, _is_left())
        .distinct()
        .order_by(uploads.c.user_id)
        .limit(most)
    )
    return conn.execute(statement).scalars().all()


def left_of(conn: Connection, user_id: int) -> list[Left]:
    """Return somebody's pictures that nothing may need: their recipes are still to be looked at."""
    statement = sa.select(uploads.c.id, uploads.c.digest, uploads.c.agreed_at_ms)
    return [Left(*row) for row in conn.execute(statement.where(uploads.c.user_id == user_id, _is_left()))]
