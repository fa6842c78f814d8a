"""What a process uses, seen from outside (proc(5)) and told by itself (`/metrics`)."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.soak.judging import Point

MIB: Final = 1024 * 1024
LAG: Final = "limner_event_loop_lag_seconds_bucket"
OPEN_STATES: Final = ("queued", "submitting", "waiting", "fetching")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One look; memory and files in MiB, `own_mib` without what it shares with others. `jobs`: open ones by state."""

    at_s: float
    resident_mib: float
    own_mib: float
    descriptors: int
    threads: int
    tasks: int
    database_mib: float
    pending: int
    jobs: dict[str, int]


Metrics = dict[tuple[str, Labels], float]


def read_metrics(text: str) -> Metrics:
    """Return Prometheus' text as values by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _field_of(path: str, name: str) -> int:
    """Return the number behind a name in a file of proc(5), 0 where there is none."""
    lines = Path(path).read_text("ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _read_process(pid: int) -> dict[str, float]:
    own_kib = sum(_field_of(f"/proc/{pid}/smaps_rollup", f"Private_{kind}") for kind in ("Clean", "Dirty"))
    return {
        "resident_mib": _field_of(f"/proc/{pid}/status", "VmRSS") / 1024,
        "own_mib": own_kib / 1024,
        "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": _field_of(f"/proc/{pid}/status", "Threads"),
    }


def _size_mib(file: Path) -> float:
    return file.stat().st_size / MIB if file.exists() else 0.0


@dataclass(slots=True)
class Meter:
    """Looks at one process, and keeps what it has seen, also in a file of JSON lines.

    `database` is the process's file, which PostgreSQL has none of.
    """

    session: aiohttp.ClientSession
    address: str
    pid: int
    database: Path
    kept: Path
    samples: list[Sample] = field(default_factory=list)
    wal_mib: float = 0.0
    """The largest that the write-ahead log was."""
    first: Metrics = field(default_factory=dict)
    last: Metrics = field(default_factory=dict)

    async def look(self) -> None:
        """Take a sample. Raises ClientError where the process does not answer."""
        async with self.session.get(f"{self.address}/metrics") as answer:
            answer.raise_for_status()
            self.last = read_metrics(await answer.text())
        self.first = self.first or self.last
        process = await asyncio.to_thread(_read_process, self.pid)
        jobs = {state: int(self.last.get(("limner_jobs", (("state", state),)), 0)) for state in OPEN_STATES}
        self.samples.append(
            Sample(
                at_s=time.monotonic(),
                resident_mib=process["resident_mib"],
                own_mib=process["own_mib"],
                descriptors=int(process["descriptors"]),
                threads=int(process["threads"]),
                tasks=int(self.last.get(("limner_tasks", ()), 0)),
                database_mib=_size_mib(self.database),
                pending=int(self.last.get(("limner_deliveries", (("state", "pending"),)), 0)),
                jobs=jobs,
            )
        )
        await asyncio.to_thread(self._keep, self.samples[-1])

    def _keep(self, sample: Sample) -> None:
        with self.kept.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps(asdict(sample))}\n")

    async def look_at_log(self) -> None:
        """See how large the write-ahead log is."""
        self.wal_mib = max(self.wal_mib, _size_mib(self.database.with_name(f"{self.database.name}-wal")))

    def lag_buckets(self) -> dict[float, float]:
        """Return the event loop's lags between the first and the last sample: summed up, by upper bound in seconds."""
        return {
            float(dict(labels)["le"]): value - self.first.get((name, labels), 0)
            for (name, labels), value in self.last.items()
            if name == LAG
        }

    def points(self, name: str) -> Sequence[Point]:
        """Return one figure of all samples."""
        return [(sample.at_s, float(getattr(sample, name))) for sample in self.samples]
