"""Opens the stand-ins: one front port for all vendors, further ports for hosts of a vendor's own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from secrets import token_hex
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from playground.discord.clock import Clock
from playground.providers import control, faults
from playground.providers.calls import Calls
from playground.providers.desk import Desk, Vendor
from playground.providers.links import Links
from playground.providers.pace import Pace
from playground.providers.scripts import Scripts, read_script
from playground.providers.webhooks import Plan, Webhooks

ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "fal": {"queue": "/fal/queue", "rest": "/fal/rest", "cdn": "/fal/cdn"},
    "bfl": {"url": "/bfl"},
    "modelslab": {"url": "/modelslab"},
    "openai": {"url": "/openai/v1"},
}
"""Vendor -> the addresses that the announcement names; each is what the matching setting of the bot takes."""

BODY_MAX_BYTES = 256 * 1024 * 1024
DEFAULT_PACE_S = 1.0

_VENDOR: web.AppKey[str] = web.AppKey("vendor", str)


class StandIns:
    """All stand-ins while they run; what the control interface does over HTTP are its methods."""

    def __init__(self, origin: str, session: aiohttp.ClientSession, pace_s: float) -> None:
        self.origin = origin
        self.clock = Clock()
        self.calls_kept = Calls()
        self.scripts = Scripts()
        self.links = Links(self.clock)
        self.webhooks = Webhooks(session, self._signed)
        self.over = asyncio.Event()
        self.desks = {name: self._desk(name, session, pace_s) for name in ADDRESSES}
        self.vendors: dict[str, Vendor] = {name: _opened(desk) for name, desk in self.desks.items()}

    def _desk(self, name: str, session: aiohttp.ClientSession, pace_s: float) -> Desk:
        return Desk(
            name, _new_key(name), self.origin, self.clock, Pace(pace_s), self.links, self.webhooks, session
        )

    def _signed(
        self, provider: str, order_id: str, body: bytes, fault: str
    ) -> tuple[bytes, Mapping[str, str]]:
        """Return a webhook's body and headers; a vendor that has bodies of its own for a fault says so itself."""
        vendor = self.vendors[provider]
        alter = getattr(vendor, "altered", None)
        sent = alter(order_id, body, fault) if alter is not None else body
        return sent, vendor.signed(order_id, sent, fault)

    @property
    def announcement(self) -> dict[str, Any]:
        """Return what the command line prints: addresses and keys by vendor, and the control interface."""
        vendors = {
            name: {part: self.origin + path for part, path in ADDRESSES[name].items()} | {"key": desk.key}
            for name, desk in self.desks.items()
        }
        return {**vendors, "control": f"{self.origin}/control"}

    def desk(self, provider: str) -> Desk:
        """Return one vendor's desk. Raises `KeyError` for an unknown vendor."""
        return self.desks[provider]

    def calls(self, provider: str | None = None) -> list[dict[str, Any]]:
        """Return every request received, oldest first, of one vendor or of all."""
        return [call.to_json() for call in self.calls_kept.listed(provider)]

    def script(
        self, provider: str, steps: Sequence[Mapping[str, Any]], match: Mapping[str, Any] | None = None
    ) -> None:
        """Let the next requests that fit be answered by these steps. Raises `BadScriptError` naming the field."""
        self.scripts.add(read_script(provider, match, steps))

    def webhook(
        self, provider: str, name: str, action: str, *, n: int = 1, delay_ms: int = 0, fault: str = ""
    ) -> bool:
        """Do something with the webhook of an order, by the vendor's id or our attempt's; `"*"` is every order.

        Returns whether it was sent now (else it is kept in mind until the webhook is due).
        """
        chosen = fault or "forge" if action == "forge" else fault
        return self.webhooks.act(provider, name, Plan(action, n, delay_ms / 1000, chosen))

    def set_pace(self, seconds: float, provider: str | None = None) -> None:
        """Let every order of one vendor, or of all, take so many seconds; those under way as well."""
        for desk in self._chosen(provider):
            desk.pace.set(seconds)

    def hold(self, at: float | None, provider: str | None = None) -> None:
        """Let no order get beyond that part of its time (0 to 1); None lets go."""
        for desk in self._chosen(provider):
            desk.pace.hold(at)

    def set_canvas(self, side_px: int | None, provider: str | None = None) -> None:
        """Let one vendor, or all, paint plain squares of so many px whatever is asked for; None: faces again."""
        for desk in self._chosen(provider):
            desk.plain_px = side_px

    def advance_clock(self, seconds: float) -> None:
        """Move the clock by which links and results end."""
        self.clock.advance(seconds)

    def add_key(self, provider: str, key: str) -> None:
        """Let a vendor take one more key."""
        self.desks[provider].keys.add(key)

    def rotate_keys(self, provider: str) -> None:
        """Let a vendor that signs its webhooks sign with a new key from now on; the old one is published no more."""
        rotate = getattr(self.vendors[provider], "rotate", None)
        if rotate is not None:
            rotate()

    def _chosen(self, provider: str | None) -> list[Desk]:
        return list(self.desks.values()) if provider is None else [self.desks[provider]]

    async def reset(self) -> None:
        """Forget calls, scripts, orders, pictures and webhooks; pace, clock and keys stay."""
        self.over.set()
        self.over = asyncio.Event()
        for desk in self.desks.values():
            await desk.stop()
        await self.webhooks.reset()
        self.calls_kept.reset()
        self.scripts.kept.clear()
        self.links.reset()
        for vendor in self.vendors.values():
            vendor.reset()

    async def stop(self) -> None:
        """End what is under way."""
        self.over.set()
        for desk in self.desks.values():
            await desk.stop()
        await self.webhooks.stop()


def _opened(desk: Desk) -> Vendor:
    module = import_module(f"playground.providers.{desk.provider}")
    vendor: Vendor = getattr(module, f"open_{desk.provider}")(desk)
    return vendor


def _new_key(name: str) -> str:
    """Return a key in the vendor's form."""
    forms = {"fal": f"{uuid4()}:{token_hex(16)}", "bfl": str(uuid4()), "openai": f"sk-proj-{token_hex(24)}"}
    return forms.get(name, token_hex(30))


def _front_app(stand_ins: StandIns) -> web.Application:
    app = _app_of(stand_ins, None)
    for name, vendor in stand_ins.vendors.items():
        for route in vendor.routes():
            web.RouteDef(route.method, f"/{name}{route.path}", route.handler, route.kwargs).register(
                app.router
            )
        app.router.add_get(f"/{name}/{{tail:.*}}", stand_ins.desks[name].serve_picture)
    app.router.add_routes(control.routes(stand_ins))
    return app


def _app_of(stand_ins: StandIns, provider: str | None) -> web.Application:
    app = web.Application(client_max_size=BODY_MAX_BYTES)
    _guard(app, stand_ins, provider)
    return app


def _guard(app: web.Application, stand_ins: StandIns, provider: str | None) -> None:
    """Put the recording and the scripted faults in front of an application."""

    def provider_of(request: web.Request) -> str | None:
        first = request.path.split("/", 2)[1]
        return provider or (first if first in stand_ins.desks else None)

    app.middlewares.append(faults.recording(stand_ins.calls_kept, provider_of))
    app.middlewares.append(faults.striking(stand_ins.scripts, provider_of, lambda: stand_ins.over))


async def _listening(app: web.Application, place: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    # Some hundred orders may come at once: a full backlog costs each of them a second.
    await web.SockSite(runner, place, backlog=1024).start()
    return runner


def _bound(port: int) -> tuple[socket.socket, str]:
    """Return a listening socket on loopback and its address."""
    place = socket.create_server(("127.0.0.1", port), backlog=1024)
    return place, f"http://127.0.0.1:{place.getsockname()[1]}"


async def _open_hosts(stand_ins: StandIns) -> list[web.AppRunner]:
    """Open the vendors' own hosts and tell them their addresses."""
    runners = []
    for name, vendor in stand_ins.vendors.items():
        origins = {}
        for host, app in vendor.apps().items():
            _guard(app, stand_ins, name)
            place, origins[host] = _bound(0)
            runners.append(await _listening(app, place))
        vendor.set_origins(origins)
    return runners


@asynccontextmanager
async def open_stand_ins(port: int = 0, pace_s: float = 0.0) -> AsyncIterator[StandIns]:
    """Serve on loopback while the block runs; port 0 picks one. Raises `OSError` when the port is taken."""
    place, origin = _bound(port)
    async with aiohttp.ClientSession() as session:
        stand_ins = StandIns(origin, session, pace_s)
        runners = [await _listening(_front_app(stand_ins), place)]
        try:
            runners += await _open_hosts(stand_ins)
            yield stand_ins
        finally:
            await stand_ins.stop()
            for runner in runners:
                await runner.cleanup()
