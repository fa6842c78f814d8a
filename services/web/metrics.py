"""GET /metrics, for Prometheus. It tells how much is painted and paid, so not everybody may read it.

With `LIMNER_METRICS_TOKEN` it answers whoever sends that as a bearer token, under any host name. Without it, it answers
this machine and private networks only, and nothing that came through a proxy: that may have come from anywhere.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from services.metrics import snapshot
from services.metrics_text import render
from services.web.hosts import host_name

PATH: Final = "/metrics"
_FORWARDED: Final = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_HOST, "X-Real-IP", hdrs.VIA)


@dataclass(frozen=True, slots=True)
class MetricsDoor:
    """What the route needs: the token (None: private networks only), and what reads the gauges before a scrape."""

    token: str | None = None
    refresh: Callable[[], Awaitable[None]] | None = None


def has_token(request: web.Request, token: str | None) -> bool:
    """Return whether a request brings the bearer token, compared in constant time."""
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    return token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _is_private(text: str | None) -> bool:
    """Return whether an address or a host name is of this machine or of a private network."""
    if text is None or text == "localhost":
        return text is not None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def _is_from_here(request: web.Request) -> bool:
    """Return whether a request came straight from a private network, and not by the name that the world uses."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _is_private(request.remote) and _is_private(host_name(request.headers.get(hdrs.HOST, "")))


def metrics_routes(door: MetricsDoor) -> list[web.RouteDef]:
    """Return the route. Who may not read it finds nothing at the address."""

    async def show_metrics(request: web.Request) -> web.Response:
        may_read = _is_from_here(request) if door.token is None else has_token(request, door.token)
        if not may_read:
            raise web.HTTPNotFound
        if door.refresh is not None:
            await door.refresh()
        accept = request.headers.get(hdrs.ACCEPT, "")
        text, content_type = await asyncio.to_thread(render, snapshot(), accept)
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type})

    return [web.get(PATH, show_metrics)]
