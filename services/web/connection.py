"""One TCP connection of the web edge: aiohttp's own, with plain refusals and a cap on how many are open.

aiohttp answers unreadable requests with the parser's own words and its version, before any middleware is asked.
"""

import asyncio
import logging
from typing import Any, Final

from aiohttp import hdrs, web

from services.web.problems import SECURITY_HEADERS, problem_text

MAX_CONNECTIONS: Final = 512
"""Open at once. Webhooks and health checks need a handful; more than this is an attack or a broken proxy."""

_logger = logging.getLogger(__name__)


class _Refusal(web.Response):
    """An answer without a Server header: `on_response_prepare` is not asked about requests that were never read."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall(hdrs.SERVER, None)


class Connection(web.RequestHandler):
    """The protocol of one connection. `options` are those of aiohttp's RequestHandler."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to a request that could not be read; the connection is closed after it."""
        level = logging.ERROR if status >= 500 else logging.DEBUG
        _logger.log(level, "unreadable request: %s", message or status, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is already on its way")
        answer = _Refusal(
            status=status,
            text=problem_text(status),
            content_type="application/problem+json",
            headers=SECURITY_HEADERS,
        )
        answer.force_close()
        return answer


class _TurnedAway(asyncio.Protocol):
    """A connection beyond the cap: closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        transport.close()


def accept(server: web.Server, **options: Any) -> asyncio.Protocol:  # noqa: ANN401 - aiohttp's own types
    """Return the protocol for a new connection of `server`."""
    if len(server.connections) >= MAX_CONNECTIONS:
        return _TurnedAway()
    return Connection(server, loop=asyncio.get_running_loop(), **options)
