"""The end of characters: one that a running job still uses is only marked, and goes once that job has ended."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.characters.character_pictures import unused_uploads
from db.pictures import uploads
from db.pictures.upload_uses import named_anywhere
from db.tables.character_schema import character_pictures as pictures
from db.tables.character_schema import characters
from db.tables.schema import jobs
from db.tables.types import is_word
from services.models import OPEN_STATES

_IN_USE: Final = (
    sa.exists()
    .where(pictures.c.character_id == characters.c.id, pictures.c.number.is_(None))
    .where(jobs.c.id == pictures.c.job_id, is_word(jobs.c.state, *OPEN_STATES))
)
_DONE_WITH: Final = sa.select(characters.c.id, characters.c.user_id).where(
    characters.c.deleted_at_ms.is_not(None), ~_IN_USE
)


def end_one(conn: Connection, character_id: int) -> list[str] | None:
    """Delete the rows of a deleted character; None where a running job uses it, and nothing goes yet.

    Returns the digests of files as `end_deleted` does.
    """
    found = conn.execute(_DONE_WITH.where(characters.c.id == character_id)).first()
    return None if found is None else _end(conn, {found[0]: found[1]})


def end_deleted(conn: Connection, limit: int = 100) -> tuple[int, list[str]]:
    """Delete the rows of deleted characters that no running job uses, and return how many those were.

    Their versions, numbers and shares go with them, and what was brought for them and nothing else needs; the second
    are the digests of those files. Results stay what they are.
    """
    found = conn.execute(_DONE_WITH.order_by(characters.c.id).limit(limit))
    owners = {row[0]: row[1] for row in found}
    return len(owners), _end(conn, owners) if owners else []


def _end(conn: Connection, owners: dict[int, int]) -> list[str]:
    brought = sa.select(pictures.c.upload_id, pictures.c.character_id).where(
        pictures.c.character_id.in_(owners), pictures.c.upload_id.is_not(None)
    )
    brought_by: dict[int, list[int]] = {}
    for upload_id, character_id in conn.execute(brought):
        brought_by.setdefault(owners[character_id], []).append(upload_id)
    conn.execute(sa.delete(characters).where(characters.c.id.in_(owners)))
    return [
        digest
        for user_id, upload_ids in brought_by.items()
        for digest in forget_unneeded(conn, user_id, upload_ids)
    ]


def forget_unneeded(conn: Connection, user_id: int, upload_ids: Sequence[int]) -> list[str]:
    """Delete those of somebody's uploads that no character, recipe or draft needs; return the digests of their files.

    What a recipe or a draft looks at is left to the daily look (`jobs/left_uploads.py`): its picture can be made again.
    """
    unused = unused_uploads(conn, upload_ids) if upload_ids else []
    found = uploads.digests_of(conn, unused)
    named = named_anywhere(conn, user_id, found.values())
    return forget_unused(conn, user_id, [each for each in unused if found.get(each) not in named])


def forget_unused(conn: Connection, user_id: int, upload_ids: Sequence[int]) -> list[str]:
    """Delete those of somebody's uploads that no character has any more; return the digests of their files."""
    unused = unused_uploads(conn, upload_ids) if upload_ids else []
    digests = (uploads.delete(conn, user_id, each) for each in unused)
    return [digest for digest in digests if digest is not None]
