"""The heartbeat of a process without an engine: whoever asks who is running on this database counts it, too."""

import asyncio
import logging
import os
import secrets
from contextlib import suppress
from typing import Final

from db.engine import Database
from db.jobs import workers
from services.errors import StorageError

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0


class Presence:
    """A row of `workers` that holds nothing. `start` once, `stop` once."""

    def __init__(self, database: Database, role: str) -> None:
        self._database = database
        self._id = f"{role}-{os.getpid()}-{secrets.token_hex(6)}"
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Enter and keep beating. Raises StorageError."""
        await self._database.write(workers.register, self._id, is_only_worker=False)
        self._beating = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self) -> None:
        """Take the row away, where the database can be reached."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.wait([self._beating])
        with suppress(StorageError):
            await self._database.write(workers.leave, self._id)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                if not await self._database.write(workers.beat, self._id):
                    await self._database.write(workers.register, self._id, is_only_worker=False)
            except StorageError as error:
                log.warning("no heartbeat: %s", error)
