"""GET /healthz and /readyz, for a supervisor and for a load balancer.

`/healthz` asks whether this process works: if not, restart it. `/readyz` asks whether it should get work now: if not,
send it none. Both answer 200 when all is well, else 503, with the same JSON either way. A role without a gateway says
nothing of one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

PROBE_DEADLINE_S: Final = 3.0
LAG_IS_BAD_S: Final = 5.0
"""A loop that was held up for so long has let acknowledgements expire (3 s)."""

Json = dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Probes:
    """What is asked. `gateway` and the others without `database` look without waiting.

    `gateway` is None for a role without one; it says whether the gateway answers. `heartbeat_age_s` is since when it
    has not, `loop_lag_s` the worst lag of the event loop in the last minute. `ready` maps what a process needs before
    it should get work ("logged_in", "schema_current", "not_draining") to whether it has it.
    """

    gateway: Callable[[], bool] | None
    database: Callable[[], Awaitable[bool]]
    heartbeat_age_s: Callable[[], float | None] = lambda: None
    loop_lag_s: Callable[[], float] = lambda: 0.0
    ready: Callable[[], Awaitable[dict[str, bool]]] | None = None


async def _in_time(probe: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            return await probe()
    except TimeoutError:
        return False


async def _parts(probes: Probes) -> dict[str, bool]:
    gateway = {} if probes.gateway is None else {"gateway": probes.gateway()}
    loop = {"event_loop": probes.loop_lag_s() < LAG_IS_BAD_S}
    return {**gateway, "database": await _in_time(probes.database), **loop}


def _figures(probes: Probes) -> Json:
    age_s = probes.heartbeat_age_s()
    figures: Json = {"loop_lag_s": round(probes.loop_lag_s(), 3)}
    return figures if age_s is None else figures | {"heartbeat_age_s": round(age_s, 1)}


async def _ready_parts(probes: Probes) -> dict[str, bool]:
    if probes.ready is None:
        return await _parts(probes)
    try:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            return await probes.ready()
    except TimeoutError:
        return {"in_time": False}


def health_routes(probes: Probes) -> list[web.RouteDef]:
    """Return both routes."""

    async def show_health(_request: web.Request) -> web.Response:
        parts = await _parts(probes)
        words: Json = {name: "up" if is_up else "down" for name, is_up in parts.items()}
        body: Json = {"status": "ok" if all(parts.values()) else "degraded"}
        return web.json_response(body | words | _figures(probes), status=200 if all(parts.values()) else 503)

    async def show_readiness(_request: web.Request) -> web.Response:
        parts = await _ready_parts(probes)
        words: Json = {name: "yes" if holds else "no" for name, holds in parts.items()}
        body: Json = {"status": "ready" if all(parts.values()) else "not ready"}
        return web.json_response(body | words, status=200 if all(parts.values()) else 503)

    return [web.get("/healthz", show_health), web.get("/readyz", show_readiness)]
