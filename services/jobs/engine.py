"""The job engine of one process: a handful of loops over the database, started and stopped together."""

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from db import deliveries, jobs, moves, workers
from db.deliveries import DeliveryRow
from db.moves import Claim
from services.context import Context
from services.errors import StorageError
from services.jobs import delivering, polling, progress, recovery, storing, submitting
from services.jobs.courier import Courier
from services.jobs.dispatcher import Dispatcher
from services.jobs.message_turns import MessageTurns
from services.models import JobState

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0
RECOVERY_S: Final = 5.0
SUBMIT_HANDS: Final = 32
POLL_HANDS: Final = 16
POLL_TICK_S: Final = 0.25
DELIVERY_HANDS: Final = 8


class JobEngine:
    """Claims, works, delivers and recovers for one process. `start` once, `stop` once."""

    def __init__(self, context: Context, courier: Courier) -> None:
        self._context = context
        self._courier = courier
        self._turns = MessageTurns()
        self.worker_id = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._loops: list[asyncio.Task[None]] = []
        self._dropped_jobs: set[int] = set()
        self._dropped_deliveries: set[int] = set()
        self._dispatchers: tuple[Dispatcher[Claim] | Dispatcher[DeliveryRow], ...] = (
            Dispatcher("jobs", self._claim_job, self._work, hands=SUBMIT_HANDS, bell=context.jobs_bell),
            Dispatcher(
                "polls",
                self._claim_poll,
                self._poll,
                hands=POLL_HANDS,
                bell=context.polls_bell,
                idle_poll_s=POLL_TICK_S,
            ),
            Dispatcher(
                "deliveries",
                self._claim_delivery,
                self._deliver,
                hands=DELIVERY_HANDS,
                bell=context.deliveries_bell,
            ),
        )

    async def _claim_job(self) -> Claim | None:
        database = self._context.database
        claim = await database.write(moves.claim_fetch, self.worker_id)
        if claim is None:
            claim = await database.write(
                moves.claim_submit, self.worker_id, self._context.registry.running_caps
            )
        return claim

    async def _work(self, claim: Claim) -> None:
        try:
            if claim.job.state is JobState.FETCHING:
                await storing.fetch(self._context, claim)
            else:
                await submitting.submit(self._context, claim)
        except Exception:
            self._dropped_jobs.add(claim.job.id)
            raise

    async def _claim_delivery(self) -> DeliveryRow | None:
        return await self._context.database.write(deliveries.claim_delivery, self.worker_id)

    async def _deliver(self, delivery: DeliveryRow) -> None:
        try:
            await delivering.deliver(self._context, self._courier, self._turns, delivery)
        except Exception:
            self._dropped_deliveries.add(delivery.id)
            raise

    async def _beat(self) -> None:
        if not await self._context.database.write(workers.beat, self.worker_id):
            log.error("this worker's row is gone: another start took over; its leases are lost")
            await recovery.enter(self._context, self.worker_id)

    async def _recover(self) -> None:
        """Also gives back what failed half way here: as long as this worker lives, nobody else may take it."""
        dropped_jobs, dropped_deliveries = set(self._dropped_jobs), set(self._dropped_deliveries)
        if dropped_jobs or dropped_deliveries:
            await self._context.database.write(jobs.let_go, self.worker_id, dropped_jobs)
            await self._context.database.write(deliveries.let_go, self.worker_id, dropped_deliveries)
            self._dropped_jobs -= dropped_jobs
            self._dropped_deliveries -= dropped_deliveries
        await recovery.recover(self._context)

    async def _claim_poll(self) -> Claim | None:
        if await self._context.database.read(jobs.count_due_polls) == 0:
            return None
        claims = await self._context.database.write(moves.claim_polls, polling.POLL_LEASE_MS, 1)
        return claims[0] if claims else None

    async def _poll(self, claim: Claim) -> None:
        await polling.poll(self._context, claim)

    async def _show_progress(self) -> None:
        await progress.show_all(self._context, self._courier, self._turns)

    async def start(self) -> None:
        """Enter as a worker, take over what was left, and start the loops."""
        await recovery.enter(self._context, self.worker_id)
        await recovery.recover(self._context)
        ticks: tuple[tuple[str, Callable[[], Awaitable[None]], float], ...] = (
            ("heartbeat", self._beat, HEARTBEAT_S),
            ("recovery", self._recover, RECOVERY_S),
            ("progress", self._show_progress, progress.TICK_S),
        )
        self._loops = [
            asyncio.create_task(_every(period_s, name, tick), name=name) for name, tick, period_s in ticks
        ]
        self._loops += [asyncio.create_task(dispatcher.run()) for dispatcher in self._dispatchers]

    async def stop(self, timeout_s: float) -> None:
        """Claim nothing more, give what runs `timeout_s` to end, and leave the rest to the next start."""
        for task in self._loops:
            task.cancel()
        for task in self._loops:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        done = await asyncio.gather(*(dispatcher.finish(timeout_s) for dispatcher in self._dispatchers))
        if not all(done):
            log.info("what still ran goes on at the next start")
        with contextlib.suppress(StorageError):
            await self._context.database.write(workers.leave, self.worker_id)


async def _every(period_s: float, name: str, tick: Callable[[], Awaitable[None]]) -> None:
    """Call `tick` again and again, also after it failed: what it works on stands in the database."""
    while True:
        await asyncio.sleep(period_s)
        try:
            await tick()
        except Exception:
            log.exception("the %s loop failed once", name)
