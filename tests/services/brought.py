"""Places where pictures that people bring lie: the local Discord's file host, and a piece of the internet over TLS."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from db.engine import Connection
from db.tables.schema import uploads
from playground.discord import certificates
from services.addresses import origins_of
from services.guarded_connections import GuardedConnector
from services.uploads import Brought, KnownUpload, UploadKind, bring
from tests.services.images.pictures import draw, encode
from tests.services.loopback import serve
from tests.services.studio import ADA, Studio

PUBLIC: Final = "93.184.215.14"
NAME: Final = "pictures.example"
DAY_MS: Final = 86_400_000


@dataclass
class Shelf:
    """A host of files: what lies at a path, and what was asked for. A status stands for a refusal."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Paths whose answer waits for an event."""

    def put(self, data: bytes, name: str = "") -> str:
        """Lay a file down and return its address."""
        path = f"/{name or hashlib.sha256(data).hexdigest()[:12]}"
        self.files[path] = data
        return f"{self.url}{path}"

    def attachment(self, data: bytes, name: str = "") -> Brought:
        """Lay a file down as Discord does with what is attached."""
        return Brought(self.put(data, name), is_attachment=True, size_bytes=len(data))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.asked.append(request.path)
        if request.path in self.held:
            await self.held[request.path].wait()
        if request.path in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[request.path]})
        status = self.statuses.get(request.path, 200 if request.path in self.files else 404)
        return web.Response(status=status, body=self.files.get(request.path, b"gone"), headers=self.headers)


@asynccontextmanager
async def discords_files(studio: Studio) -> AsyncIterator[Shelf]:
    """Let the studio's Discord keep its files on this machine."""
    shelf = Shelf()
    async with serve(shelf.handle) as shelf.url:
        studio.context = replace(studio.context, discord_hosts=origins_of([shelf.url]))
        yield shelf


def photo(seed: int = 1, size: tuple[int, int] = (120, 96)) -> bytes:
    """Return a JPEG; another one for each seed."""
    return encode(draw(size, seed=seed), "JPEG", quality=90)


async def brought(
    studio: Studio, data: bytes, kind: UploadKind = UploadKind.PICTURE, user_id: int = ADA
) -> KnownUpload:
    """Bring a picture as an attachment."""
    async with discords_files(studio) as shelf:
        return await bring(studio.context, user_id, shelf.attachment(data), kind)


def make_older(conn: Connection, by_ms: int) -> None:
    """Let all that was brought have been brought so much earlier."""
    conn.execute(
        uploads.update().values(
            agreed_at_ms=uploads.c.agreed_at_ms - by_ms,
            created_at_ms=uploads.c.created_at_ms - by_ms,
            expires_at_ms=uploads.c.expires_at_ms - by_ms,
        )
    )


class _Says(AbstractResolver):
    def __init__(self, names: dict[str, list[str]], asked: list[str]) -> None:
        self.names, self.asked = names, asked

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - its signature
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("no such name")
        addresses = self.names[host]
        # One that changes gives another answer each time, the last one again and again.
        given = [addresses.pop(0)] if len(addresses) > 1 else addresses
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in given
        ]

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Internet:
    """What the names of the internet lead to, and who was connected to."""

    shelf: Shelf
    names: dict[str, list[str]]
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)


@asynccontextmanager
async def internet(
    studio: Studio, folder: Path, monkeypatch: pytest.MonkeyPatch, *own: str
) -> AsyncIterator[Internet]:
    """Let PUBLIC be a server with a certificate for its names; no other address is really connected to.

    `own` are addresses of the settings.
    """
    shelf = Shelf(url=f"https://{NAME}")
    names = (NAME, "other.example", "cdn.discordapp.com")
    ca, context = await asyncio.to_thread(certificates.make, folder, names)
    runner = web.AppRunner(_app(shelf))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    net = Internet(shelf, {name: [PUBLIC] for name in names})
    _route(monkeypatch, net, runner.addresses[0][1])
    connector = GuardedConnector(origins_of(own), _Says(net.names, net.asked))
    connector._ssl = ssl.create_default_context(cafile=str(ca))
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        studio.context = replace(studio.context, session=session)
        try:
            yield net
        finally:
            await runner.cleanup()


def _app(shelf: Shelf) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", shelf.handle)
    return app


def _route(monkeypatch: pytest.MonkeyPatch, net: Internet, port: int) -> None:
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def rerouted(sock: socket.socket, address: tuple[str, int]) -> None:
        net.connected.append(address[0])
        if address != (PUBLIC, 443):
            raise ConnectionRefusedError
        await connect(sock, ("127.0.0.1", port))

    monkeypatch.setattr(loop, "sock_connect", rerouted)
