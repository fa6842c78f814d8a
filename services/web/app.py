"""The HTTP edge: one small web server in the bot's own event loop, for webhooks and health checks."""

import asyncio
import errno
import functools
import logging
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.errors import StartError
from services.web.connection import accept
from services.web.health import Probes, health_routes
from services.web.hooks import MAX_BODY_BYTES, HookDoor, hook_routes
from services.web.hosts import check_host, known_hosts
from services.web.problems import answer_with_problems, finish_headers

HEADER_DEADLINE_S: Final = 10.0
"""From the connection, or the answer before, to the end of the next request's headers (aiohttp: keep-alive)."""

SHUTDOWN_S: Final = 3.0
LINGER_S: Final = 2.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """What the web edge speaks to. `public_url` is what the world calls us, None where only this machine does."""

    probes: Probes
    door: HookDoor
    public_url: str | None = None
    header_deadline_s: float = HEADER_DEADLINE_S


def build_app(parts: EdgeParts) -> web.Application:
    """Return the application: its routes, the host check, problem details and security headers."""
    middlewares = [answer_with_problems, check_host(known_hosts(parts.public_url))]
    app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY_BYTES)
    app.router.add_routes([*health_routes(parts.probes), *hook_routes(parts.door)])
    app.on_response_prepare.append(finish_headers)
    return app


def _refuse_start(host: str, port: int, error: OSError) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return StartError(
            "port_in_use",
            f"Port {port} on {host} is taken by another program: stop that, or set LIMNER_PORT to a free port "
            "(0 picks one).",
        )
    reason = error.strerror or type(error).__name__
    return StartError(
        "cannot_listen",
        f"Cannot listen on {host}, port {port} ({reason}): check LIMNER_HOST and LIMNER_PORT.",
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

    async def start(self, host: str, port: int) -> None:
        """Listen on `host` and `port` (0 picks a free one). Raises StartError when that is not possible."""
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
            raise _refuse_start(host, port, error) from error
        _logger.info("web edge on http://%s:%d", host, self.port)

    async def stop(self) -> None:
        """Stop listening, let running requests end (3 s) and close every connection."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._runner.cleanup()
