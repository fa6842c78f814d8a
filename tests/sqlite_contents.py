"""Everything that is in a SQLite file, to be compared with what is in another one."""

import sqlite3
from collections.abc import Sequence
from typing import Any


def contents_of(connection: sqlite3.Connection) -> list[Sequence[Any]]:
    """Return every object of the schema and every row of every table.

    `iterdump` cannot: an index of search terms has rows that nobody can read, and tables of its own that hold them.
    """
    objects = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    tables = [
        name for kind, name, sql in objects if kind == "table" and not str(sql).startswith("CREATE VIRTUAL")
    ]
    rows = ((name, *row) for name in tables for row in connection.execute(f'SELECT * FROM "{name}"'))  # noqa: S608 - names of the schema itself
    return [*objects, *rows]
