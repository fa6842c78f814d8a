"""A real aiohttp server on this machine for the tests of whatever speaks HTTP."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web
from yarl import URL

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """Serve every request with `handler`; give the base address. Open requests end with the server, at once."""
    app = web.Application(client_max_size=50 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@contextmanager
def nobody_at(url: str) -> Iterator[None]:
    """Keep the port of a server that has gone from every other one: who connects is refused."""
    address = URL(url)
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((address.host, address.port))
        yield


def cut(request: web.Request) -> None:
    """End the connection at once, without an answer or in the middle of one."""
    assert request.transport is not None
    request.transport.abort()
