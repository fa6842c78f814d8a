"""The tables `users` and `guilds`: who was seen, and the few defaults they have set."""

from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import guilds, users
from db.tables.types import database_now_ms, insert_for


@cache
def _statement_for(dialect_name: str, table: sa.Table) -> sa.Executable:
    statement = insert_for(dialect_name, table).values(first_seen_at_ms=database_now_ms())
    inserting: sa.Executable = statement.on_conflict_do_nothing(index_elements=[table.c.id])
    return inserting


def _insert_missing(conn: Connection, table: sa.Table, row_id: int) -> None:
    conn.execute(_statement_for(conn.dialect.name, table), {"id": row_id})


def remember_user(conn: Connection, user_id: int) -> None:
    """Make the row of a user where it does not exist yet."""
    _insert_missing(conn, users, user_id)


def remember_server(conn: Connection, guild_id: int) -> None:
    """Make the row of a server where it does not exist yet."""
    _insert_missing(conn, guilds, guild_id)


def remember_person(conn: Connection, user_id: int, guild_id: int | None) -> None:
    """Make the rows of a user and a server (None: no server) where they do not exist yet."""
    remember_user(conn, user_id)
    if guild_id is not None:
        remember_server(conn, guild_id)


def read_private_ids(conn: Connection) -> tuple[frozenset[int], frozenset[int]]:
    """Return the ids of all users, and of all servers, whose results are private unless they say otherwise."""
    found = [
        frozenset(conn.execute(sa.select(table.c.id).where(table.c.is_private_by_default)).scalars())
        for table in (users, guilds)
    ]
    return found[0], found[1]
