"""One process a shard: Discord would send every event to each of two, and both would answer.

The locks end with their process. So a second process with the same shards is a standby: it waits, and connects when the
first one stops or dies. A rolling deploy starts the new one before it stops the old one, and loses no time.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from db.dialects.apart import ConnectApart
from services.errors import StorageError

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
_COUNT_SHIFT: Final = 16


class ShardClaims:
    """The claims of one process on its shards. `take` once, then `until_lost` beside the connection, then `release`."""

    def __init__(self, connect: ConnectApart, shard_ids: Sequence[int], shard_count: int) -> None:
        from db.dialects.advisory import AdvisoryLock, Purpose  # noqa: PLC0415 - loads the driver of PostgreSQL

        self._shards = f"{shard_ids[0]}-{shard_ids[-1]}/{shard_count}"
        subjects = [shard_count << _COUNT_SHIFT | shard_id for shard_id in shard_ids]
        self._lock = AdvisoryLock(connect, Purpose.SHARD, subjects)

    async def take(self) -> None:
        """Wait until no other process has any of these shards. Raises StorageError where there is no database."""
        if not await self._is_ours():
            log.info("shards %s are another process's: waiting until it stops", self._shards)
            await self._lock.take(LOOK_S)
        log.info("shards %s are ours", self._shards)

    async def until_lost(self) -> None:
        """Return when another process has one of the shards, because our connection to the database was lost."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if not await self._is_ours():
                    return
            except StorageError as error:
                # Nobody else can reach it either, as far as we can tell; what we hear meanwhile is accepted once.
                log.warning("%s", error)

    async def release(self) -> None:
        """Let other processes have the shards."""
        await self._lock.release()

    async def _is_ours(self) -> bool:
        return await self._lock.try_take()
