"""The sweeper: looks after all waiting jobs, so that nothing waits in a task of its own.

A round is one transaction: it keeps what the looks before have shown and takes the jobs that are due. So many waiting
jobs cost little more than their looks.
"""

import asyncio
import logging
from typing import Final

from db.jobs import polls
from db.jobs.polls import DuePoll, Look
from services.context import Context
from services.jobs import polling
from services.logs import speak_of

log = logging.getLogger(__name__)

HANDS: Final = 32
ROUND_S: Final = 0.25
"""The longest time between two rounds: what another process made due is found this late at most."""
BUSY_ROUND_S: Final = 0.05
"""Between rounds while more is due than there are hands."""
AGAIN_AFTER_S: Final = 1.0


class Sweeper:
    """Takes due jobs and looks after each in a short task, at most `HANDS` at once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._looking: dict[int, asyncio.Task[None]] = {}
        self._looks: list[Look] = []

    async def run(self) -> None:
        """Sweep until cancelled. Looks that are under way go on after that; see `finish`."""
        while True:
            try:
                taken = await self._round()
            except Exception:
                log.exception("the sweeper failed once")
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            is_behind = taken > 0 and len(self._looking) >= HANDS
            await self._context.polls_bell.wait(BUSY_ROUND_S if is_behind else ROUND_S)

    async def _round(self) -> int:
        """Keep the looks that have ended and start those that are due; return how many."""
        looks, self._looks = self._looks, []
        free = HANDS - len(self._looking)
        lease_ms, busy = polling.POLL_LEASE_MS, frozenset(self._looking)
        try:
            due = await self._context.database.write(polls.sweep, looks, lease_ms, free, busy)
        except Exception:
            self._looks = [*looks, *self._looks]
            raise
        for one in due:
            task = asyncio.create_task(self._look(one), name="look")
            self._looking[one.claim.job.id] = task
        return len(due)

    async def _look(self, due: DuePoll) -> None:
        job, job_id = due.claim.job, due.claim.job.id
        speak_of(request=job.request_id, job=job_id, attempt=due.claim.attempt.id)
        try:
            look = await polling.look(self._context, due)
            if look is not None:
                self._looks.append(look)
        except Exception:
            # Its lease runs out, and then it is looked after again.
            log.exception("the look at job %d ended half way", job_id, extra={"job": job_id})
        finally:
            self._looking.pop(job_id, None)

    async def finish(self, timeout_s: float) -> bool:
        """Wait for the looks under way; what is not done in time is cancelled. Return whether all was done."""
        if not self._looking:
            return True
        _, late = await asyncio.wait(self._looking.values(), timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return not late
