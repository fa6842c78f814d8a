"""Fixtures over real databases: every test that takes `database` runs on SQLite and on PostgreSQL.

`database` is open and has the schema; `database_url` is the address of such a one, `empty_database_url` of one with
nothing in it. PostgreSQL comes from a wheel, or from the server whose address LIMNER_TEST_POSTGRESQL_URL gives; where
neither starts, its half is skipped with the reason, unless LIMNER_REQUIRE_ALL=1.
"""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.dialects.place import find_place
from tests.postgresql_wheel import start_server, stop_server

if TYPE_CHECKING:
    # The whole suite loads this file, and most of it asks for no database.
    from db.engine import Database

T = TypeVar("T")

DIALECTS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
_numbers = itertools.count(1)


def migrate(url: str) -> None:
    """Give a database the schema."""
    from db.migrations.steps import upgrade  # noqa: PLC0415 - Alembic is for those who ask for a database

    upgrade(url)


def run_apart(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return a coroutine's value from a loop and thread of its own, whatever loop the caller has."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def _run_on(engine: AsyncEngine, statements: tuple[str, ...]) -> None:
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(sa.text(statement))


async def _run_once(url: sa.URL, statements: tuple[str, ...]) -> None:
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    await _run_on(engine, statements)
    await engine.dispose()


def _over_a_new_connection(url: sa.URL, statements: tuple[str, ...]) -> None:
    run_apart(_run_once(url, statements))


@contextmanager
def _kept_connection(url: sa.URL) -> Iterator[Callable[[sa.URL, tuple[str, ...]], None]]:
    """Give what runs statements over one connection, in a loop and a thread of its own.

    To connect takes about as long as to make a database, and most tests make one and delete it.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="kept connection", daemon=True)
    thread.start()
    engine = create_async_engine(url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT")

    def wait_for(coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    try:
        yield lambda _, statements: wait_for(_run_on(engine, statements))
    finally:
        wait_for(engine.dispose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A running server, and how it is spoken to."""

    url: sa.URL
    say: Callable[[sa.URL, tuple[str, ...]], None] = _over_a_new_connection
    copying: str = ""
    """How a template is copied, in the words of CREATE DATABASE."""

    def run(self, *statements: str) -> None:
        """Run statements one by one, outside of transactions."""
        self.say(self.url, statements)

    def new_database(self, template: str = "template0") -> str:
        """Return the address of a fresh copy of `template`."""
        name = f"limner_{os.getpid()}_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} {self.copying}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Delete a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")


def _start_from_wheel() -> tuple[PostgresqlServer, Any]:
    handle = start_server()
    # Copied as files and not page by page through the log, a database takes the server less than half the work.
    server = PostgresqlServer(find_place(handle.get_uri()).url, copying="STRATEGY FILE_COPY")
    # Tests do not pull the plug, so that nothing needs to reach the disk, nor whole pages the log.
    off = (f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes"))
    server.run(*off, "SELECT pg_reload_conf()")
    return server, handle


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server for the whole run."""
    given = os.environ.get("LIMNER_TEST_POSTGRESQL_URL")
    if given:
        url = find_place(given).url
        with _kept_connection(url) as say:
            yield PostgresqlServer(url, say)
        return
    try:
        server, handle = _start_from_wheel()
    except Exception as error:
        if os.environ.get("LIMNER_REQUIRE_ALL") == "1":
            raise
        pytest.skip(f"PostgreSQL does not start here: {error}")
    with _kept_connection(server.url) as say:
        yield replace(server, say=say)
    stop_server(handle)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: PostgresqlServer) -> Iterator[str]:
    url = postgresql_server.new_database()
    migrate(url)
    yield str(sa.make_url(url).database)
    postgresql_server.drop_database(url)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "limner.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=DIALECTS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without anything in it, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'limner.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.new_database()
    yield url
    server.drop_database(url)


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of its own with the schema and no rows, of either kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        shutil.copy(template, tmp_path / "limner.db")
        yield f"sqlite:///{tmp_path / 'limner.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.new_database(request.getfixturevalue("_postgresql_template"))
    yield url
    server.drop_database(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator["Database"]:
    """An open database with the schema and no rows, closed after the test."""
    from db.engine import open_database  # noqa: PLC0415 - as above

    opened = await open_database(database_url, data_folder=None)
    yield opened
    await opened.close()
