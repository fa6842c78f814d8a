"""What waiting for many pictures costs, and how quickly webhooks are taken: fal's stand-in, real engine and web edge.

Waiting orders stand still at the stand-in, as old as if they had come evenly over the last minute. Later they are
painted with their webhooks kept back, which are then sent on a timetable.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.processes import Process, running
from benchmarks.providers_scene import (
    ORDERED_OVER_S,
    Service,
    StandIns,
    free_port,
    open_service,
    open_stand_ins,
    share_of_core,
)
from benchmarks.table import Row
from services.jobs.looking import next_look_s

WAITING: Final = 500
WINDOW_S: Final = 8.0
IDLE_WINDOW_S: Final = 3.0
STEADY_PER_S: Final = 30
STEADY_S: Final = 4
BURST_PER_S: Final = 200
BURST_S: Final = 2
STEADY: Final = STEADY_PER_S * STEADY_S
BURST: Final = BURST_PER_S * BURST_S
UNPAINTED: Final = "a lighthouse keeper [moderated]"
"""An order that ends without a picture: its webhook comes all the same, and nothing is painted for nobody."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What waiting cost: percent of a core and MiB, with nothing to do and with everything; looks a second."""

    idle_share: float
    share: float
    idle_mib: float
    mib: float
    looks_per_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """How long the answers to webhooks took in ms, and how many were lost: not answered with 200, or not committed."""

    took_ms: Sequence[float]
    lost: int

    def p99(self) -> float:
        """Return the 99th percentile in ms."""
        return sorted(self.took_ms)[int(len(self.took_ms) * 0.99)]


async def _wait(stand_ins: StandIns, service: Service, *, has_webhooks: bool) -> Waited:
    """Let orders wait, and measure the service meanwhile."""
    idle_mib = service.process.memory_mib()
    idle_share = await share_of_core(service.process, IDLE_WINDOW_S)
    await stand_ins.post("pace", hold=0.5)
    await service.order(WAITING)
    await service.until("waiting", WAITING)
    service.make_older(has_webhooks=has_webhooks)
    looks = await stand_ins.count_looks()
    share = await share_of_core(service.process, WINDOW_S)
    looks_per_s = (await stand_ins.count_looks() - looks) / WINDOW_S
    return Waited(idle_share, share, idle_mib, service.process.memory_mib(), looks_per_s)


async def _painted_for(stand_ins: StandIns, service: Service) -> list[str]:
    """Let everything that waits be painted, without its webhooks; return the request ids."""
    await service.order(STEADY + BURST - WAITING)
    await service.until("waiting", STEADY + BURST)
    service.put_off_looks()
    await stand_ins.post("webhook", provider="fal", request_id="*", action="lose")
    await stand_ins.post("pace", hold=None)
    await stand_ins.until_painted(1 + STEADY + BURST)
    return [request_id for request_id, _ in service.waiting()]


async def _take(
    stand_ins: StandIns, service: Service, request_ids: Sequence[str], rate_per_s: float
) -> Taken:
    answers = await stand_ins.call_back_all(request_ids, rate_per_s)
    waiting = {request_id for request_id, _ in service.waiting()}
    taken = {each["request_id"] for each in answers if each["status"] == 200} - waiting
    lost = set(request_ids) - taken
    return Taken([each["took_ms"] for each in answers], len(lost))


async def _take_barely(stand_ins: StandIns, port: int) -> Taken:
    """Return how quickly a bare server takes as many webhooks; what they tell is shorter."""
    await stand_ins.post("webhook", provider="fal", request_id="*", action="lose")
    body = {"prompt": UNPAINTED, "seed": 1}
    request_ids = [await stand_ins.order(body, f"http://127.0.0.1:{port}/take") for _ in range(STEADY)]
    answers = await stand_ins.call_back_all(request_ids, STEADY_PER_S)
    return Taken([each["took_ms"] for each in answers], sum(each["status"] != 200 for each in answers))


async def _poll_barely(stand_ins: StandIns, bare: Process, port: int, addresses: Sequence[str]) -> float:
    """Return the percentage of a core that asking after the same orders as often costs in bare aiohttp."""
    waiting = []
    for place, address in enumerate(addresses):
        age_s = ORDERED_OVER_S * place / len(addresses)
        waiting.append((address, age_s, next_look_s(age_s, has_webhook=False) * (place * 0.618 % 1)))
    told = {"key": stand_ins.said["fal"]["key"], "waiting": waiting}
    async with stand_ins.session.post(f"http://127.0.0.1:{port}/poll", json=told) as answer:
        answer.raise_for_status()
    return await share_of_core(bare, WINDOW_S)


@asynccontextmanager
async def _bare(folder: Path) -> AsyncIterator[tuple[Process, int]]:
    port = free_port()
    module = ("-m", "benchmarks.providers_bare")
    async with running(*module, str(port), "", "", log=folder / "bare.log") as process:
        await process.line_with("ready")
        yield process, port


async def _called(folder: Path, stand_ins: StandIns, bare_port: int) -> list[Row]:
    async with open_service(folder, stand_ins, has_webhooks=True) as service:
        waited = await _wait(stand_ins, service, has_webhooks=True)
        request_ids = await _painted_for(stand_ins, service)
        steady = await _take(stand_ins, service, request_ids[:STEADY], STEADY_PER_S)
        burst = await _take(stand_ins, service, request_ids[STEADY:], BURST_PER_S)
    await stand_ins.post("reset")
    bare = await _take_barely(stand_ins, bare_port)
    await stand_ins.post("reset")
    return [*_waiting_rows(waited), *_taking_rows(steady, burst, bare)]


def _waiting_rows(waited: Waited) -> list[Row]:
    what = f"{WAITING} jobs waiting with webhooks"
    in_all = f"idle {waited.idle_share:.2g} %, in all {waited.share:.2g} %; {waited.looks_per_s:.0f} looks a second"
    return [
        Row(f"{what}: processor above idle", waited.share - waited.idle_share, "% of a core", in_all, limit="< 3 %"),
        Row(
            f"{what}: memory above idle", waited.mib - waited.idle_mib, "MiB", f"idle {waited.idle_mib:.0f} MiB",
            limit="< 20 MiB",
        ),
    ]  # fmt: skip


def _taking_rows(steady: Taken, burst: Taken, bare: Taken) -> list[Row]:
    steadily, at_once = (
        f"webhooks, {STEADY_PER_S} a second",
        f"webhooks, {BURST_PER_S} a second for {BURST_S} s",
    )
    return [
        Row(
            f"{steadily}: answered, p50", median(steady.took_ms), "ms", f"bare {median(bare.took_ms):.3g} ms",
            median(steady.took_ms) / median(bare.took_ms),
        ),
        Row(
            f"{steadily}: answered, p99", steady.p99(), "ms", f"bare {bare.p99():.3g} ms",
            steady.p99() / bare.p99(), "< 50 ms",
        ),
        Row(f"{at_once}: lost", steady.lost + burst.lost, "", f"answered, p99 {burst.p99():.0f} ms", limit="0"),
    ]  # fmt: skip


async def _polled(folder: Path, stand_ins: StandIns, bare: tuple[Process, int]) -> list[Row]:
    async with open_service(folder, stand_ins, has_webhooks=False) as service:
        waited = await _wait(stand_ins, service, has_webhooks=False)
        addresses = [address for _, address in service.waiting()]
    bare_share = await _poll_barely(stand_ins, *bare, addresses)
    beside = f"bare {bare_share:.2g} %; {waited.looks_per_s:.0f} looks a second"
    return [
        Row(
            f"{WAITING} jobs waiting, polled: processor", waited.share, "% of a core", beside,
            waited.share / max(bare_share, 0.1), "< 15 %",
        )
    ]  # fmt: skip


async def measure() -> list[Row]:
    """Return the figures of waiting by webhooks, of taking them, and of waiting by polling."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_stand_ins(folder) as stand_ins, _bare(folder) as bare:
            called = await _called(folder / "called", stand_ins, bare[1])
            polled = await _polled(folder / "polled", stand_ins, bare)
    return [*called, *polled]
