"""The table `saved_parts`: parts of recipes that people keep, each under a name of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.people.people import remember_user
from db.tables.schema import saved_parts
from db.tables.types import database_now_ms
from services.errors import LimitError, UserError
from services.parts import PartKind, RecipePart, part_from_json, part_to_json

_C: Final = saved_parts.c


@dataclass(frozen=True, slots=True)
class SavedPart:
    """A part with the name that its owner gave it."""

    name: str
    part: RecipePart


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part to keep. `name_key` is its name as it is compared."""

    user_id: int
    kind: PartKind
    name: str
    name_key: str
    part: RecipePart


def insert_part(conn: Connection, new: NewPart, most: int) -> None:
    """Keep a part.

    Raises UserError("name_taken") where its owner has one of that kind and name, LimitError("too_many_saved") where
    they have `most` of both kinds together.
    """
    earlier = find_part(conn, new.user_id, new.kind, new.name_key)
    if earlier is not None:
        raise UserError("name_taken", field="name", found=earlier.name)
    if count_parts(conn, new.user_id) >= most:
        raise LimitError("too_many_saved", retry_after_s=None, allowed=most)
    remember_user(conn, new.user_id)
    values = {
        "user_id": new.user_id,
        "kind": new.kind,
        "name": new.name,
        "name_key": new.name_key,
        "body": part_to_json(new.part),
        "created_at_ms": database_now_ms(),
    }
    conn.execute(sa.insert(saved_parts).values(values))


def count_parts(conn: Connection, user_id: int) -> int:
    """Return how many parts a person has, of both kinds."""
    statement = sa.select(sa.func.count()).select_from(saved_parts).where(_C.user_id == user_id)
    return int(conn.execute(statement).scalar_one())


def find_part(conn: Connection, user_id: int, kind: PartKind, name_key: str) -> SavedPart | None:
    """Return a person's part of that name, None where there is none."""
    row = conn.execute(sa.select(_C.name, _C.body).where(_is_named(user_id, kind, name_key))).first()
    return None if row is None else _saved(row)


def list_parts(conn: Connection, user_id: int, kind: PartKind) -> list[SavedPart]:
    """Return a person's parts of one kind, the newest first."""
    statement = (
        sa.select(_C.name, _C.body).where(_C.user_id == user_id, _C.kind == kind).order_by(_C.id.desc())
    )
    return [_saved(row) for row in conn.execute(statement)]


def delete_part(conn: Connection, user_id: int, kind: PartKind, name_key: str) -> SavedPart | None:
    """Delete a person's part of that name and return it, None where there is none."""
    found = find_part(conn, user_id, kind, name_key)
    conn.execute(sa.delete(saved_parts).where(_is_named(user_id, kind, name_key)))
    return found


def _is_named(user_id: int, kind: PartKind, name_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(_C.user_id == user_id, _C.kind == kind, _C.name_key == name_key)


def _saved(row: Sequence[Any]) -> SavedPart:
    return SavedPart(row[0], part_from_json(row[1]))
