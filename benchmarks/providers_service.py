"""A service without Discord, for load: the real engine, database and web edge; what is delivered is only dropped.

Run as `python -m benchmarks.providers_service` with its settings in the environment. A line with a number on its input
has so many pictures ordered, and "ordered" is the answer.
"""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

from benchmarks.providers_scene import GUILD, MODEL
from bot import open_context
from db.migrations import ensure_current
from services.asks import Caller, ImagineAsk
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import MessagePlace, ProgressReport, RequestResult, Rung, Sending, Sent
from services.jobs.engine import JobEngine
from services.logs import set_up_logging
from services.models import Installation, Origin, OriginKind, Visibility
from services.settings import load_settings
from services.web.edge import open_web_edge

ROOM: Final = 1000
"""Orders that fal takes at once from us; the catalogue has what a new account may."""
PEOPLE: Final = 50
DIFFERENT_PICTURES: Final = 16
TOKEN_LIFE_S: Final = 900
LONGEST_LINE: Final = 1024 * 1024

_numbers = itertools.count(1)


class Dropper:
    """A courier to nowhere."""

    async def show_progress(self, _report: ProgressReport) -> bool:
        """Show nothing."""
        return True

    async def deliver(self, _rung: Rung, result: RequestResult) -> Sent:
        """Say that it was sent."""
        return Sent(Sending.SENT, result.origin.channel_id, result.request_id)

    async def clear(self, _origin: Origin, _places: Sequence[MessagePlace]) -> bool:
        """Say that it was done."""
        return True

    async def find_delivered(
        self, _place: Rung, _origin: Origin, _job_ids: Collection[int], since_ms: int
    ) -> Sent | None:
        """Find nothing."""
        assert since_ms
        return None


def caller_number(number: int) -> Caller:
    """Return one of the people, who types a command of this number in the server."""
    origin = Origin(
        kind=OriginKind.INTERACTION,
        id=str(number),
        user_id=1 + number % PEOPLE,
        channel_id=20,
        guild_id=GUILD,
        installation=Installation.GUILD,
        application_id=99,
        token=f"token-{number}",
        token_expires_at_ms=int((time.time() + TOKEN_LIFE_S) * 1000),
    )
    return Caller(origin, Visibility.PUBLIC)


async def _order(context: Context, count: int) -> None:
    for number in itertools.islice(_numbers, count):
        seed = number % DIFFERENT_PICTURES
        ask = ImagineAsk(caller_number(number), "a lighthouse keeper", model=MODEL, seed=seed)
        await create_imagine(context, plan_imagine(context, ask))


def _with_room(context: Context) -> Context:
    """Return the context with more room at fal than a new account has."""
    fal = replace(context.catalog.providers["fal"], running_cap=ROOM)
    catalog = replace(context.catalog, providers={**context.catalog.providers, "fal": fal})
    return replace(context, catalog=catalog, registry=context.registry.changed(catalog=catalog))


async def lines_of_input() -> asyncio.StreamReader:
    """Return the process's input."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def serve() -> None:
    """Serve until the input ends."""
    settings = load_settings(env_file=None)
    async with AsyncExitStack() as stack:
        context = _with_room(await open_context(settings, stack))
        edge = await open_web_edge(context, settings)
        stack.push_async_callback(edge.stop)
        engine = JobEngine(context, Dropper())
        await engine.start()
        stack.push_async_callback(engine.stop, 1.0)
        gc.collect()
        gc.freeze()
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := await lines.readline():
            await _order(context, int(line))
            print("ordered", flush=True)


def main() -> None:
    """Make the database and serve."""
    settings = load_settings(env_file=None)
    set_up_logging(settings.log_level)
    ensure_current(settings.resolved_database_url, data_folder=settings.data_folder)
    asyncio.run(serve())


if __name__ == "__main__":
    main()
