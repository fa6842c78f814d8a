"""A start that finds an operator's verb at the SQLite file waits for it: a verb owns the file for a moment only.

`bot.py jobs list`, say, opens the database by itself while no bot listens yet. A bot that runs is not waited for.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cli.knocking import knock
from db.engine import Database, open_database
from db.migrations import ensure_current
from services.errors import StartError
from services.settings import Settings

log = logging.getLogger(__name__)

PATIENCE_S: Final = 20.0
"""How long a start waits each time that it finds the file in use."""
AGAIN_S: Final = 0.1
_CONNECT_WITHIN_S: Final = 1.0


def _is_served(database_file: Path) -> bool:
    """Return whether a running bot listens beside a database: it would not let go of the file."""
    try:
        connection = knock(database_file, _CONNECT_WITHIN_S)
    except OSError:
        return False
    if connection is not None:
        connection.close()
    return connection is not None


class Patience:
    """How long a start still waits for the file, from when it first found it in use.

    `now_s` is a clock that only goes forward.
    """

    def __init__(self, patience_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = patience_s
        self._now_s = now_s
        self._until_s: float | None = None

    def bear(self, error: StartError) -> None:
        """Return where the same may work a little later; raise `error` where it will not, or has not for too long."""
        if error.code != "database_in_use" or _is_served(Path(str(error.fields["file"]))):
            raise error
        if self._until_s is None:
            self._until_s = self._now_s() + self._patience_s
            log.info("%s is in use by process %s: waiting", error.fields["file"], error.fields["pid"] or "?")
        elif self._now_s() >= self._until_s:
            message = f"{error} This start has waited {self._patience_s:.0f} s for it."
            raise StartError(error.code, message, **error.fields) from error


def ensure_current_patiently(settings: Settings) -> None:
    """Bring the schema up to date as `ensure_current` does, once no verb owns the file. Raises StartError."""
    patience = Patience(PATIENCE_S)
    while True:
        try:
            ensure_current(settings.resolved_database_url, data_folder=settings.data_folder)
        except StartError as error:
            patience.bear(error)
        else:
            return
        time.sleep(AGAIN_S)  # nothing runs beside it yet


async def open_database_of(settings: Settings, *, is_patient: bool) -> Database:
    """Return the open database; `is_patient`: once no verb owns the file. Raises StartError, StorageError."""
    patience = Patience(PATIENCE_S)
    while True:
        try:
            return await open_database(settings.resolved_database_url, data_folder=settings.data_folder)
        except StartError as error:
            if not is_patient:
                raise
            patience.bear(error)
        await asyncio.sleep(AGAIN_S)
