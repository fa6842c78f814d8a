"""Which host names the web edge answers to: this machine's own and the one that the world uses.

A page of a stranger can let its own name point at 127.0.0.1 and then speak to us from a visitor's browser (DNS
rebinding); the Host header gives it away.
"""

from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def known_hosts(public_url: str | None) -> frozenset[str]:
    """Return the names that are served: loopback and the host of `public_url`."""
    public = URL(public_url).host if public_url else None
    return LOOPBACK_NAMES | ({public.lower()} if public else set())


def host_name(header: str) -> str | None:
    """Return the name in a Host header, lower case and without port; None where there is none."""
    try:
        url = URL(f"http://{header}")
    except ValueError:
        return None
    # Whatever parses as more than a host and a port (a user name, a path, ...) is not a Host header.
    if url.raw_user is not None or url.raw_path != "/" or url.raw_query_string or url.raw_fragment:
        return None
    return None if url.host is None else url.host.lower()


def check_host(
    hosts: frozenset[str], is_exempt: Callable[[web.Request], bool] = lambda _request: False
) -> Middleware:
    """Return the middleware that answers 421 to other names and 400 to a missing or doubled Host header.

    A request that `is_exempt` may bear any name.
    """

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers.getall(hdrs.HOST, [])
        if len(headers) != 1:
            raise web.HTTPBadRequest
        if host_name(headers[0]) not in hosts and not is_exempt(request):
            raise web.HTTPMisdirectedRequest
        return await handler(request)

    return checked
