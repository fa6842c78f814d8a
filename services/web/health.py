"""GET /healthz: whether the gateway and the database work, for a supervisor or a load balancer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

PROBE_DEADLINE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Probes:
    """What is asked: both return True when that part works. `gateway` looks without waiting."""

    gateway: Callable[[], bool]
    database: Callable[[], Awaitable[bool]]


async def _is_database_up(probes: Probes) -> bool:
    try:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            return await probes.database()
    except TimeoutError:
        return False


def health_routes(probes: Probes) -> list[web.RouteDef]:
    """Return the route. It answers 200 when all is well, else 503, with the same JSON either way."""

    async def show_health(_request: web.Request) -> web.Response:
        parts = {"gateway": probes.gateway(), "database": await _is_database_up(probes)}
        body = {"status": "ok" if all(parts.values()) else "degraded"}
        body |= {name: "up" if is_up else "down" for name, is_up in parts.items()}
        return web.json_response(body, status=200 if all(parts.values()) else 503)

    return [web.get("/healthz", show_health)]
