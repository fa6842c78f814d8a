"""Locks between the processes of one PostgreSQL database, which end with the process that holds them.

Each stands on a connection of its own, outside of the pool. Somebody who is killed gives it back at once, a machine
that has gone within half a minute.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from db.dialects.apart import ConnectApart
from db.dialects.crossing import storage_error
from db.dialects.listening import FAILURES, cut, to_its_end
from db.dialects.lock_numbers import SPACE, Purpose
from services.errors import StorageError

__all__ = ["POLL_S", "AdvisoryLock", "Purpose"]

log = logging.getLogger(__name__)

POLL_S: Final = 0.25

_TRY: Final = (
    "SELECT bool_and(pg_try_advisory_lock($1, subject)) FROM unnest($2::int[]) AS subjects (subject)"
)


class AdvisoryLock:
    """A lock over one or more subjects, numbers of 0..2147483647: held when all of them are."""

    def __init__(self, connect: ConnectApart, purpose: Purpose, subjects: Sequence[int] = (0,)) -> None:
        self._connect = connect
        self._key = (SPACE + purpose, list(subjects))
        self._name = purpose.name.lower()
        self._connection: Any = None

    async def try_take(self) -> bool:
        """Take it unless somebody else has a part of it. Raises StorageError where the database cannot be reached."""
        try:
            return await to_its_end(self._try())
        except FAILURES as error:
            await self.release()
            raise storage_error(error) from error

    async def _try(self) -> bool:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect(self._name)
        return bool(await self._connection.fetchval(_TRY, *self._key))

    async def take(self, poll_s: float = POLL_S) -> None:
        """Wait until it is ours, however long, also for the database."""
        try:
            while not await self._try_quietly():  # noqa: ASYNC110 - who has it may be another machine
                await asyncio.sleep(poll_s)
        except BaseException:
            await self.release()
            raise

    async def _try_quietly(self) -> bool:
        try:
            return await self.try_take()
        except StorageError as error:
            log.warning("no lock for %s: %s", self._name, error)
            return False

    async def release(self) -> None:
        """Give it back by closing its connection; twice is harmless."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await cut(connection)
