"""An engine in a process of its own over any database; its provider is in the same process, and nothing is posted.

Run as `python -m benchmarks.engine_service [--answers-after S] [--never] [--in-submit] [--in-flight N]` with its
settings in the environment. The provider takes an order at once and calls back after 50 ms (or S, or never); with
`--in-submit` it answers an order with the picture itself after S, as OpenAI does. Each line of the input is a command,
answered by one line of JSON:

    run N      order N pictures and work on them until all are delivered: {"seconds"}
    idle N     order N pictures, each after the one before was delivered: {"submit_ms": [...]}, order to submit
    line N     order N pictures; nobody works on them before one of the other commands: {"seconds"}
    work       work until no picture is open any more, whoever else works: {"seconds"}
    start      work from now on: {}
"""

import argparse
import asyncio
import gc
import itertools
import json
import re
import struct
import sys
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from benchmarks.providers_scene import MODEL
from benchmarks.providers_service import Dropper, caller_number, lines_of_input
from bot import open_context
from db.jobs import job_queries
from db.jobs.claims import ShareCaps
from db.migrations import ensure_current
from services.asks import ImagineAsk
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import RequestResult, Rung, Sent
from services.jobs.engine import JobEngine
from services.jobs.webhooks import receive_webhook
from services.logs import set_up_logging
from services.providers.base import (
    CancelAnswer,
    Finished,
    Handle,
    KeyReport,
    PaintOrder,
    Picture,
    Running,
    Waiting,
    WebhookNotice,
)
from services.providers.registry import open_registry
from services.settings import Settings, load_settings

IN_FLIGHT: Final = 64
ANSWERS_AFTER_S: Final = 0.05
ORDERED_AT_ONCE: Final = 16
SIDE_PX: Final = 64
ROOM: Final = 1_000_000
"""Pictures that one person may have in the works: more than any row needs."""
_ATTEMPT: Final = re.compile(r"/hooks/fal/([0-9]+)\.")

_numbers = itertools.count(1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def small_png() -> bytes:
    """Return a grey picture of 64 x 64 px."""
    header = struct.pack(">IIBBBBB", SIDE_PX, SIDE_PX, 8, 0, 0, 0, 0)
    rows = bytes((SIDE_PX + 1) * SIDE_PX)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PICTURE: Final = small_png()


@dataclass(slots=True)
class Prompt:
    """A provider in the same process: it takes every order at once and calls back 50 ms later."""

    answers_after_s: float | None
    is_in_submit: bool
    context: Context | None = None
    submitted_at_s: list[float] = field(default_factory=list)
    calls: set[asyncio.Task[None]] = field(default_factory=set)

    name: ClassVar[str] = "fal"
    is_repeatable: ClassVar[bool] = False

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Take an order."""
        self.submitted_at_s.append(time.perf_counter())
        if self.is_in_submit:
            await asyncio.sleep(self.answers_after_s or 0)
            return Finished(Picture(data=PICTURE))
        found = _ATTEMPT.search(order.webhook_url or "")
        if found is None:
            raise RuntimeError("ordered without a webhook")
        attempt = found.group(1)
        if self.answers_after_s is not None:
            asyncio.get_running_loop().call_later(self.answers_after_s, self._call_back, attempt)
        return Waiting(Handle(attempt, {}))

    def _call_back(self, attempt: str) -> None:
        if self.context is None:
            raise RuntimeError("there is nobody to call back")
        task = asyncio.create_task(
            receive_webhook(self.context, self.name, int(attempt), attempt.encode(), {})
        )
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def poll(self, _handle: Handle) -> Finished | Running:
        """Give the picture, or nothing yet where nobody is ever called back."""
        return Running() if self.answers_after_s is None else Finished(Picture(data=PICTURE))

    async def cancel(self, _handle: Handle) -> CancelAnswer:
        """Stop nothing."""
        return CancelAnswer.NOT_SUPPORTED

    async def parse_webhook(self, body: bytes, _headers: Mapping[str, str]) -> WebhookNotice:
        """Believe it."""
        return WebhookNotice(body.decode(), Finished(Picture()))

    async def check_key(self) -> KeyReport:
        """Take every key."""
        return KeyReport()

    def may_fetch(self, _url: str) -> bool:
        """Lead nowhere."""
        return False


@dataclass(slots=True)
class Counter(Dropper):
    """A courier to nowhere that counts."""

    delivered: int = 0
    is_there: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, rung: Rung, result: RequestResult) -> Sent:
        """Count it."""
        self.delivered += 1
        self.is_there.set()
        return await Dropper.deliver(self, rung, result)

    async def until(self, count: int) -> None:
        """Wait until so many were delivered."""
        while self.delivered < count:
            self.is_there.clear()
            await self.is_there.wait()


@dataclass(slots=True)
class Service:
    """The context, its provider, its courier, and its engine once one of the commands needs it."""

    context: Context
    provider: Prompt
    counter: Counter
    stack: AsyncExitStack
    has_started: bool = False

    async def start(self) -> dict[str, object]:
        """Start the engine; again is harmless."""
        if not self.has_started:
            self.has_started = True
            engine = JobEngine(self.context, self.counter)
            await engine.start()
            self.stack.push_async_callback(engine.stop, 1.0)
        return {}

    async def _order(self) -> None:
        number = next(_numbers)
        ask = ImagineAsk(caller_number(number), "a lighthouse keeper", model=MODEL, seed=number)
        await create_imagine(self.context, plan_imagine(self.context, ask))

    async def _order_many(self, count: int) -> None:
        numbers = iter(range(count))

        async def order_some() -> None:
            for _ in numbers:
                await self._order()

        async with asyncio.TaskGroup() as ordering:
            for _ in range(ORDERED_AT_ONCE):
                ordering.create_task(order_some())

    async def run(self, count: int) -> dict[str, object]:
        """Order and deliver `count` pictures."""
        await self.start()
        before, started_s = self.counter.delivered, time.perf_counter()
        await self._order_many(count)
        await self.counter.until(before + count)
        return {"seconds": time.perf_counter() - started_s}

    async def idle(self, count: int) -> dict[str, object]:
        """Order `count` pictures, one after the other."""
        await self.start()
        took_ms = []
        for _ in range(count):
            before = self.counter.delivered
            await self._order()
            ordered_s = time.perf_counter()
            await self.counter.until(before + 1)
            took_ms.append(max(0.0, self.provider.submitted_at_s[-1] - ordered_s) * 1000)
        return {"submit_ms": took_ms}

    async def line(self, count: int) -> dict[str, object]:
        """Order `count` pictures, of which nothing is painted yet."""
        started_s = time.perf_counter()
        await self._order_many(count)
        return {"seconds": time.perf_counter() - started_s}

    async def work(self) -> dict[str, object]:
        """Work until nothing is open."""
        started_s = time.perf_counter()
        await self.start()
        while await self.context.database.read(job_queries.count_open_paid_jobs):  # noqa: ASYNC110 - others work too
            await asyncio.sleep(ANSWERS_AFTER_S)
        return {"seconds": time.perf_counter() - started_s}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers-after", type=float, default=ANSWERS_AFTER_S)
    parser.add_argument("--never", action="store_true")
    parser.add_argument("--in-submit", action="store_true")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT)
    return parser.parse_args()


async def _open(settings: Settings, stack: AsyncExitStack) -> Service:
    asked = _arguments()
    provider = Prompt(None if asked.never else asked.answers_after, asked.in_submit)
    context = await open_context(settings, stack)
    fal = replace(context.catalog.providers["fal"], running_cap=asked.in_flight)
    catalog = replace(context.catalog, providers={**context.catalog.providers, "fal": fal})
    adapters = {"fal": lambda _workshop: lambda _key: provider}
    registry = open_registry(settings, catalog, context.pixels, context.session, adapters)
    caps = replace(context.limits.caps, open_jobs_per_user=ROOM, open_jobs_per_server=ROOM, open_jobs=ROOM)
    limits = replace(context.limits, caps=caps, share_caps=ShareCaps(per_server=ROOM, per_user=ROOM))
    provider.context = replace(context, catalog=catalog, registry=registry, limits=limits)
    return Service(provider.context, provider, Counter(), stack)


async def serve(settings: Settings) -> None:
    """Carry out commands until the input ends."""
    async with AsyncExitStack() as stack:
        service = await _open(settings, stack)
        commands: dict[str, Callable[..., Awaitable[dict[str, object]]]] = {
            name: getattr(service, name) for name in ("run", "idle", "line", "work", "start")
        }
        gc.collect()
        gc.freeze()
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := (await lines.readline()).decode().split():
            print(json.dumps(await commands[line[0]](*map(int, line[1:]))), flush=True)


def main() -> int:
    """Make the database and serve."""
    settings = load_settings(env_file=None)
    set_up_logging(settings.log_level)
    ensure_current(settings.resolved_database_url, data_folder=settings.data_folder)
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
