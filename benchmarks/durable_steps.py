"""What has to be safe on the disk before a result is shown, done as plainly as it can be: one step after the other."""

import os
import sqlite3
from pathlib import Path

import pyvips


class DurableSteps:
    """A database with one table, and a folder of pictures. Blocks: for threads, one call at a time."""

    def __init__(self, folder: Path) -> None:
        """Make both in `folder`, which is made too."""
        folder.mkdir()
        self._folder = folder
        self._books = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
        self._books.execute("PRAGMA journal_mode = WAL")
        self._books.execute("PRAGMA synchronous = FULL")
        self._books.execute("CREATE TABLE steps (name TEXT, step TEXT)")

    def commit(self, name: str, step: str) -> None:
        """Write a row and commit it."""
        self._books.execute("INSERT INTO steps VALUES (?, ?)", (name, step))

    def keep(self, name: str, picture: bytes) -> None:
        """Decode a JPEG, write it to a file, sync that, give it its name and sync its folder."""
        pyvips.Image.jpegload_buffer(picture, shrink=8, access="sequential", fail_on="warning").avg()
        temporary = self._folder / f"{name}.part"
        with temporary.open("xb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._folder / f"{name}.jpg")
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
