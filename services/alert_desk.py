"""Tells those who run the bot: looks after what changes by itself, writes down what was raised, sends what is due.

Whatever is raised anywhere is written to the database within seconds; one process takes what is due and says it, at
most once an hour for a kind and subject. So a crash loop, or twenty workers with the same refused key, floods nobody.
Each message also stands in the log, and there alone where no channel is set.
"""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from db.upkeep import alerts as rows
from db.upkeep import figures, ledger_check
from services.alerts import ALERTS, Alert
from services.context import Context
from services.errors import StorageError
from services.images.room import Space
from services.jobs import bookkeeping

log = logging.getLogger(__name__)

TICK_S: Final = 5.0
QUIET_MS: Final = 3600 * 1000
"""At most one message an hour about one thing."""
KEPT_MS: Final = 30 * 86_400_000
"""How long a thing is remembered that is raised no more."""
LOOK_EVERY_S: Final = 60.0
CHECK_EVERY_S: Final = 3600.0
"""The check of the ledger looks at every paid job of two days, so not more often."""
CHECK_WITHIN_MS: Final = 2 * 86_400_000
MANY_PARKED: Final = 10
"""Results that could not be brought within an hour: one or two are people who left, ten are a fault."""
PARKED_WITHIN_MS: Final = 3600 * 1000
GIB: Final = 1024**3


class Herald(Protocol):
    """The way to those who run the bot. Implemented in `cogs/_alerts.py` over Discord."""

    async def send(self, text: str) -> bool:
        """Say it; return whether it was said."""
        ...


class AlertDesk:
    """The alerts of one process. Without a `herald` they are only logged.

    `is_speaker` False is for a role that cannot send and leaves that to the others. `now_s` is a clock that only goes
    forward.
    """

    def __init__(
        self,
        context: Context,
        data_folder: Path,
        herald: Herald | None = None,
        *,
        is_speaker: bool = True,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._data_folder = data_folder
        self._herald = herald
        self._is_speaker = is_speaker
        self._now_s = now_s
        self._down: set[str] = set()
        self._look_s = 0.0
        self._check_s = now_s() + CHECK_EVERY_S

    async def run(self) -> None:
        """Attend until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self.tick()
            except StorageError as error:
                log.warning("alerts wait for the database: %s", error)
            except Exception:
                log.exception("the alerts failed once")

    async def tick(self) -> None:
        """Look, write and send once. Raises StorageError; what was raised is kept then."""
        self._look_at_circuits()
        if self._now_s() >= self._look_s:
            self._look_s = self._now_s() + LOOK_EVERY_S
            await self._look_at_disk()
            await self._look_at_results()
        if self._is_speaker and self._now_s() >= self._check_s:
            self._check_s = self._now_s() + CHECK_EVERY_S
            await self._check_ledger()
            await self._context.database.write(rows.forget_old, KEPT_MS)
        await self._write()
        if self._is_speaker:
            for alert in await self._context.database.write(rows.take_due, QUIET_MS):
                await self._say(alert)

    def _look_at_circuits(self) -> None:
        standing, speaks = self._context.standing, self._context.registry.speaks
        down = {name for name in speaks if standing.is_down_here(name)}
        for name in sorted(down - self._down):
            self._context.alerts.note("circuit_open", name)
        for name in sorted(self._down - down):
            self._context.alerts.note("circuit_closed", name)
        self._down = down

    async def _look_at_disk(self) -> None:
        """Tell of the tightest disk: the data folder's, or another one that pictures are kept on."""
        usage = await asyncio.to_thread(shutil.disk_usage, self._data_folder)
        disks = (Space(self._data_folder, usage.total, usage.free), *await self._context.room.spaces())
        disk = min(disks, key=lambda each: each.free_bytes / max(each.total_bytes, 1))
        if disk.is_low:
            percent = round(100 * disk.free_bytes / disk.total_bytes, 1)
            gib = round(disk.free_bytes / GIB, 2)
            self._context.alerts.note("disk_low", percent=percent, gib=gib, folder=str(disk.folder))

    async def _look_at_results(self) -> None:
        parked = await self._context.database.read(figures.parked_since, PARKED_WITHIN_MS)
        if parked >= MANY_PARKED:
            self._context.alerts.note("results_parked", parked=parked)

    async def _check_ledger(self) -> None:
        found = await self._context.database.read(ledger_check.check_ledger, within_ms=CHECK_WITHIN_MS)
        if found:
            self._context.alerts.note("ledger_drift", found=len(found))
            await bookkeeping.mend_sums(self._context.database, found)

    async def _write(self) -> None:
        raised = self._context.alerts.take()
        while raised:
            try:
                await self._context.database.write(rows.put_alert, raised[0])
            except StorageError:
                self._context.alerts.put_back(raised)
                raise
            raised.pop(0)

    async def _say(self, alert: Alert) -> None:
        message = alert.message()
        log.log(ALERTS[alert.kind].severity, "alert %s: %s", alert.kind, message)
        if self._herald is not None and not await self._herald.send(message):
            log.error("the alert %s could not be sent to LIMNER_ALERT_CHANNEL", alert.kind)
