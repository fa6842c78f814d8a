"""The table `provider_keys`: keys that people and servers brought, sealed.

A removed key stays, out of use, until no job that it pays for is open (`forget_removed`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import jobs, provider_keys
from db.tables.types import database_now_ms, is_word
from services.models import OPEN_STATES, Payer
from services.sealed_keys import KeyPlace, SealedKey


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key in use, without its secret: `owner` is USER or SERVER, `owner_id` that person's or server's id."""

    id: int
    provider: str
    owner: Payer
    owner_id: int
    last_four: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A sealed key and where it belongs."""

    place: KeyPlace
    sealed: SealedKey
    is_removed: bool


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to keep, but for its secret."""

    provider: str
    owner: Payer
    owner_id: int
    last_four: str
    added_by: int


@dataclass(frozen=True, slots=True)
class KeyCount:
    """How many keys there are of a kind; nothing of the keys themselves."""

    provider: str
    owner: Payer
    master_key_id: str
    in_use: int
    removed: int


class Survey(NamedTuple):
    """How many keys are in use and removed, and the newest row."""

    in_use: int
    newest_id: int
    removed: int


_ROW: Final = (
    provider_keys.c.id,
    provider_keys.c.provider,
    provider_keys.c.owner_kind,
    provider_keys.c.owner_id,
    provider_keys.c.last_four,
    provider_keys.c.sealed_key,
    provider_keys.c.sealed_data_key,
    provider_keys.c.master_key_id,
    provider_keys.c.removed_at_ms.is_not(None),
)


def list_keys(conn: Connection) -> list[KeyEntry]:
    """Return every key in use."""
    c = provider_keys.c
    statement = (
        sa.select(c.id, c.provider, c.owner_kind, c.owner_id, c.last_four)
        .where(c.removed_at_ms.is_(None))
        .order_by(c.id)
    )
    return [KeyEntry(row[0], row[1], Payer(row[2]), row[3], row[4]) for row in conn.execute(statement)]


def survey(conn: Connection) -> Survey:
    """Return how many keys there are; it changes whenever one is added or removed."""
    c = provider_keys.c
    removed = sa.func.count(c.removed_at_ms)
    row = conn.execute(sa.select(sa.func.count() - removed, sa.func.max(c.id), removed)).one()
    return Survey(int(row[0]), int(row[1] or 0), int(row[2]))


def is_in_use(conn: Connection, key_id: int) -> bool:
    """Return whether a key is there and was not removed."""
    c = provider_keys.c
    return bool(
        conn.execute(sa.select(sa.exists().where(c.id == key_id, c.removed_at_ms.is_(None)))).scalar()
    )


def find_key(conn: Connection, key_id: int) -> KeyRow | None:
    """Return a key, removed or not, None where there is none (any more)."""
    row = conn.execute(sa.select(*_ROW).where(provider_keys.c.id == key_id)).first()
    return None if row is None else _key_row(row)


def insert_key(conn: Connection, new: NewKey, seal: Callable[[KeyPlace], SealedKey]) -> KeyEntry:
    """Keep a key in the place of its owner's earlier one for that provider, and return its entry.

    `seal` seals it for its row, whose id is known only here.
    """
    remove_key(conn, new.provider, new.owner, new.owner_id)
    values = {
        "provider": new.provider,
        "owner_kind": new.owner,
        "owner_id": new.owner_id,
        "last_four": new.last_four,
        "sealed_key": b"",
        "sealed_data_key": b"",
        "master_key_id": "",
        "added_by": new.added_by,
        "added_at_ms": database_now_ms(),
    }
    insert = sa.insert(provider_keys).values(values).returning(provider_keys.c.id)
    key_id = int(conn.execute(insert).scalar_one())
    sealed = seal(KeyPlace(key_id, new.provider, new.owner, new.owner_id, new.last_four))
    _update_sealed(conn, key_id, "", sealed, sealed_key=sealed.key)
    return KeyEntry(key_id, new.provider, new.owner, new.owner_id, new.last_four)


def remove_key(conn: Connection, provider: str, owner: Payer, owner_id: int) -> bool:
    """Take an owner's key for a provider out of use; False where there is none."""
    return _remove(conn, provider_keys.c.provider == provider, owner, owner_id) > 0


def remove_keys_of(conn: Connection, owner: Payer, owner_id: int) -> int:
    """Take all keys of an owner out of use; return how many."""
    return _remove(conn, sa.true(), owner, owner_id)


def forget_removed(conn: Connection) -> int:
    """Delete the removed keys that no open job is paid with; return how many."""
    c = provider_keys.c
    open_jobs = sa.exists().where(jobs.c.key_id == c.id, is_word(jobs.c.state, *OPEN_STATES))
    statement = sa.delete(provider_keys).where(c.removed_at_ms.is_not(None), ~open_jobs)
    return conn.execute(statement).rowcount


def count_keys(conn: Connection) -> list[KeyCount]:
    """Return how many keys there are, by provider, kind of owner and master key."""
    c = provider_keys.c
    kind = (c.provider, c.owner_kind, c.master_key_id)
    removed = sa.func.count(c.removed_at_ms)
    statement = sa.select(*kind, sa.func.count() - removed, removed).group_by(*kind).order_by(*kind)
    return [KeyCount(row[0], Payer(row[1]), row[2], row[3], row[4]) for row in conn.execute(statement)]


def keys_under_others(conn: Connection, master_key_id: str, most: int) -> list[KeyRow]:
    """Return up to `most` keys, removed or not, that another master key than this one seals."""
    statement = (
        sa.select(*_ROW)
        .where(provider_keys.c.master_key_id != master_key_id)
        .order_by(provider_keys.c.id)
        .limit(most)
    )
    return [_key_row(row) for row in conn.execute(statement)]


def replace_data_keys(conn: Connection, renewed: Sequence[tuple[KeyRow, SealedKey]]) -> int:
    """Keep data keys that were sealed anew; return how many, without those that somebody else changed meanwhile."""
    return sum(
        _update_sealed(conn, row.place.row_id, row.sealed.master_key_id, sealed) for row, sealed in renewed
    )


def _remove(conn: Connection, which: sa.ColumnElement[bool], owner: Payer, owner_id: int) -> int:
    c = provider_keys.c
    statement = (
        sa.update(provider_keys)
        .where(which, c.owner_kind == owner, c.owner_id == owner_id, c.removed_at_ms.is_(None))
        .values(removed_at_ms=database_now_ms())
    )
    return conn.execute(statement).rowcount


def _update_sealed(conn: Connection, key_id: int, before: str, sealed: SealedKey, **values: bytes) -> int:
    """Write what the master key sealed, unless `before` is no longer the one that seals it; return 1 or 0."""
    c = provider_keys.c
    statement = (
        sa.update(provider_keys)
        .where(c.id == key_id, c.master_key_id == before)
        .values(sealed_data_key=sealed.data_key, master_key_id=sealed.master_key_id, **values)
    )
    return conn.execute(statement).rowcount


def _key_row(row: Sequence[Any]) -> KeyRow:
    place = KeyPlace(row[0], row[1], Payer(row[2]), row[3], row[4])
    return KeyRow(place, SealedKey(bytes(row[5]), bytes(row[6]), row[7]), bool(row[8]))
