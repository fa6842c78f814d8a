"""A small S3 of our own over real HTTP: one bucket in memory, with faults as scripted.

It speaks what an S3-compatible store must speak for us: PUT, GET, HEAD, DELETE (one, and many at once) and the listing
of version 2. Source: Amazon S3 API reference. Signatures are not computed, but whoever asks must name the right key.
"""

import asyncio
import hashlib
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from aiohttp import web

from tests.canary import canary_key

BUCKET: Final = "pictures"
ACCESS_KEY: Final = "AKIAFAKE0FOR0TESTS00"
SECRET_KEY: Final = canary_key("s3")
_XML: Final = "application/xml"


class Fault(Enum):
    """What the next request meets: status and S3's own code, or something that no status says."""

    FAILED = (500, "InternalError")
    BUSY = (503, "SlowDown")
    THROTTLED = (429, "TooManyRequests")
    REFUSED = (403, "AccessDenied")
    NO_ROOM = (507, "XMinioStorageFull")
    OVER_QUOTA = (403, "QuotaExceeded")
    NEVER = (0, "")
    """No answer, until the server ends."""
    CUT = (-1, "")
    """The connection ends in the middle of the answer's body."""


@dataclass(slots=True)
class Kept:
    """An object: its bytes and when they were put."""

    data: bytes
    at: datetime


@dataclass(slots=True)
class FakeS3:
    """The server's state. `url` is its endpoint."""

    url: str = ""
    objects: dict[str, Kept] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(method, key) of every request in order; listings have the key "?list"."""
    faults: deque[tuple[str, Fault]] = field(default_factory=deque)
    is_away: bool = False
    """Every request is answered 503."""
    page_size: int = 1000
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, method: str, *faults: Fault) -> None:
        """Let the next requests of this method meet these faults, one each."""
        self.faults.extend((method, fault) for fault in faults)

    def place(self, key: str, data: bytes) -> None:
        """Let an object lie there, as if somebody else had put it."""
        self.objects[key] = Kept(data, datetime.now(UTC))

    def age(self, key: str, age_s: float) -> None:
        """Make an object as old as that."""
        self.objects[key].at = datetime.now(UTC) - timedelta(seconds=age_s)

    def count(self, method: str) -> int:
        """Return how many requests of this method came."""
        return sum(1 for each, _ in self.requests if each == method)

    def _fault_of(self, method: str) -> Fault | None:
        if self.is_away:
            return Fault.BUSY
        for place, (scripted, fault) in enumerate(self.faults):
            if scripted == method:
                del self.faults[place]
                return fault
        return None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        method = "LIST" if "list-type" in request.query else request.method
        key = "?list" if method == "LIST" else request.match_info.get("key", "")
        self.requests.append((method, key))
        body = await request.read()
        fault = self._fault_of(method)
        if fault is Fault.NEVER:
            await self._ended.wait()
        if fault is not None and fault.value[0] > 0:
            return _refusal(*fault.value)
        if f"Credential={ACCESS_KEY}/" not in request.headers.get("Authorization", ""):
            return _refusal(403, "InvalidAccessKeyId")
        if request.match_info["bucket"] != BUCKET:
            return _refusal(404, "NoSuchBucket")
        if fault is Fault.CUT:
            return await self._cut(request, key)
        return await self._answers()[method](request, key, body)

    def _answers(self) -> dict[str, Callable[[web.Request, str, bytes], Awaitable[web.StreamResponse]]]:
        return {
            "PUT": self._put, "GET": self._get, "HEAD": self._get, "DELETE": self._delete, "POST": self._delete_many,
            "LIST": self._list,
        }  # fmt: skip

    async def _put(self, request: web.Request, key: str, body: bytes) -> web.StreamResponse:
        signed = request.headers.get("x-amz-content-sha256", "")
        if signed != hashlib.sha256(body).hexdigest():
            return _refusal(400, "XAmzContentSHA256Mismatch")
        self.objects[key] = Kept(body, datetime.now(UTC))
        return web.Response(headers={"ETag": _etag(body)})

    async def _get(self, _request: web.Request, key: str, _body: bytes) -> web.StreamResponse:
        found = self.objects.get(key)
        if found is None:
            return _refusal(404, "NoSuchKey")
        headers = {"ETag": _etag(found.data), "Last-Modified": f"{found.at:%a, %d %b %Y %H:%M:%S} GMT"}
        return web.Response(body=found.data, headers=headers, content_type="application/octet-stream")

    async def _cut(self, request: web.Request, key: str) -> web.StreamResponse:
        data = self.objects[key].data
        headers = {"ETag": _etag(data), "Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}
        response = web.StreamResponse(headers={**headers, "Content-Length": str(len(data))})
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _delete(self, _request: web.Request, key: str, _body: bytes) -> web.StreamResponse:
        self.objects.pop(key, None)
        return web.Response(status=204)

    async def _delete_many(self, _request: web.Request, _key: str, body: bytes) -> web.StreamResponse:
        names = [each.text or "" for each in ET.fromstring(body).iter() if each.tag.endswith("Key")]  # noqa: S314 - ours
        for name in names:
            self.objects.pop(name, None)
        rows = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
        return web.Response(text=f"<DeleteResult>{rows}</DeleteResult>", content_type=_XML)

    async def _list(self, request: web.Request, _key: str, _body: bytes) -> web.StreamResponse:
        query = request.query
        after = query.get("continuation-token") or query.get("start-after", "")
        names = sorted(
            name for name in self.objects if name.startswith(query.get("prefix", "")) and name > after
        )
        page = names[: min(self.page_size, int(query.get("max-keys", "1000")))]
        rows = "".join(
            f"<Contents><Key>{name}</Key><LastModified>{self.objects[name].at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>{_etag(self.objects[name].data)}</ETag><Size>{len(self.objects[name].data)}</Size></Contents>"
            for name in page
        )
        is_cut = len(page) < len(names)
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if is_cut else ""
        text = (
            f"<ListBucketResult><Name>{BUCKET}</Name><KeyCount>{len(page)}</KeyCount>"
            f"<IsTruncated>{str(is_cut).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        )
        return web.Response(text=text, content_type=_XML)

    def end(self) -> None:
        """Let those go who wait for an answer."""
        self._ended.set()


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _refusal(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>as scripted</Message></Error>"
    return web.Response(status=status, text=text, content_type=_XML)


@asynccontextmanager
async def fake_s3() -> AsyncIterator[FakeS3]:
    """Serve an empty bucket on a free port."""
    state = FakeS3()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{bucket}/{key:.*}", state.answer)
    app.router.add_route("*", "/{bucket}", state.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    state.url = f"http://{host}:{port}"
    try:
        yield state
    finally:
        state.end()
        await runner.cleanup()
