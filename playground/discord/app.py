"""The HTTP server: which path goes where, and who may come in (this machine only, under this server's name)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Middleware

from playground.discord import actors, cdn, gateway, oauth_page, rest, tls
from playground.discord.errors import Json

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

BODY_MAX_BYTES = 40 * 1024 * 1024
PAGE = Path(__file__).with_name("page")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Serve = Callable[["LocalDiscord", web.Request], Awaitable[web.StreamResponse]]
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refusal(status: int, code: str, message: str) -> web.Response:
    """Return an error in the form that `/play/` and the guard use."""
    body: Json = {"error": {"code": code, "message": message}}
    return web.json_response(body, status=status)


def is_at_home(local: "LocalDiscord", request: web.Request) -> bool:
    """Say whether host and origin are this server itself: no rebound name, no foreign page."""
    if request.secure:
        return tls.is_admitted(request)
    port = local.base.rpartition(":")[2]
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    origin = request.headers.get("Origin")
    return request.headers.get("Host") in hosts and (
        origin is None or origin in {f"http://{one}" for one in hosts}
    )


def guard(local: "LocalDiscord") -> Middleware:
    """Return the middleware that refuses foreign hosts and origins."""

    @web.middleware
    async def refuse_strangers(request: web.Request, handler: Handle) -> web.StreamResponse:
        if not is_at_home(local, request):
            return refusal(403, "foreign", "this server answers only to its own name on this machine")
        if not request.secure:
            return await handler(request)
        request[tls.OUTWARD] = tls.outward(local.base, local.gateway_url)
        return tls.rewritten(request, await handler(request))

    return refuse_strangers


async def _page(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    if not actors.has_key(local, request):
        return web.Response(status=403, text="Open the address with ?key=, as the bot printed it.\n")
    response = web.FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)
    oauth_page.welcome(local, request, response)
    return response


async def _front(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    """Answer for "/": the page, or the gateway behind the second door."""
    return await (gateway.serve if request.secure else _page)(local, request)


async def _asset(_local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    path = PAGE / request.match_info["name"]
    if path.parent != PAGE or path.suffix not in (".js", ".css", ".svg") or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=PAGE_HEADERS)


def build(local: "LocalDiscord") -> web.Application:
    """Return the application that serves everything."""
    app = web.Application(middlewares=[guard(local)], client_max_size=BODY_MAX_BYTES)

    def bound(serve: Serve) -> Handle:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await serve(local, request)

        return handle

    app.router.add_route("*", "/api/{tail:.*}", bound(rest.serve))
    app.router.add_get("/gateway", bound(gateway.serve))
    app.router.add_get("/gateway/", bound(gateway.serve))
    for folder in ("attachments", "ephemeral-attachments"):
        app.router.add_get(f"/{folder}/{{channel_id}}/{{file_id}}/{{name}}", bound(cdn.serve))
    app.router.add_route("*", "/play/{tail:.*}", bound(actors.serve))
    app.router.add_get("/", bound(_front))
    app.router.add_get("/page/{name}", bound(_asset))
    app.router.add_get("/oauth2/authorize", bound(oauth_page.serve))
    app.router.add_post("/oauth2/authorize", bound(oauth_page.serve))
    return app


@asynccontextmanager
async def running(local: "LocalDiscord", port: int, tls_port: int | None = None) -> AsyncIterator[None]:
    """Serve on loopback while the block runs, with `tls_port` also by the second door; port 0 picks one."""
    runner = web.AppRunner(build(local), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    # Some hundred people may come at once: a full backlog costs each of them a second.
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    local.listen_on(runner.addresses[0][1])
    if tls_port is not None:
        local.door = await tls.opened(runner, local.folder, tls_port)
    await local.start()
    try:
        yield
    finally:
        await local.say_goodbye()
        await (
            runner.cleanup()
        )  # what is still being answered may change the state, so that is written after it
        await local.stop()
