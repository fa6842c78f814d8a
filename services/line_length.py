"""How many jobs of everybody are in line or in the works, as each process last counted them."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from db.engine import Database
from db.jobs import job_queries

COUNTED_FOR_S: Final = 1.0
"""How long a count is taken as it was read: the cap over everybody need not be exact, and counting ten thousand rows
for each request would be."""


class LineLength:
    """Counts at most once in `COUNTED_FOR_S`; what this process accepts meanwhile is added."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._counted = 0
        self._counting: asyncio.Task[None] | None = None
        self._until_s: float | None = None

    async def count(self, database: Database) -> int:
        """Return how many jobs are in line or in the works. Raises StorageError when the database does not say."""
        if self._is_old():
            # One count for all who come at the same moment: where it fails, none of them waits to fail again alone.
            if self._counting is None:
                self._counting = asyncio.create_task(self._count(database), name="line-length")
                self._counting.add_done_callback(self._end)
            # Shielded: of those who wait, one may be cancelled.
            await asyncio.shield(self._counting)
        return self._counted

    async def _count(self, database: Database) -> None:
        self._counted = await database.read(job_queries.count_all_open_jobs)
        self._until_s = self._now_s() + COUNTED_FOR_S

    def _end(self, counting: asyncio.Task[None]) -> None:
        self._counting = None
        if not counting.cancelled():
            counting.exception()  # or asyncio would report one that nobody waits for any more

    def _is_old(self) -> bool:
        return self._until_s is None or self._until_s <= self._now_s()

    def add(self, jobs: int) -> None:
        """Note that so many were accepted."""
        self._counted += jobs
