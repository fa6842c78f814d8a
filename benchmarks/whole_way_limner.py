"""Limner as it brings pictures from order to message, without a gateway: real database, engine, web edge and courier.

Run as `python -m benchmarks.whole_way_limner API GATEWAY TOKEN CHANNEL APPLICATION_ID` with its settings in the
environment; a line of JSON on its input, [[seed, token], ...], is answered by {"seconds"}. A token is that of an
interaction that was acknowledged, as the gateway's process would have kept it.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.providers_scene import MODEL
from benchmarks.providers_service import TOKEN_LIFE_S, lines_of_input
from bot import open_context
from cogs._client import log_in, point_at, sending_client
from cogs._courier import DiscordCourier
from db.migrations import ensure_current
from services.asks import Caller, ImagineAsk
from services.context import Context
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import RequestResult, Rung, Sent
from services.jobs.engine import JobEngine
from services.logs import set_up_logging
from services.models import Installation, Origin, OriginKind, Visibility
from services.settings import load_settings
from services.web.edge import open_web_edge

IN_FLIGHT: Final = 64
ORDERED_AT_ONCE: Final = 16
PEOPLE: Final = 50


class CountingCourier(DiscordCourier):
    """The real one; it counts what has arrived."""

    arrived = 0
    news = asyncio.Event()

    async def deliver(self, rung: Rung, result: RequestResult) -> Sent:
        """Deliver and count."""
        sent = await DiscordCourier.deliver(self, rung, result)
        self.arrived += 1
        self.news.set()
        return sent

    async def until(self, count: int) -> None:
        """Wait until so many have arrived."""
        while self.arrived < count:
            self.news.clear()
            await self.news.wait()


@dataclass(slots=True)
class Whole:
    """The service's parts, and where it was asked."""

    context: Context
    courier: CountingCourier
    guild_id: int
    channel_id: int
    application_id: int

    def _caller(self, seed: int, token: str) -> Caller:
        origin = Origin(
            kind=OriginKind.INTERACTION,
            id=str(seed),
            user_id=1 + seed % PEOPLE,
            channel_id=self.channel_id,
            guild_id=self.guild_id,
            installation=Installation.GUILD,
            application_id=self.application_id,
            token=token,
            token_expires_at_ms=int((time.time() + TOKEN_LIFE_S) * 1000),
        )
        return Caller(origin, Visibility.PUBLIC)

    async def bring_all(self, orders: Iterable[tuple[int, str]]) -> None:
        """Order pictures and wait until they are in their messages."""
        before, left, count = self.courier.arrived, iter(orders), 0

        async def order_some() -> None:
            nonlocal count
            for seed, token in left:
                count += 1
                ask = ImagineAsk(self._caller(seed, token), "a lighthouse keeper", model=MODEL, seed=seed)
                await create_imagine(self.context, plan_imagine(self.context, ask))

        async with asyncio.TaskGroup() as ordering:
            for _ in range(ORDERED_AT_ONCE):
                ordering.create_task(order_some())
        await self.courier.until(before + count)


def _with_room(context: Context) -> Context:
    """Return the context with as much room at fal as the bare script has."""
    fal = replace(context.catalog.providers["fal"], running_cap=IN_FLIGHT)
    catalog = replace(context.catalog, providers={**context.catalog.providers, "fal": fal})
    return replace(context, catalog=catalog, registry=context.registry.changed(catalog=catalog))


async def serve(api_url: str, gateway_url: str, token: str, guild_id: str, *place: str) -> None:
    """Carry out commands until the input ends."""
    settings = load_settings(env_file=None)
    async with AsyncExitStack() as stack:
        context = _with_room(await open_context(settings, stack))
        point_at(api_url, gateway_url)
        client = sending_client()
        stack.push_async_callback(client.close)
        await log_in(client, token)
        edge = await open_web_edge(context, settings)
        stack.push_async_callback(edge.stop)
        courier = CountingCourier(client, context)
        engine = JobEngine(context, courier)
        await engine.start()
        stack.push_async_callback(engine.stop, 1.0)
        whole = Whole(context, courier, int(guild_id), *map(int, place))
        gc.collect()
        gc.freeze()
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := await lines.readline():
            started_s = time.perf_counter()
            await whole.bring_all(json.loads(line))
            print(json.dumps({"seconds": time.perf_counter() - started_s}), flush=True)


def main() -> None:
    """Make the database and serve."""
    settings = load_settings(env_file=None)
    set_up_logging(settings.log_level)
    ensure_current(settings.resolved_database_url, data_folder=settings.data_folder)
    asyncio.run(serve(*sys.argv[1:]))


if __name__ == "__main__":
    main()
