"""A proxy before a local Discord that takes fields out of everything that it sends to a client.

Requests and frames of the client pass as they are; addresses in what the server sends are replaced by the proxy's own,
so that nothing finds a way around it. Frames go to the client without compression. What people do and files pass whole.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import WSMsgType, web
from yarl import URL

from tests.discord_specs.openapi import API
from tests.discord_specs.schemas import Json, Value
from tests.playground.mutation.fields import Mutant, Path, take
from tests.playground.mutation.messages import answer_kind, frame_kind

COMPACT = (",", ":")
BODY_MAX_BYTES = 64 * 1024 * 1024
# A wait in turns of the loop that server, proxy and client share: however slow the machine is, it is as slow for them.
TURN_S, SILENT_TURNS = 0.02, 75
NOT_AUTHENTICATED = 4004
NOT_PASSED_ON = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
# No fields, and clients wait by them: a run would take three times as long.
BUCKETS = "x-ratelimit-"


class Saboteur:
    """The proxy of one server: `about` is the announcement of that, `mutants` is what nobody may get to see."""

    def __init__(self, about: Json, mutants: Collection[Mutant], session: aiohttp.ClientSession) -> None:
        self._base: str = about["base"]
        self._session = session
        self._own = ""
        self._passed = 0
        self._clients: set[web.WebSocketResponse] = set()
        self._paths: defaultdict[str, list[Path]] = defaultdict(list)
        for one in mutants:
            self._paths[one.kind].append(one.path)

    def listen_on(self, port: int) -> None:
        """Take the port that the proxy listens on."""
        self._own = f"127.0.0.1:{port}"

    def announced(self, about: Json) -> Json:
        """Return the announcement with the proxy's addresses."""
        led: Json = json.loads(self._led(json.dumps(about)))
        return led

    def _led(self, text: str) -> str:
        """Return text in which every address of the server is the proxy's."""
        return text.replace(self._base.removeprefix("http://"), self._own)

    def _robbed(self, kind: str, body: Value) -> str:
        for path in self._paths.get(kind, ()):
            take(body, path)
        return self._led(json.dumps(body, separators=COMPACT))

    async def end_silence(self) -> None:
        """Log clients out for good when nothing has passed for a while: somebody waits for what will never come."""
        seen, turns = self._passed, 0
        while turns < SILENT_TURNS:
            await asyncio.sleep(TURN_S)
            turns = turns + 1 if self._passed == seen else 0
            seen = self._passed
        for client in list(self._clients):
            await client.close(code=NOT_AUTHENTICATED)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on, and its answer back."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway(request)
        self._passed += 1
        address = URL(self._base + request.raw_path, encoded=True)
        body, headers = await request.read(), _passed_on(request.headers)
        async with self._session.request(
            request.method, address, data=body, headers=headers, allow_redirects=False
        ) as answer:
            content = await answer.read()
            self._passed += 1
            if API.match(request.path) and content:
                kind = answer_kind(request.method, request.raw_path, answer.status)
                content = self._robbed(kind, json.loads(content)).encode()
            return web.Response(status=answer.status, body=content, headers=_passed_on(answer.headers))

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        """Stand between a client and the gateway until one of them goes."""
        query = {name: value for name, value in request.query.items() if name != "compress"}
        client = web.WebSocketResponse(max_msg_size=BODY_MAX_BYTES, compress=False)
        await client.prepare(request)
        self._clients.add(client)
        async with self._session.ws_connect(
            URL(self._base + request.path).with_query(query), max_msg_size=BODY_MAX_BYTES
        ) as server:
            ways = {asyncio.create_task(_up(client, server)), asyncio.create_task(self._down(server, client))}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if server.closed and not client.closed:
                await _leave(server.close_code, client, request)
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
        return client

    async def _down(self, server: aiohttp.ClientWebSocketResponse, client: web.WebSocketResponse) -> None:
        async for message in server:
            if message.type is WSMsgType.TEXT:
                self._passed += 1
                frame = json.loads(message.data)
                await client.send_str(self._robbed(frame_kind(frame), frame))


async def _up(client: web.WebSocketResponse, server: aiohttp.ClientWebSocketResponse) -> None:
    async for message in client:
        if message.type is WSMsgType.TEXT:
            await server.send_str(message.data)
    await server.close(code=client.close_code or 1000)


async def _leave(code: int | None, client: web.WebSocketResponse, request: web.Request) -> None:
    """Close as the server did; where it cut the connection, cut it."""
    if code is None or code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE:
        if request.transport is not None:
            request.transport.abort()
    else:
        await client.close(code=code)


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() not in NOT_PASSED_ON and not name.lower().startswith(BUCKETS)
    }


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    """Serve on a port of loopback, and give it; whoever goes away ends what was done for him."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sabotaged(about: Json, mutants: Collection[Mutant]) -> AsyncIterator[Json]:
    """Give the announcement of a proxy before the server that announced `about`."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        saboteur = Saboteur(about, mutants, session)
        app = web.Application(client_max_size=BODY_MAX_BYTES)
        app.router.add_route("*", "/{tail:.*}", saboteur.serve)
        async with listening(app) as port:
            saboteur.listen_on(port)
            listener = asyncio.create_task(saboteur.end_silence())
            try:
                yield saboteur.announced(about)
            finally:
                listener.cancel()
                await asyncio.wait({listener})
