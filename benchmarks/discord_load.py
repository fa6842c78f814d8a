"""The local Discord under load: many interactions at once, a thousand a second, which side is the slower one, memory.

The driver keeps to its timetable whether answers come or not; driver and fast bot are made of bare sockets, so that
they are not what gets measured.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.processes import Process, running, running_discord, running_limner
from benchmarks.table import Row
from benchmarks.wire import Wire

AT_ONCE: Final = 500
ROUNDS_AT_ONCE: Final = 3
RATE_PER_S: Final = 1_000
SUSTAINED_S: Final = 20
SATURATING: Final = 100
"""How many people, each with one command at a time, keep a bot busy without a pause."""
SATURATED: Final = 8_000
SATURATED_LIMNER: Final = 2_000
EARLY: Final = 10_000
LATE: Final = 100_000
PEOPLE: Final = 50
CHANNELS: Final = ("portraits", "gallery", "lounge")
TICK_S: Final = 0.004
GIVEN_UP_S: Final = 4
"""Nobody waits longer for an acknowledgement: after 3 s it would be refused."""
EVERY: Final = {"picture": 10, "react": 25, "clock": 2_500}
"""In the long run every so many commands: a posted file, a reaction, five minutes forward."""


@dataclass(slots=True)
class Tally:
    """What came back: acknowledgement times as the server took them in ms, and how many never came."""

    acks_ms: list[float] = field(default_factory=list)
    unanswered: int = 0
    started_s: float = field(default_factory=time.perf_counter)
    last_s: float = 0.0
    server_us: float = 0.0
    bot_us: float = 0.0

    def p99(self) -> float:
        """Return the 99th percentile in ms."""
        return sorted(self.acks_ms)[int(len(self.acks_ms) * 0.99)]

    def took_s(self) -> float:
        """Return the time to the last answer."""
        return self.last_s - self.started_s

    def rate(self) -> float:
        """Return the commands answered in a second."""
        return len(self.acks_ms) / self.took_s()


class Stage:
    """A local Discord and one bot, driven over `/play/`."""

    def __init__(self, server: Process, bot: Process, said: dict[str, str], **command: object) -> None:
        self.server = server
        self._bot = bot
        self._command = {"user": "ada", "channel": CHANNELS[0], "wait": GIVEN_UP_S} | command
        self._wire = Wire(said["base"], (f"X-Playground-Key: {said['key']}",))

    async def call(self, path: str, **body: object) -> Any:  # noqa: ANN401 - any JSON value, or None
        """Make one call."""
        status, answer = await self._wire.send("POST", f"/play/{path}", json.dumps(body).encode())
        if status >= 400:
            raise RuntimeError(answer.decode())
        return json.loads(answer) if answer else None

    async def slash(self, tally: Tally, **other: object) -> Any:  # noqa: ANN401 - any JSON value
        """Type the stage's command, or another one, and count its answer."""
        answer = await self.call("slash", **self._command | other)
        if answer["ack_ms"] is None:
            tally.unanswered += 1
        else:
            tally.acks_ms.append(answer["ack_ms"])
            tally.last_s = time.perf_counter()
        return answer

    @asynccontextmanager
    async def counted(self, count: int) -> AsyncIterator[Tally]:
        """Measure time and processors while the block has so many commands answered."""
        before = self.server.processor_s(), self._bot.processor_s()
        tally = Tally()
        yield tally
        tally.server_us = (self.server.processor_s() - before[0]) / count * 1e6
        tally.bot_us = (self._bot.processor_s() - before[1]) / count * 1e6

    def close(self) -> None:
        """Hang up."""
        self._wire.close()


@asynccontextmanager
async def _stage(bot_module: str) -> AsyncIterator[Stage]:
    """Open the curtain with a bot of this folder, whose `/hello` answers with one message."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture = folder / "picture"
        picture.write_bytes(b"\0" * 20_000)
        async with running_discord(folder) as (server, said):
            arguments = (said["token"], said["api"], said["gateway"], str(picture))
            async with running("-m", bot_module, *arguments, log=folder / "bot.log") as bot:
                await bot.line_with("ready")
                stage = Stage(server, bot, said, name="hello")
                yield stage
                stage.close()


@asynccontextmanager
async def _stage_of_limner() -> AsyncIterator[Stage]:
    """Open the curtain with Limner and the cheapest that it does: to look up a picture that is not there.

    It goes on after its acknowledgement: a command is over when its message is finished.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_discord(folder) as (server, said), running_limner(folder, said) as bot:
            stage = Stage(server, bot, said, name="show", options={"code": "00000000"}, wait="done")
            yield stage
            stage.close()


async def _at_once(stage: Stage) -> Tally:
    """Type so many commands at the same moment, some rounds; the first one, which opens connections, is not counted."""
    await asyncio.gather(*(stage.slash(Tally()) for _ in range(AT_ONCE)))
    async with stage.counted(AT_ONCE * ROUNDS_AT_ONCE) as tally:
        for _ in range(ROUNDS_AT_ONCE):
            await asyncio.gather(*(stage.slash(tally) for _ in range(AT_ONCE)))
    return tally


async def _sustained(stage: Stage) -> Tally:
    """Type a command a thousand times a second, on time, whatever has been answered by then."""
    count = RATE_PER_S * SUSTAINED_S
    async with stage.counted(count) as tally, asyncio.TaskGroup() as typing:
        started_s, typed = time.perf_counter(), 0
        while typed < count:
            due = min(count, int((time.perf_counter() - started_s) * RATE_PER_S) + 1)
            for _ in range(due - typed):
                typing.create_task(stage.slash(tally))
            typed = due
            await asyncio.sleep(TICK_S)
    return tally


async def _saturated(stage: Stage, count: int) -> Tally:
    """Keep the bot busy without a pause."""
    turns = iter(range(count))

    async def type_on() -> None:
        for _ in turns:
            await stage.slash(tally)

    async with stage.counted(count) as tally:
        await asyncio.gather(*(type_on() for _ in range(SATURATING)))
    return tally


async def _long_life(stage: Stage) -> tuple[float, float]:
    """Return the server's memory in MiB after the early and after the late number of interactions."""
    turns, tally = iter(range(1, LATE + 1)), Tally()
    memory_mib: dict[int, float] = {}

    async def live() -> None:
        for turn in turns:
            await _one_of_many(stage, turn, tally)
            if turn in (EARLY, LATE):
                memory_mib[turn] = stage.server.memory_mib()

    await asyncio.gather(*(live() for _ in range(PEOPLE)))
    return memory_mib[EARLY], memory_mib[LATE]


async def _one_of_many(stage: Stage, turn: int, tally: Tally) -> None:
    name = "picture" if turn % EVERY["picture"] == 0 else "hello"
    answer = await stage.slash(tally, name=name, channel=CHANNELS[turn % len(CHANNELS)])
    if turn % EVERY["react"] == 0 and answer["message"]:
        await stage.call("react", user="ben", message_id=answer["message"]["id"], emoji="⭐")
    if turn % EVERY["clock"] == 0:
        await stage.call("clock", advance_s=300)


def _at_once_rows(bare: Tally, fast: Tally) -> list[Row]:
    what = f"local Discord, {AT_ONCE} interactions at once"
    took_ms, fast_ms = (1000 * one.took_s() / ROUNDS_AT_ONCE for one in (bare, fast))
    return [
        Row(f"{what}: all answered", took_ms, "ms", f"bot without a library {fast_ms:.0f} ms"),
        Row(f"{what}: acknowledged, p50", median(bare.acks_ms), "ms", f"p99 {bare.p99():.0f} ms"),
        Row(f"{what}: never answered", bare.unanswered + fast.unanswered, "", limit="0"),
    ]


def _sustained_rows(fast: Tally) -> list[Row]:
    what = f"local Discord, {RATE_PER_S:,} a second for {SUSTAINED_S} s"
    beside = f"p99 {fast.p99():.3g} ms, {fast.unanswered} unanswered"
    return [
        Row(f"{what}: answered", fast.rate(), "a second", f"offered {RATE_PER_S}", fast.rate() / RATE_PER_S, ">= 0.95"),
        Row(f"{what}: acknowledged, p50", median(fast.acks_ms), "ms", beside),
    ]  # fmt: skip


def _side_rows(ours: Tally, bare: Tally, fast: Tally) -> list[Row]:
    what = "local Discord, busy without a pause:"
    return [
        *(
            Row(
                f"{what} processor time an interaction", one.server_us, "us", f"{name} {one.bot_us:.0f} us",
                one.server_us / max(one.bot_us, 1), limit,
            )
            for name, one, limit in (("Limner /show", ours, "<= 1"), ("bare bot", bare, ""))
        ),
        Row(
            f"{what} answered", fast.rate(), "a second",
            f"bare bot {bare.rate():,.0f}, Limner {ours.rate():,.0f}", limit=">= 1,000",
        ),
    ]  # fmt: skip


async def measure() -> list[Row]:
    """Return the figures: three bots one after the other, each with a local Discord of its own."""
    async with _stage_of_limner() as stage:
        ours = await _saturated(stage, SATURATED_LIMNER)
    async with _stage("benchmarks.bare_bot") as stage:
        bare_at_once, bare = await _at_once(stage), await _saturated(stage, SATURATED)
    async with _stage("benchmarks.fast_bot") as stage:
        fast_at_once, fast = await _at_once(stage), await _saturated(stage, SATURATED)
        sustained = await _sustained(stage)
    async with _stage("benchmarks.fast_bot") as stage:
        early_mib, late_mib = await _long_life(stage)
    memory = Row(
        f"local Discord, memory after {LATE:,} interactions", late_mib, "MiB",
        f"after {EARLY:,}: {early_mib:.0f} MiB", late_mib / max(early_mib, 1), "<= 1.1",
    )  # fmt: skip
    return [
        *_at_once_rows(bare_at_once, fast_at_once),
        *_sustained_rows(sustained),
        *_side_rows(ours, bare, fast),
        memory,
    ]
