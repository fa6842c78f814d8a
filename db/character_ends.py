"""The end of characters: one that a running job still uses is only marked, and goes once that job has ended."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.character_schema import character_pictures as pictures
from db.character_schema import characters
from db.schema import jobs
from db.types import is_word
from services.models import OPEN_STATES

_IN_USE: Final = (
    sa.exists()
    .where(pictures.c.character_id == characters.c.id, pictures.c.number.is_(None))
    .where(jobs.c.id == pictures.c.job_id, is_word(jobs.c.state, *OPEN_STATES))
)
_DONE_WITH: Final = (
    sa.select(characters.c.id)
    .where(characters.c.deleted_at_ms.is_not(None), ~_IN_USE)
    .order_by(characters.c.id)
)


def end_one(conn: Connection, character_id: int) -> bool:
    """Delete the rows of a deleted character; False where a running job uses it, and nothing goes yet."""
    statement = sa.delete(characters).where(characters.c.id == character_id, characters.c.id.in_(_DONE_WITH))
    return conn.execute(statement).rowcount == 1


def end_deleted(conn: Connection, limit: int = 100) -> int:
    """Delete the rows of deleted characters that no running job uses, and return how many those were.

    Their versions, pictures' numbers and shares go with them; results and uploads stay what they are.
    """
    ended = list(conn.execute(_DONE_WITH.limit(limit)).scalars())
    if ended:
        conn.execute(sa.delete(characters).where(characters.c.id.in_(ended)))
    return len(ended)
