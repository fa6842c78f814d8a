"""What lies beside a SQLite file and tells whether the file is the newest of itself, or a copy that came back.

    limner.db.sends      how many orders were about to leave, written before each of them leaves
    limner.db.place      never written again once it is made: a folder that was copied or moved has another one
    limner.db.restored   `bot.py restore` has begun, or has put a copy in place since the last start

The first is compared with the same count in the database, the second with what the database remembers of it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import StartError

_DIGITS: Final = 20
BEGUN: Final = "begun"
DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies beside a database: `sends` is 0 where nothing was ever sent, `place` names the place."""

    sends: int
    place: str
    is_marked: bool = False


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}.{ending}")


def mark_of(file: Path) -> Path:
    """Return where the mark of a restore lies."""
    return _beside(file, "restored")


def refuse_half_restored(file: Path) -> None:
    """Raise StartError("restore_interrupted") where a restore has begun and not ended: half of it is in place."""
    mark = mark_of(file)
    if mark.exists() and mark.read_text("ascii", "replace").strip() != DONE:
        message = (
            f"A restore of {file} was interrupted. Run it again: python bot.py restore FILE. What was there before "
            f"lies beside it as {file.name}.aside-*."
        )
        raise StartError("restore_interrupted", message, file=str(file))


def has_witness(file: Path) -> bool:
    """Return whether a database has been started here before: where it is gone now, it was lost."""
    return _beside(file, "place").exists()


def set_mark(file: Path, word: str) -> None:
    """Write how far a restore is, safe on the disk."""
    mark = mark_of(file)
    descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, word.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _place_of(file: Path) -> str:
    """Return the name of a database's place, which is made where there is none.

    A change time cannot be set: what copied or unpacked the file has given it a later one. (The number of a file
    alone is given out again.)
    """
    place = _beside(file, "place")
    if not place.exists():
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600))
    found = place.stat()
    return f"{found.st_ino}.{found.st_ctime_ns}"


class Witness:
    """The files beside one database, which its owner keeps. Calls block for microseconds; `look` for a disk read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._descriptor = -1
        self._sends = -1

    def look(self) -> Seen:
        """Return what lies beside the database."""
        sends = _beside(self.file, "sends")
        text = sends.read_text("ascii", "replace").strip() if sends.exists() else ""
        count = int(text) if text.isascii() and text.isdigit() else 0
        return Seen(count, _place_of(self.file), mark_of(self.file).exists())

    def note_sends(self, sends: int) -> None:
        """Write that so many orders were about to leave; a smaller number than before changes nothing.

        Not synced: a power cut that loses it does not bring back an older database. Raises OSError.
        """
        if sends <= self._sends:
            return
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(_beside(self.file, "sends"), flags, 0o600)
        os.pwrite(self._descriptor, f"{sends:0{_DIGITS}d}\n".encode(), 0)
        self._sends = sends

    def forget_mark(self) -> None:
        """Delete the mark of a restore: it was acted upon."""
        mark_of(self.file).unlink(missing_ok=True)

    def close(self) -> None:
        """Close what is open; twice is harmless."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
