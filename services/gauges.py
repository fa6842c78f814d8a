"""What `/metrics` shows beside what was counted: the state of the database, the disk and the image services now.

It is read when somebody asks, and kept for some seconds; sums over whole tables for some minutes. Every process of one
database shows the same figures of it.
"""

import asyncio
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from db.upkeep import figures
from db.upkeep.figures import LedgerKey
from services.context import Context
from services.gateway_watch import GatewayWatch
from services.loop_lag import LoopLag
from services.metrics import Labels, set_gauge, set_gauges

QUICK_FOR_S: Final = 5.0
SLOW_FOR_S: Final = 300.0
MICRO_USD: Final = 1_000_000

_PYPROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"


def limner_version() -> str:
    """Return this code's version."""
    try:
        return version("limner")
    except PackageNotFoundError:
        lines = _PYPROJECT.read_text("utf-8").splitlines() if _PYPROJECT.exists() else []
        found = (line.partition('"')[2].rstrip('"') for line in lines if line.startswith("version = "))
        return next(found, "unknown")


class Gauges:
    """Sets the gauges of one process. `watch` is None for a role without a gateway."""

    def __init__(
        self,
        context: Context,
        data_folder: Path,
        role: str,
        *,
        lag: LoopLag,
        watch: GatewayWatch | None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._data_folder = data_folder
        self._lag = lag
        self._watch = watch
        self._now_s = now_s
        self._reading = asyncio.Lock()
        self._due_s: dict[str, float] = {}
        self._ended_jobs: Mapping[str, int] = {}
        self._ledger_id = 0
        self._ledger: dict[LedgerKey, int] = {}
        build = (limner_version(), platform.python_version(), role)
        set_gauges("limner_build_info", {build: 1})

    async def refresh(self) -> None:
        """Bring every gauge up to date. Raises StorageError where the database does not answer."""
        self._set_process()
        async with self._reading:
            if self._is_due("slow", SLOW_FOR_S):
                await self._read_slow()
            if self._is_due("quick", QUICK_FOR_S):
                await self._read_quick()

    def _is_due(self, what: str, kept_for_s: float) -> bool:
        now_s = self._now_s()
        if self._due_s.get(what, 0.0) > now_s:
            return False
        self._due_s[what] = now_s + kept_for_s
        return True

    def _set_process(self) -> None:
        standing, registry = self._context.standing, self._context.registry
        set_gauge("limner_event_loop_lag_worst_seconds", self._lag.worst_s())
        set_gauge("limner_tasks", len(asyncio.all_tasks()))
        circuits: dict[Labels, float] = {
            (name,): float(standing.is_down(name)) for name in sorted(registry.speaks)
        }
        set_gauges("limner_provider_circuit_open", circuits)
        if self._watch is not None:
            ages, up = self._watch.ages_s(), self._watch.up()
            set_gauges("limner_gateway_heartbeat_age_seconds", {(str(k),): age for k, age in ages.items()})
            set_gauges("limner_gateway_shard_up", {(str(k),): float(is_up) for k, is_up in up.items()})

    async def _read_slow(self) -> None:
        slow = await self._context.database.read(figures.slow_figures)
        self._ended_jobs = slow.ended_jobs
        set_gauge("limner_stored_images", slow.images)
        set_gauge("limner_stored_images_bytes", slow.image_bytes)

    async def _read_quick(self) -> None:
        quick = await self._context.database.read(figures.quick_figures)
        states = {**self._ended_jobs, **quick.open_jobs}
        set_gauges("limner_jobs", {(state,): many for state, many in states.items()})
        set_gauges("limner_deliveries", {(state,): many for state, many in quick.deliveries.items()})
        set_gauge("limner_held_usd", quick.held_micro_usd / MICRO_USD)
        set_gauge("limner_workers", quick.workers)
        await self._read_ledger()
        disk = await asyncio.to_thread(shutil.disk_usage, self._data_folder)
        set_gauge("limner_disk_free_bytes", disk.free)
        set_gauge("limner_disk_free_ratio", disk.free / disk.total if disk.total else 0.0)

    async def _read_ledger(self) -> None:
        self._ledger_id, sums = await self._context.database.read(figures.ledger_sums, self._ledger_id)
        for key, amount in sums.items():
            self._ledger[key] = self._ledger.get(key, 0) + amount
        set_gauges("limner_ledger_usd", {key: amount / MICRO_USD for key, amount in self._ledger.items()})
