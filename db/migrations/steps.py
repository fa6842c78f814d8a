"""Bring a database to the newest schema, step by step, after a copy. Loads Alembic: import it only to use it."""

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.pool import NullPool, StaticPool

from db.dialects.async_engine import create_async_engine
from db.dialects.crossing import foreign_errors, storage_error
from db.dialects.lock import locked
from db.dialects.place import Place, find_place
from db.dialects.sqlite import connect_file
from db.migrations import HEAD, postgresql_revision, read_revision, refuse_unknown
from services.crash_points import crash_point
from services.errors import LimnerError, StartError

_ADVISORY_LOCK: Final = 0x4C494D4E4552
"""Who migrates a PostgreSQL database holds this one: "LIMNER" in ASCII."""


def _failures() -> tuple[type[BaseException], ...]:
    return (CommandError, *foreign_errors())


@dataclass(frozen=True, slots=True)
class Steps:
    """A folder of Alembic steps and the newest revision in it."""

    folder: Path
    head: str


OURS: Final = Steps(Path(__file__).parent, HEAD)


def alembic_config(steps: Steps, connection: sa.Connection | None = None) -> Config:
    """Return Alembic's settings; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(steps.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _pass_statement(*_: object) -> None:
    crash_point("migrate.statement")


def _unused_name(file: Path, head: str) -> Path:
    """Return where the copy goes. One of an earlier try is kept: it may be the better one."""
    first = file.with_name(f"{file.name}.before-{head}")
    names = (first, *(first.with_name(f"{first.name}.{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _sync_file(path: Path) -> None:
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copy_before(connection: sqlite3.Connection, file: Path, head: str) -> None:
    """Make a whole, synced copy; it gets its name only when it is complete."""
    copy = _unused_name(file, head)
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.chmod(0o600)
        _sync_file(unfinished)
        unfinished.rename(copy)
        _sync_file(copy)
    finally:
        unfinished.unlink(missing_ok=True)


def _upgrade_sqlite(file: Path, steps: Steps, *, has_rows: bool) -> None:
    with closing(connect_file(file)) as driver:
        if has_rows:
            _copy_before(driver, file, steps.head)
        # Before BEGIN, where the pragma still counts: with them on, a table's rebuild deletes its children by cascade.
        driver.execute("PRAGMA foreign_keys = OFF")
        engine = sa.create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)
        event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.connect() as connection:
            event.listen(connection, "before_cursor_execute", _pass_statement)
            command.upgrade(alembic_config(steps, connection), "head")


def _upgrade_connection(connection: sa.Connection, place: Place, steps: Steps) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_lock(_ADVISORY_LOCK)))
    revision = postgresql_revision(connection)
    # The lock is the session's and outlives this; Alembic wants a connection with no transaction begun.
    connection.commit()
    refuse_unknown(revision, place)
    if revision != steps.head:
        event.listen(connection, "before_cursor_execute", _pass_statement)
        command.upgrade(alembic_config(steps, connection), "head")


async def _upgrade_postgresql(place: Place, steps: Steps) -> None:
    engine = create_async_engine(place.url, poolclass=NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade_connection, place, steps)
    finally:
        await engine.dispose()


def _upgrade(place: Place, steps: Steps) -> None:
    revision = read_revision(place)
    if revision == steps.head:
        return
    if place.file is None:
        asyncio.run(_upgrade_postgresql(place, steps))
    else:
        _upgrade_sqlite(place.file, steps, has_rows=revision is not None)


def upgrade(database_url: str, *, data_folder: Path | None = None, steps: Steps = OURS) -> None:
    """Bring the database to this code's schema; done at once when it is there already. Not from inside an event loop.

    A SQLite file is first copied to `<file>.before-<revision>`, unless it is new. Each step is one transaction: after
    an error or a kill the next call goes on with the step that did not happen. PostgreSQL: one process at a time does
    it, the others wait.

    Raises StartError, complete for the operator.
    """
    place = find_place(database_url, data_folder)
    try:
        with locked(place.file):
            _upgrade(place, steps)
    except LimnerError:
        raise
    except _failures() as error:
        code = "migration_failed" if isinstance(error, CommandError) else storage_error(error).code
        message = (
            f"The schema of {place} could not be brought to {steps.head}: {error}. That step was taken back."
        )
        raise StartError(code, message) from error
