"""The tables `characters` and `character_versions`: who a character is, and what each version of it said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.character_schema import character_shares as shares
from db.tables.character_schema import character_versions as versions
from db.tables.character_schema import characters
from db.tables.types import database_now_ms
from services.models import DrawnFeature, Face

SERVER: Final = "server"
PERSON: Final = "user"
"""With what a character is shared: the words in `character_shares.target_kind`."""


@dataclass(frozen=True, slots=True)
class VersionBody:
    """What one version of a character says. `reference_numbers` are its default references."""

    description: str
    features: Face
    feature_file: str
    reference_numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """A character that is not deleted, with one of its versions. `next_number` is that of its next picture."""

    id: int
    code: str
    user_id: int
    name: str
    version: int
    body: VersionBody
    next_number: int
    newest_version: int


_C, _V = characters.c, versions.c
_HERE: Final = _C.deleted_at_ms.is_(None)
_COLUMNS: Final = (
    _C.id, _C.code, _C.user_id, _C.name, _V.version, _V.description, _V.features, _V.feature_file,
    _V.reference_numbers, _C.next_number, _C.version.label("newest_version"),
)  # fmt: skip
_ROWS: Final = sa.select(*_COLUMNS).join(versions, _V.character_id == _C.id).where(_HERE)
_NEWEST: Final = _ROWS.where(_V.version == _C.version)


def _row(values: sa.RowMapping) -> CharacterRow:
    body = VersionBody(
        values["description"],
        tuple(DrawnFeature(*each) for each in values["features"]),
        values["feature_file"],
        tuple(values["reference_numbers"]),
    )
    return CharacterRow(
        id=values["id"],
        code=values["code"],
        user_id=values["user_id"],
        name=values["name"],
        version=values["version"],
        body=body,
        next_number=values["next_number"],
        newest_version=values["newest_version"],
    )


def _read(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[CharacterRow]:
    return [_row(values) for values in conn.execute(statement).mappings()]


def _first(conn: Connection, statement: sa.Select[*tuple[Any, ...]]) -> CharacterRow | None:
    return next(iter(_read(conn, statement)), None)


def _lent_to(user_id: int, guild_id: int | None) -> sa.ColumnElement[bool]:
    """Return the condition that a character is shared with a person, or with the server where they are."""
    with_person = (shares.c.target_kind == PERSON) & (shares.c.target_id == user_id)
    with_server = (shares.c.target_kind == SERVER) & (shares.c.target_id == guild_id)
    target = with_person if guild_id is None else with_person | with_server
    return _C.id.in_(sa.select(shares.c.character_id).where(target)) & (_C.user_id != user_id)


def insert_character(
    conn: Connection, *, user_id: int, code: str, name: str, name_key: str, body: VersionBody
) -> int:
    """Keep a new character as version 1 and return its row id.

    Raises ConflictError where the code is taken, or this person has a character of that name key.
    """
    now_ms = database_now_ms()
    values = {"user_id": user_id, "code": code, "name": name, "name_key": name_key, "version": 1}
    statement = sa.insert(characters).values(**values, created_at_ms=now_ms, used_at_ms=now_ms)
    character_id = int(conn.execute(statement.returning(_C.id)).scalar_one())
    _insert_version(conn, character_id, 1, body)
    return character_id


def _insert_version(conn: Connection, character_id: int, version: int, body: VersionBody) -> None:
    values: dict[str, Any] = {
        "character_id": character_id,
        "version": version,
        "description": body.description,
        "features": [list(each) for each in body.features],
        "feature_file": body.feature_file,
        "reference_numbers": list(body.reference_numbers),
    }
    conn.execute(sa.insert(versions).values(**values, created_at_ms=database_now_ms()))


def add_version(conn: Connection, character_id: int, body: VersionBody) -> int:
    """Make `body` the newest version, and return its number; the ones before stay as they are."""
    statement = (
        sa.update(characters)
        .where(_C.id == character_id, _HERE)
        .values(version=_C.version + 1)
        .returning(_C.version)
    )
    version = int(conn.execute(statement).scalar_one())
    _insert_version(conn, character_id, version, body)
    return version


def set_references(conn: Connection, character_id: int, numbers: Sequence[int]) -> None:
    """Set the default references of the first version of a character that was made in this transaction."""
    is_first = (_V.character_id == character_id) & (_V.version == 1)
    conn.execute(sa.update(versions).where(is_first).values(reference_numbers=list(numbers)))


def rename(conn: Connection, character_id: int, name: str, name_key: str) -> None:
    """Give a character another name. Raises ConflictError where its owner has one of that name key."""
    conn.execute(sa.update(characters).where(_C.id == character_id).values(name=name, name_key=name_key))


def find_by_code(conn: Connection, code: str, version: int | None = None) -> CharacterRow | None:
    """Return the character of a code in its newest version, or in the one that is named; None without one."""
    statement = _NEWEST if version is None else _ROWS.where(_V.version == version)
    return _first(conn, statement.where(_C.code == code))


def find_by_id(conn: Connection, character_id: int) -> CharacterRow | None:
    """Return a character in its newest version, None where there is none (any more)."""
    return _first(conn, _NEWEST.where(_C.id == character_id))


def find_own(conn: Connection, user_id: int, name_key: str) -> CharacterRow | None:
    """Return somebody's own character of a name, None where there is none."""
    return _first(conn, _NEWEST.where(_C.user_id == user_id, _C.name_key == name_key))


def find_lent(conn: Connection, user_id: int, guild_id: int | None, name_key: str) -> list[CharacterRow]:
    """Return the characters of a name that others share with a person, or with the server where they are."""
    statement = _NEWEST.where(_lent_to(user_id, guild_id), _C.name_key == name_key)
    return _read(conn, statement.order_by(_C.id))


def is_lent(conn: Connection, character_id: int, user_id: int, guild_id: int | None) -> bool:
    """Return whether a character of somebody else's is shared with a person, or with the server where they are."""
    statement = sa.select(_C.id).where(_C.id == character_id, _HERE, _lent_to(user_id, guild_id))
    return conn.execute(statement).first() is not None


def _fitting(condition: sa.ColumnElement[bool], key: str, limit: int) -> sa.Select[*tuple[Any, ...]]:
    """Return the characters whose name holds `key`: those that begin with it first, then by their last use."""
    is_inside = sa.case((_C.name_key.startswith(key, autoescape=True), 0), else_=1)
    fitting = _NEWEST.where(condition, _C.name_key.contains(key, autoescape=True))
    return fitting.order_by(is_inside, _C.used_at_ms.desc(), _C.id.desc()).limit(limit)


def list_own(conn: Connection, user_id: int, key: str, limit: int) -> list[CharacterRow]:
    """Return somebody's own characters whose name holds `key` (all for ""), those used last first."""
    return _read(conn, _fitting(_C.user_id == user_id, key, limit))


def list_lent(
    conn: Connection, user_id: int, guild_id: int | None, key: str, limit: int
) -> list[CharacterRow]:
    """Return the same of the characters that others share with a person, or with the server where they are."""
    return _read(conn, _fitting(_lent_to(user_id, guild_id), key, limit))


def count_own(conn: Connection, user_id: int) -> int:
    """Return how many characters somebody has."""
    statement = sa.select(sa.func.count()).select_from(characters).where(_C.user_id == user_id, _HERE)
    return conn.execute(statement).scalar_one()


def names_of(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of these characters by code, as far as they are there."""
    statement = sa.select(_C.code, _C.name).where(_C.code.in_(codes), _HERE)
    return {row[0]: row[1] for row in conn.execute(statement)}


def mark_deleted(conn: Connection, character_id: int) -> None:
    """Let nobody find a character any more. Its rows go with `db/characters/character_ends.py`."""
    conn.execute(
        sa.update(characters).where(_C.id == character_id, _HERE).values(deleted_at_ms=database_now_ms())
    )
