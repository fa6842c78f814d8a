"""One process owns the SQLite file. PostgreSQL needs none of this.

Two processes that write and checkpoint one WAL file can corrupt it before SQLite 3.51.3, and our leases of an earlier
start are void on SQLite only because nobody else can hold one.
*Source:* sqlite.org/wal.html, "The WAL-Reset Bug".
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from services.errors import StartError


class FileLock:
    """An ownership that is held; the kernel gives it back when the process dies, however it dies."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self.file = file
        self._descriptor = descriptor

    def release(self) -> None:
        """Give it back; twice is harmless.

        The lock file stays: deleting it would let two processes each lock a file of that name.
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.ftruncate(descriptor, 0)
            os.close(descriptor)


def lock_path(database_file: Path) -> Path:
    """Return where the lock of a database file lies: beside it."""
    return database_file.with_name(database_file.name + ".lock")


def _refusal(database_file: Path, descriptor: int) -> StartError:
    pid, _, started_at = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    owner = f"process {pid}, started {started_at}" if pid else "another process"
    return StartError(
        "database_in_use",
        f"The database {database_file} is in use by Limner ({owner}): stop that process first, or give this one "
        "a data folder of its own with LIMNER_DATA.",
        pid=pid,
        file=str(database_file),
    )


def _bad_folder(folder: Path, error: OSError) -> StartError:
    return StartError(
        "database_folder",
        f"The folder {folder} cannot be used: {error.strerror}. Mend it or set LIMNER_DATA to another.",
    )


def take_lock(database_file: Path) -> FileLock:
    """Return the ownership of a SQLite file, which need not exist; its folder is made.

    Raises StartError("database_in_use") with the owner's process id and what to do, StartError("database_folder")
    where the folder cannot be written.
    """
    path = lock_path(database_file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _bad_folder(path.parent, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        is_held = isinstance(error, BlockingIOError)
        refusal = _refusal(database_file, descriptor) if is_held else _bad_folder(path.parent, error)
        os.close(descriptor)
        raise refusal from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0)
    return FileLock(path, descriptor)


@contextmanager
def locked(database_file: Path | None) -> Iterator[None]:
    """Hold the ownership of a SQLite file for a block; None (PostgreSQL) needs none."""
    if database_file is None:
        yield
        return
    lock = take_lock(database_file)
    try:
        yield
    finally:
        lock.release()
