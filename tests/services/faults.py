"""What the other side of an HTTP call can do wrong, as handlers for `loopback.serve`."""

import asyncio
import zlib
from typing import Final

from aiohttp import web

from tests.services.loopback import Handler, cut

SECRET: Final = "id-7f3a:secret-91bd"
_NEVER_S: Final = 300.0


async def mute(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(_NEVER_S)
    return web.Response()


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    for _ in range(1000):
        await response.write(b".")
        await asyncio.sleep(0.1)
    return response


async def reset(request: web.Request) -> web.StreamResponse:
    cut(request)
    return web.Response()


async def cut_in_the_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half of it")
    cut(request)
    return response


async def redirect_for_ever(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/{SECRET}?again={SECRET}")


async def bad_gzip(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})


def answering(status: int, body: str = "{}", **headers: str) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status,
            text=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(65_536))


async def announced_huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(10**12)})
    await response.prepare(request)
    await asyncio.sleep(_NEVER_S)
    return response


async def gzip_bomb(_request: web.Request) -> web.StreamResponse:
    squeeze = zlib.compressobj(wbits=31)
    body = squeeze.compress(bytes(20_000_000)) + squeeze.flush()
    return web.Response(body=body, headers={"Content-Encoding": "gzip"})
