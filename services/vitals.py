"""The signs of life of one process: what probes and metrics ask for, measured while it runs, and what ends it.

    async with open_vitals(vitals): ...

runs the measuring; `services/web/edge.py` serves what it finds.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from db.upkeep import gateway_ends, health
from services.alert_desk import AlertDesk
from services.context import Context
from services.errors import StorageError
from services.gateway_watch import LOOK_EVERY_S, GatewayWatch, ShardPulse
from services.gauges import Gauges
from services.loop_lag import LoopLag

log = logging.getLogger(__name__)


async def _never() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a role with a gateway shows of it: its shards now, whether it is logged in, and what ends the process.

    `find_excuse` says why no connection can be had now, "" where one could: then a fresh process may help. `shards`
    names the shards; processes with the same ones follow each other.
    """

    read_pulses: Callable[[], Iterable[ShardPulse]]
    is_ready: Callable[[], bool]
    give_up: Callable[[], None]
    watch: GatewayWatch = field(default_factory=GatewayWatch)
    look_every_s: float = LOOK_EVERY_S
    find_excuse: Callable[[], Awaitable[str]] = _never
    shards: str = "run"


@dataclass(slots=True)
class Vitals:
    """The measuring parts of one process. `gateway` is None for a role without one."""

    context: Context
    gauges: Gauges
    lag: LoopLag
    desk: AlertDesk
    gateway: Gateway | None = None
    is_draining: bool = False

    def heartbeat_age_s(self) -> float | None:
        """Return since when the most silent shard is, None for a role without a gateway."""
        return None if self.gateway is None else self.gateway.watch.silent_s()

    def is_gateway_alive(self) -> bool:
        """Return whether the gateway answers; True for a role without one."""
        return self.gateway is None or not self.gateway.watch.is_dead

    async def is_database_up(self) -> bool:
        """Return whether the database answers. Raises StorageError."""
        return await self.context.database.read(health.is_up)

    async def ready(self) -> dict[str, bool]:
        """Return what this process needs before it should get work, and whether it has it."""
        try:
            is_current = await self.context.database.read(health.is_schema_current)
        except StorageError:
            is_current = False
        logged_in = {} if self.gateway is None else {"logged_in": self.gateway.is_ready()}
        return {**logged_in, "schema_current": is_current, "not_draining": not self.is_draining}

    async def expect_answers(self) -> None:
        """Expect answers of the gateway from now on: the process is about to connect."""
        if self.gateway is None:
            return
        try:
            ends = await self.context.database.read(gateway_ends.ends_in_a_row, self.gateway.shards)
        except StorageError as error:
            log.warning("how often the gateway was given up lately is not known: %s", error)
            ends = 0
        self.gateway.watch.begin(ends)

    async def watch_gateway(self) -> None:
        """Look at the shards until cancelled; end the process once one has been silent for too long."""
        assert self.gateway is not None  # noqa: S101 - only started with one
        excuse = ""
        while True:
            watch = self.gateway.watch
            watch.look(self.gateway.read_pulses())
            if watch.is_question_due():
                excuse = await self._ask_for_excuse(excuse)
            if watch.is_dead:
                await self._end()
                return
            await asyncio.sleep(self.gateway.look_every_s)

    async def _ask_for_excuse(self, before: str) -> str:
        """Return why no connection can be had, "" where one could; the log has it when it changes."""
        assert self.gateway is not None  # noqa: S101 - as above
        excuse = await self.gateway.find_excuse()
        if excuse:
            self.gateway.watch.excuse()
        if excuse != before:
            log.warning("the gateway is not connected: %s", excuse or "Discord could be reached now")
        return excuse

    async def _end(self) -> None:
        assert self.gateway is not None  # noqa: S101 - as above
        minutes = round(self.gateway.watch.silent_s() / 60, 1)
        log.critical("the gateway has not answered for %.1f minutes: ending, to be started anew", minutes)
        self.context.alerts.note("gateway_dead", minutes=minutes)
        try:
            await self.context.database.write(gateway_ends.count_end, self.gateway.shards)
            await self.desk.tick()
        except Exception:
            log.exception("nobody could be told")
        finally:
            self.gateway.give_up()


@asynccontextmanager
async def open_vitals(vitals: Vitals) -> AsyncIterator[Vitals]:
    """Measure for as long as the body runs."""
    runs = [vitals.lag.run(), vitals.desk.run()]
    if vitals.gateway is not None:
        runs.append(vitals.watch_gateway())
    tasks: Sequence[asyncio.Task[None]] = [asyncio.create_task(run, name="vitals") for run in runs]
    try:
        yield vitals
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait(tasks)
