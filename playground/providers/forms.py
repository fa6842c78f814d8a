"""Reads multipart bodies from their bytes: the recording in front of every vendor has read the stream already."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import aiohttp
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol

from playground.providers.calls import Json, shortened


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


def listed_parts(parts: Sequence[Part]) -> Json:
    """Return a form as the list of calls shows it: fields with their text, files by size and SHA-256, in order."""
    return [
        {
            "name": part.name,
            "filename": part.filename,
            "size": len(part.data),
            "sha256": sha256(part.data).hexdigest(),
        }
        if part.filename
        else {"name": part.name, "text": shortened(part.data.decode("utf-8", "replace"))}
        for part in parts
    ]
