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
        self._counting = asyncio.Lock()
        self._until_s: float | None = None

    async def count(self, database: Database) -> int:
        """Return how many jobs are in line or in the works."""
        if self._is_old():
            # One of those who come at the same moment counts for all of them.
            async with self._counting:
                if self._is_old():
                    self._counted = await database.read(job_queries.count_all_open_jobs)
                    self._until_s = self._now_s() + COUNTED_FOR_S
        return self._counted

    def _is_old(self) -> bool:
        return self._until_s is None or self._until_s <= self._now_s()

    def add(self, jobs: int) -> None:
        """Note that so many were accepted."""
        self._counted += jobs
