"""The table `database_life`: whether a database is the newest of itself, or a copy that was put in its place."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.witness import Seen
from db.tables.life_schema import database_life
from db.tables.schema import metadata, requests
from db.tables.types import database_now_ms

LEAP: Final = 1_000_000
"""How many ids are left out after a restore: those given out since the copy was made stand in messages and webhooks."""

_ROW: Final = 1

_COUNT_SEND: Final = Prepared(
    sa.update(database_life).values(sends=database_life.c.sends + 1).returning(database_life.c.sends)
)
DOUBTED_SINCE_MS: Final = sa.case(
    (sa.exists().where(database_life.c.restored_at_ms >= requests.c.created_at_ms), requests.c.created_at_ms)
)
"""When a request from before a restore was asked for (UTC epoch milliseconds), NULL for any other.

Its result may have been brought to its owner in the time that the database has forgotten.
"""


def _ensure_row(conn: Connection) -> sa.RowMapping:
    found = conn.execute(sa.select(database_life)).mappings().first()
    if found is None:
        conn.execute(sa.insert(database_life).values(id=_ROW))
        found = conn.execute(sa.select(database_life)).mappings().one()
    return found


def count_send(conn: Connection) -> int:
    """Count one more order that is about to leave and return the count; 0 on PostgreSQL, where no file is put back.

    There it would also be one row that all workers fight over.
    """
    if conn.dialect.name != "sqlite":
        return 0
    count = _COUNT_SEND.scalar(conn)
    return count if count is not None else int(_ensure_row(conn)["sends"])


def read_sends(conn: Connection) -> int:
    """Return how many orders were about to leave so far."""
    return int(_ensure_row(conn)["sends"])


def place_in_postgresql(conn: Connection) -> Seen:
    """Return what names a PostgreSQL database: what `pg_restore` makes anew has another number."""
    oid = conn.execute(sa.text("SELECT CAST(CAST('database_life' AS regclass) AS oid)")).scalar_one()
    name = conn.execute(sa.text("SELECT current_database()")).scalar_one()
    return Seen(0, f"{oid}.{name}"[:80])


def why_restored(conn: Connection, seen: Seen) -> str:
    """Return why this database is an older one than it was: "marked", "copy", "older", "moved"; "" for the newest.

    A database that remembers no place has never been started by a version that writes one.
    """
    row = _ensure_row(conn)
    if seen.is_marked:
        return "marked"
    if row["copied_at_ms"] is not None:
        return "copy"
    if seen.sends > row["sends"]:
        return "older"
    return "moved" if row["place"] not in (None, seen.place) else ""


def settle_in(conn: Connection, seen: Seen, *, is_restored: bool) -> None:
    """Write that this database is the newest from now on, and where it is."""
    sends = max(int(_ensure_row(conn)["sends"]), seen.sends)
    values = {"sends": sends, "place": seen.place, "copied_at_ms": None}
    restored = {"restored_at_ms": database_now_ms()} if is_restored else {}
    conn.execute(sa.update(database_life).values(**values, **restored))


def mark_copy(conn: Connection) -> None:
    """Write that this database is a copy: whoever starts it takes up an older state."""
    _ensure_row(conn)
    conn.execute(sa.update(database_life).values(copied_at_ms=database_now_ms()))


def _numbered() -> list[str]:
    """Return the tables whose ids people and providers were given."""
    return [
        table.name
        for table in metadata.sorted_tables
        if table.dialect_options["sqlite"]["autoincrement"] is True
    ]


def _leap_sqlite(conn: Connection, name: str) -> None:
    values = {"name": name, "leap": LEAP}
    known = conn.execute(
        sa.text("UPDATE sqlite_sequence SET seq = seq + :leap WHERE name = :name"), values
    ).rowcount
    if not known:
        conn.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :leap)"), values)


def leap_ids(conn: Connection) -> None:
    """Leave out the ids that may have been given out since the copy was made: a button or a webhook bears them."""
    for name in _numbered():
        if conn.dialect.name == "sqlite":
            _leap_sqlite(conn, name)
        else:
            sequence = sa.func.pg_get_serial_sequence(name, "id")
            conn.execute(sa.select(sa.func.setval(sequence, sa.func.nextval(sequence) + LEAP)))


def forget_tokens(conn: Connection) -> None:
    """Forget every interaction token: what it would edit may show more by now than this database knows of."""
    conn.execute(sa.update(requests).where(requests.c.sealed_token.is_not(None)).values(sealed_token=None))


def read_store_mark(conn: Connection) -> str | None:
    """Return what the folder of this database's pictures bears, None where none was marked yet."""
    mark = conn.execute(sa.select(database_life.c.store_mark)).scalar()
    return None if mark is None else str(mark)


def claim_store_mark(conn: Connection, mark: str) -> str:
    """Write what the folder bears unless another process was first; return what is written."""
    _ensure_row(conn)
    unmarked = sa.update(database_life).where(database_life.c.store_mark.is_(None))
    conn.execute(unmarked.values(store_mark=mark))
    return read_store_mark(conn) or mark
