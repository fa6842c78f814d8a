"""The job engine of one process: a handful of loops over the database, started and stopped together."""

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Final

from db.jobs import abandoned, deliveries, moves, workers
from db.jobs.moves import Claim
from services.context import Context
from services.errors import StorageError
from services.jobs import (
    bookkeeping,
    clearing,
    delivering,
    fetching,
    housekeeping,
    progress,
    recovery,
    submitting,
)
from services.jobs.arriving import ToFetch
from services.jobs.courier import Courier
from services.jobs.delivering import Begun
from services.jobs.dispatcher import Dispatcher
from services.jobs.message_turns import MessageTurns
from services.jobs.noticing import tell_if_new
from services.jobs.sweeper import Sweeper
from services.logs import speak_of
from services.models import JobState

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0
RECOVERY_S: Final = 5.0
SUBMIT_HANDS: Final = 32
FETCH_HANDS: Final = 6
"""Each holds a whole picture of up to 40 MiB in memory.

What comes while all are busy stands in line and costs a transaction more: with 4, six pictures of ten did under load,
with 8 one or two.
"""
DELIVERY_HANDS: Final = 8


class JobEngine:
    """Claims, works, delivers and recovers for one process. `start` once, `stop` once."""

    def __init__(self, context: Context, courier: Courier) -> None:
        self._context = context
        self._courier = courier
        self._turns = MessageTurns()
        self.worker_id = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._loops: list[asyncio.Task[None]] = []
        self._heart: list[asyncio.Task[None]] = []
        self._dropped_jobs: set[int] = set()
        self._dropped_deliveries: set[int] = set()
        self._held: dict[str, set[int]] = {"submits": set(), "fetches": set(), "deliveries": set()}
        self._sweeper = Sweeper(context)
        self._submits = Dispatcher(
            "submits", self._claim_submit, self._submit,
            hands=SUBMIT_HANDS, bell=context.jobs_bell, let_go=self._let_go_submits,
            is_last=lambda claim: claim.is_last,
        )  # fmt: skip
        self._fetches = Dispatcher(
            "fetches", self._claim_fetch, self._fetch,
            hands=FETCH_HANDS, bell=context.fetches_bell, let_go=self._let_go_fetches,
        )  # fmt: skip
        self._deliveries = Dispatcher(
            "deliveries", self._claim_delivery, self._deliver,
            hands=DELIVERY_HANDS, bell=context.deliveries_bell, let_go=self._let_go_deliveries,
        )  # fmt: skip
        self._workers = (self._sweeper, self._submits, self._fetches, self._deliveries)

    async def _claim_submit(self) -> Claim | None:
        if await self._context.room.is_full():
            return None  # what is in line waits: its picture might find no place
        standing = self._context.standing
        caps = standing.sendable(self._context.registry.running_caps)
        bell = self._context.jobs_bell
        rings = bell.rings
        claim = await self._context.database.take(
            moves.claim_submit, self.worker_id, caps, self._context.limits.share_caps
        )
        if claim is not None:
            standing.begin_submit(claim.job.provider, claim.attempt.id)
            tell_if_new(self._context)
            if claim.is_last:
                bell.note_empty(rings)
            else:
                bell.note_waiting()
        return claim

    async def _claim_fetch(self) -> ToFetch | None:
        claim = await self._context.database.take(moves.claim_fetch, self.worker_id)
        return None if claim is None else ToFetch(claim)

    async def _submit(self, claim: Claim) -> None:
        _speak_of_job(claim)
        with self._holding("submits", claim.job.id, self._dropped_jobs):
            await submitting.submit(self._context, claim)

    async def _fetch(self, work: ToFetch) -> None:
        _speak_of_job(work.claim)
        with self._holding("fetches", work.claim.job.id, self._dropped_jobs):
            await fetching.fetch(self._context, work)

    @contextlib.contextmanager
    def _holding(self, kind: str, row_id: int, dropped: set[int]) -> Iterator[None]:
        """Know a row as held while the body runs; one that fails half way is given up for recovery."""
        self._held[kind].add(row_id)
        try:
            yield
        except Exception:
            dropped.add(row_id)
            raise
        finally:
            self._held[kind].discard(row_id)

    async def _let_go_submits(self) -> None:
        await self._let_go_jobs("submits", JobState.SUBMITTING)

    async def _let_go_fetches(self) -> None:
        await self._let_go_jobs("fetches", JobState.FETCHING)

    async def _let_go_jobs(self, kind: str, state: JobState) -> None:
        held = frozenset(self._held[kind])
        await self._context.database.write(abandoned.let_go_all_but, self.worker_id, held, state)

    async def _let_go_deliveries(self) -> None:
        held = frozenset(self._held["deliveries"])
        await self._context.database.write(deliveries.let_go_all_but, self.worker_id, held)

    async def _claim_delivery(self) -> Begun | None:
        return await self._context.database.write(delivering.claim, self.worker_id)

    async def _deliver(self, begun: Begun) -> None:
        speak_of(request=begun.delivery.request_id, job=begun.delivery.job_id, delivery=begun.delivery.id)
        with self._holding("deliveries", begun.delivery.id, self._dropped_deliveries):
            await delivering.deliver(self._context, self._courier, self._turns, begun)

    async def _beat(self) -> None:
        if not await self._context.database.write(workers.beat, self.worker_id):
            log.error("this worker's row is gone: another start took over; its leases are lost")
            await recovery.enter(self._context, self.worker_id)

    async def _recover(self) -> None:
        """Also gives back what failed half way here: as long as this worker lives, nobody else may take it.

        The heartbeat comes first: after a machine slept, this worker must not take itself for dead.
        """
        await self._beat()
        dropped_jobs, dropped_deliveries = set(self._dropped_jobs), set(self._dropped_deliveries)
        if dropped_jobs or dropped_deliveries:
            await self._context.database.write(abandoned.let_go, self.worker_id, dropped_jobs)
            await self._context.database.write(deliveries.let_go, self.worker_id, dropped_deliveries)
            self._dropped_jobs -= dropped_jobs
            self._dropped_deliveries -= dropped_deliveries
        await recovery.recover(self._context)

    async def start(self) -> None:
        """Enter as a worker, take over what was left, and start the loops."""
        await recovery.enter(self._context, self.worker_id)
        if self._context.database.dialect != "sqlite":  # where there is nobody to tell
            self._context.standing.worker_id = self.worker_id
        await recovery.recover(self._context)
        housekeeper = housekeeping.Housekeeper(self._context)
        await housekeeper.start()
        await clearing.take_up(self._context)
        ticker = progress.ProgressTicker(self._context, self._courier, self._turns, worker_id=self.worker_id)
        ticks: tuple[tuple[str, Callable[[], Awaitable[object]], float], ...] = (
            ("recovery", self._recover, RECOVERY_S),
            ("progress", ticker.tick, progress.TICK_S),
            ("housekeeping", housekeeper.tick, housekeeping.TICK_S),
            ("removals", partial(clearing.clear_due, self._context, self._courier), clearing.TICK_S),
            ("bookkeeping", bookkeeping.Bookkeeper(self._context.database).tick, bookkeeping.TICK_S),
        )
        self._heart = [asyncio.create_task(_every(HEARTBEAT_S, "heartbeat", self._beat), name="heartbeat")]
        self._loops = [
            asyncio.create_task(_every(period_s, name, tick), name=name) for name, tick, period_s in ticks
        ]
        self._context.fetch_lane.open(self.worker_id, self._fetches)
        self._context.delivery_lane.open(self.worker_id, self._deliveries)
        self._loops += [asyncio.create_task(each.run()) for each in self._workers]

    async def stop(self, timeout_s: float) -> None:
        """Claim nothing more, give what runs `timeout_s` to end, and leave the rest to the next start."""
        self._context.fetch_lane.close()
        self._context.delivery_lane.close()
        await _cancel(self._loops)
        finishing = (each.finish(timeout_s) for each in self._workers)
        done = await asyncio.gather(*finishing, return_exceptions=True)
        if not all(one is True for one in done):
            log.info("what still ran goes on at the next start")
        # Not before: paid calls may take minutes, and others would take this worker for dead after 30 s.
        await _cancel(self._heart)
        self._context.standing.worker_id = ""
        with contextlib.suppress(StorageError):
            await self._context.database.write(workers.leave, self.worker_id)


def _speak_of_job(claim: Claim) -> None:
    """Give every line of the task that works on a claim its ids."""
    speak_of(request=claim.job.request_id, job=claim.job.id, attempt=claim.attempt.id)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        await asyncio.wait([task])


async def _every(period_s: float, name: str, tick: Callable[[], Awaitable[object]]) -> None:
    """Call `tick` again and again, also after it failed: what it works on stands in the database."""
    while True:
        await asyncio.sleep(period_s)
        try:
            await tick()
        except Exception:
            log.exception("the %s loop failed once", name)
