"""Copies of a SQLite file: made beside a running service, checked, and put back. PostgreSQL has `pg_dump` for it.

A copy is one file of its own (no -wal), and marked as a copy in itself: whoever starts it takes up an older state.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from db.dialects.crossing import storage_error
from db.dialects.witness import BEGUN, DONE, set_mark
from db.migrations import REVISIONS, VERSION_TABLE
from services.durable import sync_folder
from services.errors import StartError

_ENDINGS: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: rows by table, the stored pictures as (digest, bytes), and its own size in bytes."""

    rows: dict[str, int]
    pictures: tuple[tuple[str, int], ...]
    size_bytes: int


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    """Give one snapshot of a file that others may be writing, without writing to it."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
    with closing(connection):
        connection.execute("BEGIN")
        yield connection


def _count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    # The index over words cannot be read row by row; what it holds lies in tables of its own, which are counted.
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name"
    )
    names = [str(name) for (name,) in connection.execute(query)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - names of the schema itself


def _check(connection: sqlite3.Connection, file: Path) -> None:
    """Raise StartError("copy_broken") for a file whose structure or references are damaged."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or orphan is not None:
        why = found if found != "ok" else f"a row of {orphan[0]} refers to a missing row of {orphan[2]}"
        raise StartError("copy_broken", f"{file} is damaged ({why}). Take another copy.", file=str(file))


def _mark(connection: sqlite3.Connection) -> None:
    """Mark a copy as one. A copy from before the table is noticed by what lies beside the database."""
    if "database_life" in _count_rows(connection):
        connection.execute("INSERT OR IGNORE INTO database_life (id) VALUES (1)")
        connection.execute(
            "UPDATE database_life SET copied_at_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000"
        )


def _copy(source: sqlite3.Connection, unfinished: Path) -> dict[str, int]:
    """Copy a snapshot into a new file of its own, check it, and return its rows by table."""
    expected = _count_rows(source)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as target:
        source.backup(target, pages=-1)  # in one step: else every commit meanwhile makes it begin anew
        target.execute("PRAGMA journal_mode = DELETE")
        _check(target, unfinished)
        rows = _count_rows(target)
        if rows != expected:
            raise StartError("copy_broken", f"{unfinished} has other rows than the database: try again.")
        _mark(target)
    return rows


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(file.parent)


@contextmanager
def _crossing(file: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        crossed = storage_error(error)
        raise StartError(crossed.code, f"{file} cannot be copied: {error}.", file=str(file)) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StartError("copy_failed", f"{error.filename or file}: {why}.", file=str(file)) from error


def _pictures(file: Path) -> tuple[tuple[str, int], ...]:
    """Return the files that a copy's pictures need, without photos of faces: no copy of those outlives its time."""
    query = "SELECT digest, size_bytes FROM images"
    with _reading(file) as connection:
        if "uploads" in _count_rows(connection):  # a copy of before has none
            query += " UNION SELECT stored_digest, size_bytes FROM uploads WHERE sealed_data_key IS NULL"
        found = connection.execute(f"SELECT DISTINCT * FROM ({query}) ORDER BY 1")  # noqa: S608 - constants
        return tuple((str(digest), int(size)) for digest, size in found)


def make_copy(file: Path, target: Path) -> Copied:
    """Copy the database of `file` to `target`, which must not exist, while others may be writing it.

    The copy has its name only when it is whole, checked and safe on the disk. Raises StartError with what went wrong.
    """
    if target.exists():
        raise StartError("copy_exists", f"{target} is there already: name another file.", file=str(target))
    unfinished = target.with_name(f"{target.name}.unfinished")
    with _crossing(target):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        try:
            with _reading(file) as source:
                rows = _copy(source, unfinished)
            _sync(unfinished)
            unfinished.rename(target)
            sync_folder(target.parent)
        finally:
            unfinished.unlink(missing_ok=True)
        return Copied(rows, _pictures(target), target.stat().st_size)


def _refuse_foreign(connection: sqlite3.Connection, copy: Path) -> None:
    names = _count_rows(connection)
    if VERSION_TABLE not in names:
        raise StartError("copy_not_ours", f"{copy} is no database of Limner's.", file=str(copy))
    found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    if found is None or found[0] not in REVISIONS:
        revision = found and found[0]
        message = (
            f"{copy} was written by a newer Limner (its schema is {revision}). Install that version first."
        )
        raise StartError("schema_newer", message, file=str(copy))


def _move_aside(file: Path) -> Path | None:
    """Give the present database another name, with all that belongs to it; None where there is none."""
    name = f"{file.name}.aside-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number = 1
    while (aside := file.with_name(name if number == 1 else f"{name}.{number}")).exists():
        number += 1
    has_moved = False
    for ending in _ENDINGS:
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
            has_moved = True
    return aside if has_moved else None


def put_back(copy: Path, file: Path) -> Path | None:
    """Put a copy in the place of the database in `file`, whose lock the caller holds; return where that one lies now.

    Killed at any moment, the next start refuses until it is run again. Raises StartError before anything is changed
    where the copy is missing, damaged, of a newer version or of another program.
    """
    if not copy.is_file() or copy.resolve() == file:
        raise StartError("no_such_copy", f"{copy} is no copy: name the file of a backup.", file=str(copy))
    unfinished = file.with_name(f"{file.name}.restoring")
    with _crossing(copy):
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        try:
            with _reading(copy.resolve()) as source:
                _refuse_foreign(source, copy)
                _copy(source, unfinished)
            _sync(unfinished)
            set_mark(file, BEGUN)
            aside = _move_aside(file)
            unfinished.rename(file)
            sync_folder(file.parent)
            set_mark(file, DONE)
        finally:
            unfinished.unlink(missing_ok=True)
    return aside
