"""The table `character_shares`: with whom a character is shared; and the copies that those people make."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.characters import character_pictures
from db.characters.character_pictures import PictureRow
from db.characters.characters import PERSON, SERVER
from db.pictures import picture_copies
from db.pictures.uploads import Room
from db.tables.character_schema import character_shares as shares
from db.tables.types import database_now_ms


@dataclass(frozen=True, slots=True)
class ShareTarget:
    """A server, or a person."""

    is_server: bool
    id: int

    @property
    def kind(self) -> str:
        """Return the word of the table."""
        return SERVER if self.is_server else PERSON


def _is(character_id: int, target: ShareTarget) -> sa.ColumnElement[bool]:
    return sa.and_(
        shares.c.character_id == character_id,
        shares.c.target_kind == target.kind,
        shares.c.target_id == target.id,
    )


def put(conn: Connection, character_id: int, target: ShareTarget) -> None:
    """Share a character; once more is as good."""
    if conn.execute(sa.select(shares.c.id).where(_is(character_id, target))).first() is None:
        values = {"character_id": character_id, "target_kind": target.kind, "target_id": target.id}
        conn.execute(sa.insert(shares).values(**values, created_at_ms=database_now_ms()))


def remove(conn: Connection, character_id: int, target: ShareTarget) -> bool:
    """Share it no more; return whether it was."""
    return conn.execute(sa.delete(shares).where(_is(character_id, target))).rowcount == 1


def list_targets(conn: Connection, character_id: int) -> list[ShareTarget]:
    """Return with whom a character is shared, in that order."""
    statement = (
        sa.select(shares.c.target_kind, shares.c.target_id)
        .where(shares.c.character_id == character_id)
        .order_by(shares.c.id)
    )
    return [ShareTarget(row[0] == SERVER, row[1]) for row in conn.execute(statement)]


def copy_picture(conn: Connection, character_id: int, user_id: int, row: PictureRow, room: Room) -> int:
    """Give a character of somebody's the picture of another one, and return its number there.

    What is theirs already is the same picture; of anything else they get one of their own, over the same file. Raises
    LimitError where there is no room for it.
    """
    if row.owner_id == user_id and row.job_id is not None:
        return character_pictures.add_result(conn, character_id, row.job_id)
    if row.upload_id is not None:
        kept = picture_copies.keep_copy_of_upload(conn, user_id, row.upload_id, room)
    else:
        kept = picture_copies.keep_copy_of_result(conn, user_id, row.job_id or 0, room)
    return character_pictures.add_upload(conn, character_id, kept.row.id)
