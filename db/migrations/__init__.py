"""Whether a database has the schema that this code needs, told without loading Alembic.

`ensure_current` is what a start calls; `db.migrations.steps` does the work when there is some.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from db.dialects.async_engine import create_async_engine
from db.dialects.crossing import foreign_errors, storage_error
from db.dialects.lock import locked
from db.dialects.place import Place, find_place
from db.dialects.witness import has_witness, refuse_half_restored
from services.errors import StartError

REVISIONS: Final = tuple(f"{number:04}" for number in range(1, 18))
"""Every revision this code knows, oldest first."""
HEAD: Final = REVISIONS[-1]
VERSION_TABLE: Final = "alembic_version"

_ALWAYS_CHECKED_BYTES: Final = 64 * 1024 * 1024
"""Up to this size a SQLite file is checked at every start (about 0.1 s); above it, after an unclean stop."""


def copies_of(file: Path) -> list[Path]:
    """Return the copies that `bot.py backup` made by itself or that were made before migrations, newest first."""
    backups = file.parent.glob("backups/limner-*.db")
    found = (*file.parent.glob(f"{file.name}.before-*"), *backups)
    return sorted(found, key=lambda copy: copy.stat().st_mtime, reverse=True)


def _restore_hint(file: Path) -> str:
    copies = copies_of(file)
    if copies:
        return f"Put the newest copy in its place: python bot.py restore '{copies[0]}'"
    return "Put your latest backup in its place: python bot.py restore FILE"


def _broken(file: Path, why: str) -> StartError:
    message = f"The database {file} is damaged ({why}). Nothing was changed. {_restore_hint(file)}"
    return StartError("database_broken", message, file=str(file))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_new(file: Path) -> bool:
    """Return whether there is no database yet; raises where one has been and is gone, which is never started anew."""
    if _size(file):
        return False
    if _size(file.with_name(file.name + "-wal")) or copies_of(file) or has_witness(file):
        raise _broken(file, "the file is missing or empty, but what belongs to it is there")
    return True


def _check_pages(connection: sqlite3.Connection, file: Path, *, is_unclean: bool) -> None:
    if _size(file) > _ALWAYS_CHECKED_BYTES and not is_unclean:
        return
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise _broken(file, str(found))


def _read_version_row(connection: sqlite3.Connection, file: Path) -> str | None:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if VERSION_TABLE not in names:
        if names:
            message = (
                f"{file} is a database of another program. Set DATABASE_URL or LIMNER_DATA to another place."
            )
            raise StartError("database_not_ours", message, file=str(file))
        return None
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    return None if row is None else str(row[0])


def sqlite_revision(file: Path) -> str | None:
    """Return the schema's revision in a SQLite file, None where there is nothing yet. The caller holds its lock.

    Raises StartError("database_broken") for a damaged or lost file, with what to type to restore it.
    """
    refuse_half_restored(file)
    if _is_new(file):
        return None
    # Read-only: a connection that may write folds the -wal into a damaged file when it closes.
    is_unclean = _size(file.with_name(file.name + "-wal")) > 0
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            _check_pages(connection, file, is_unclean=is_unclean)
            return _read_version_row(connection, file)
    except sqlite3.DatabaseError as error:
        crossed = storage_error(error)
        if crossed.code == "database_broken":
            raise _broken(file, str(error)) from error
        raise StartError(crossed.code, f"The database {file} cannot be opened: {error}.") from error


def postgresql_revision(connection: sa.Connection) -> str | None:
    """Return the schema's revision in a PostgreSQL database, None where there is nothing yet."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return revision


async def _ask_postgresql(place: Place) -> str | None:
    engine = create_async_engine(place.url, poolclass=NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(postgresql_revision)
    except foreign_errors() as error:
        message = (
            f"The database {place} cannot be reached: {error}. Is it running, and is DATABASE_URL right?"
        )
        raise StartError(storage_error(error).code, message) from error
    finally:
        await engine.dispose()


def refuse_unknown(revision: str | None, place: Place) -> None:
    """Raise StartError("schema_newer") when a newer Limner wrote the database: old code would spoil it."""
    if revision is None or revision in REVISIONS:
        return
    message = (
        f"The database {place} was written by a newer Limner (its schema is {revision}, this version knows "
        f"{HEAD}). Start that version again, or restore the copy made before it: "
        f"{f'{place.file}.before-{revision}' if place.file else 'your backup'}."
    )
    raise StartError("schema_newer", message, found=revision, known=HEAD)


def read_revision(place: Place) -> str | None:
    """Return the revision of a database, None where there is no schema yet. Not from inside an event loop.

    Raises StartError when it is damaged, newer than this code, somebody else's, or out of reach.
    """
    revision = sqlite_revision(place.file) if place.file else asyncio.run(_ask_postgresql(place))
    refuse_unknown(revision, place)
    return revision


def schema_is_current(url: str, *, data_folder: Path | None = None) -> bool:
    """Return whether no migration is needed. Not from inside an event loop: use a thread there.

    Raises what `read_revision` raises, and StartError("database_in_use") while another process owns the file.
    """
    place = find_place(url, data_folder)
    with locked(place.file):
        return read_revision(place) == HEAD


def ensure_current(url: str, *, data_folder: Path | None = None) -> None:
    """Bring a database to this code's schema, loading Alembic only if there is work. Not from inside an event loop.

    Raises StartError, complete for the operator; then the old schema and every row are as they were.
    """
    if not schema_is_current(url, data_folder=data_folder):
        from db.migrations.steps import upgrade  # noqa: PLC0415 - Alembic costs 0.1 s and 8 MB at a normal start

        upgrade(url, data_folder=data_folder)
