"""Where the databases stand that migrations are killed over: SQLite files, or a PostgreSQL server."""

import asyncio
import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from db.dialects.place import find_place
from db.dialects.sqlite import connect_file
from db.migrations import postgresql_revision, read_revision
from db.migrations.steps import OURS, alembic_config
from tests.chaos.postgresql import open_server
from tests.databases import PostgresqlServer
from tests.sqlite_contents import contents_of

ROWS: Final = (
    "INSERT INTO guilds (id, first_seen_at_ms) VALUES (1, 1)",
    "INSERT INTO users (id, first_seen_at_ms) VALUES (7, 1)",
    "INSERT INTO recipes (code, user_id, body, created_at_ms) VALUES ('abcd2345', 7, '{}', 1)",
)
"""What stands in an old database: a server, a person, and a row that refers to the person."""
_OBJECTS: Final = """
    SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT table_name || ' ' || column_name || ' ' || ordinal_position,
        data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') || ' '
        || coalesce(character_maximum_length::text, '')
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


_alembic = asyncio.Lock()
"""Alembic keeps what it works on in globals: one migration at a time in a process."""


class Shelf(Protocol):
    """Databases of one kind, by their addresses."""

    async def new(self, template: str | None = None) -> str:
        """Return the address of a new database: a copy of another one, or an empty one."""
        ...

    async def drop(self, url: str) -> None:
        """Delete a database."""
        ...

    async def bring_to(self, url: str, revision: str) -> None:
        """Bring an empty database to a revision, and put the rows into it."""
        ...

    async def revision(self, url: str) -> str | None:
        """Return the revision of a database, None for an empty one."""
        ...

    async def contents(self, url: str) -> Sequence[object]:
        """Return everything in a database, the schema included; it is sound."""
        ...


class Files:
    """SQLite files, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def new(self, template: str | None = None) -> str:
        """Return the address of a new file."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir(parents=True)
        if template is not None and _file(template).exists():
            shutil.copy(_file(template), folder / "limner.db")
        return f"sqlite:///{folder / 'limner.db'}"

    async def drop(self, url: str) -> None:
        """Delete a file with all that belongs to it."""
        await asyncio.to_thread(shutil.rmtree, _file(url).parent)

    async def bring_to(self, url: str, revision: str) -> None:
        """Bring an empty file to a revision, and put the rows into it."""
        async with _alembic:
            with closing(connect_file(_file(url))) as driver:
                engine = sa.create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)
                with engine.connect() as connection:
                    command.upgrade(alembic_config(OURS, connection), revision)
                for statement in ROWS:
                    driver.execute(statement)

    async def revision(self, url: str) -> str | None:
        """Return the revision of a file."""
        return await asyncio.to_thread(read_revision, find_place(url))

    async def contents(self, url: str) -> Sequence[object]:
        """Return the objects and rows of a file."""
        with closing(sqlite3.connect(f"file:{_file(url)}?mode=ro", uri=True)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert opened.execute("PRAGMA foreign_key_check").fetchone() is None
            return contents_of(opened)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _bring_to(connection: sa.Connection, revision: str) -> None:
    command.upgrade(alembic_config(OURS, connection), revision)
    for statement in ROWS:
        connection.exec_driver_sql(statement)
    connection.commit()


def _contents(connection: sa.Connection) -> Sequence[object]:
    tables = connection.exec_driver_sql(_TABLES).scalars().all()
    rows = [
        connection.exec_driver_sql(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1").scalars().all()  # noqa: S608 - ours
        for table in tables
    ]
    return [*zip(tables, rows, strict=True), *map(tuple, connection.exec_driver_sql(_OBJECTS))]


class Databases:
    """Databases of a PostgreSQL server."""

    def __init__(self, server: PostgresqlServer) -> None:
        self._server = server

    async def new(self, template: str | None = None) -> str:
        """Return the address of a new database."""
        name = "template0" if template is None else str(sa.make_url(template).database)
        return await asyncio.to_thread(self._server.new_database, name)

    async def drop(self, url: str) -> None:
        """Delete a database."""
        await asyncio.to_thread(self._server.drop_database, url)

    async def bring_to(self, url: str, revision: str) -> None:
        """Bring an empty database to a revision, and put the rows into it."""
        async with _alembic, _connected(url) as connection:
            await connection.run_sync(_bring_to, revision)

    async def revision(self, url: str) -> str | None:
        """Return the revision of a database."""
        async with _connected(url) as connection:
            return await connection.run_sync(postgresql_revision)

    async def contents(self, url: str) -> Sequence[object]:
        """Return the rows of every table, and every column, constraint and index."""
        async with _connected(url) as connection:
            return await connection.run_sync(_contents)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(find_place(url).url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_databases() -> AsyncIterator[Databases]:
    """Give a server's databases while the block runs; only its clients die, so that nothing needs to reach the disk."""
    async with open_server() as (server, _):
        settings = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
        changes = (*(f"ALTER SYSTEM SET {each}" for each in settings), "SELECT pg_reload_conf()")
        await asyncio.to_thread(server.run, *changes)
        yield Databases(server)
