"""The HTTP edge: one small web server in the bot's own event loop, for webhooks and health checks."""

import asyncio
import errno
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from services.errors import StartError
from services.web.connection import accept
from services.web.health import Probes, health_routes
from services.web.hooks import MAX_BODY_BYTES, HookDoor, hook_routes
from services.web.hosts import check_host, known_hosts
from services.web.metrics import PATH as METRICS_PATH
from services.web.metrics import MetricsDoor, has_token, metrics_routes
from services.web.problems import answer_with_problems, finish_headers

HEADER_DEADLINE_S: Final = 10.0
"""From the connection, or the answer before, to the end of the next request's headers (aiohttp: keep-alive)."""

SHUTDOWN_S: Final = 3.0
LINGER_S: Final = 2.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """What the web edge speaks to. `public_url` is what the world calls us, None where only this machine does.

    Without a `door` it has probes and metrics only, under any host name: the little server of a worker.
    """

    probes: Probes
    door: HookDoor | None
    public_url: str | None = None
    header_deadline_s: float = HEADER_DEADLINE_S
    metrics: MetricsDoor = field(default_factory=MetricsDoor)


def build_app(parts: EdgeParts) -> web.Application:
    """Return the application: its routes, problem details, security headers and, with a door, the host check."""
    middlewares: list[Middleware] = [answer_with_problems]
    routes = [*health_routes(parts.probes), *metrics_routes(parts.metrics)]
    if parts.door is not None:
        middlewares.append(check_host(known_hosts(parts.public_url), _is_scrape(parts.metrics.token)))
        routes += hook_routes(parts.door)
    app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY_BYTES)
    app.router.add_routes(routes)
    app.on_response_prepare.append(finish_headers)
    return app


def _is_scrape(token: str | None) -> Callable[[web.Request], bool]:
    """Return what lets a scraper in under the name that it uses; no page of a stranger knows the token."""
    return lambda request: request.path == METRICS_PATH and has_token(request, token)


def _refuse_start(host: str, port: int, setting: str, error: OSError) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return StartError(
            "port_in_use",
            f"Port {port} on {host} is taken by another program: stop that, or set {setting} to a free port "
            "(0 picks one).",
        )
    reason = error.strerror or type(error).__name__
    return StartError(
        "cannot_listen",
        f"Cannot listen on {host}, port {port} ({reason}): check LIMNER_HOST and {setting}.",
    )


class WebEdge:
    """The running web server. `start` once, `stop` once."""

    def __init__(self, parts: EdgeParts) -> None:
        self._header_deadline_s = parts.header_deadline_s
        # Requests are not logged: a webhook's address is a secret, and what it did is in the job's own lines.
        self._runner = web.AppRunner(build_app(parts), access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._listener: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Return the port that it listens on; 0 while it does not."""
        if self._listener is None or not self._listener.sockets:
            return 0
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def start(self, host: str, port: int, setting: str = "LIMNER_PORT") -> None:
        """Listen on `host` and `port` (0 picks a free one).

        Raises StartError when that is not possible; it names the `setting` of the port.
        """
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101 - aiohttp: set by setup()
        protocol = functools.partial(
            accept,
            server,
            access_log=None,
            keepalive_timeout=self._header_deadline_s,
            lingering_time=LINGER_S,
            auto_decompress=False,
        )
        try:
            self._listener = await asyncio.get_running_loop().create_server(protocol, host, port)
        except OSError as error:
            await self._runner.cleanup()
            raise _refuse_start(host, port, setting, error) from error
        _logger.info("web edge on http://%s:%d", host, self.port)

    async def stop(self) -> None:
        """Stop listening, let running requests end (3 s) and close every connection."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._runner.cleanup()
