"""Reads multipart bodies from their bytes: the recording in front of every vendor has read the stream already."""

import asyncio
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form; `filename` is "" for a plain field."""

    name: str
    filename: str
    content_type: str
    data: bytes


async def read_form(request: web.Request) -> list[Part]:
    """Return the parts of a multipart body in order. Raises `ValueError` for a body that is none.

    `request.post()` and `request.multipart()` find an empty stream in a stand-in; use this instead.
    """
    body = await request.read()
    loop = asyncio.get_running_loop()
    # With room for all of it: beyond twice its limit a reader stops its connection, and there is none behind this one.
    stream = aiohttp.StreamReader(BaseProtocol(loop), len(body) + 1, loop=loop)
    stream.feed_data(body)
    stream.feed_eof()
    reader = aiohttp.MultipartReader(request.headers, stream)
    parts = []
    while (part := await reader.next()) is not None:
        if not isinstance(part, aiohttp.BodyPartReader):
            raise TypeError("a multipart inside a multipart")
        kind = part.headers.get("Content-Type", "text/plain")
        parts.append(Part(part.name or "", part.filename or "", kind, bytes(await part.read())))
    return parts
