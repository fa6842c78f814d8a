"""One server owns a data folder: of two, each would lose what the other one keeps."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_S = 10.0  # for a server that is told to stop and still writes its last snapshot
POLL_S = 0.05


class FolderInUseError(Exception):
    """Another server owns the folder."""


@contextmanager
def owned(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Own a folder for a block, which is made if need be; raises `FolderInUseError` when it does not become free.

    The kernel gives it back when the process dies, however it dies.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as file:
        end_s = time.monotonic() + wait_s
        while not _is_taken(file.fileno()):
            if time.monotonic() >= end_s:
                raise FolderInUseError(f"another local Discord serves {folder}")
            time.sleep(POLL_S)
        yield


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
