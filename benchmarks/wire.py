"""The least that an HTTP client can be: JSON and bytes over keep-alive connections to this machine.

A driver or a bot made of it uses so little of the processor that the server is what gets measured.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "
Answer = tuple[int, bytes]  # status, body


class _Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionError("the server hung up")
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        answer = _whole_answer(self._received)
        if answer is not None and self._answer is not None:
            self._received.clear()
            with suppress(asyncio.InvalidStateError):  # nobody waits for it any more
                self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))


def _whole_answer(received: bytearray) -> Answer | None:
    """Return status and body once all of it is there. Source: RFC 9112, section 6.3 (204 has no body)."""
    head_end = received.find(_END)
    if head_end < 0:
        return None
    status, start = int(received[9:12]), head_end + len(_END)
    head = bytes(received[:head_end]).lower()
    at = head.find(_LENGTH)
    length = 0 if at < 0 else int(head[at + len(_LENGTH) :].split(b"\r", 1)[0])
    return (status, bytes(received[start:])) if len(received) >= start + length else None


class Wire:
    """As many connections to one address as there are requests at a time; `headers` go with every request."""

    def __init__(self, base: str, headers: Iterable[str] = ()) -> None:
        address = urlsplit(base)
        self._host, self._port, self._prefix = address.hostname or "", address.port or 80, address.path
        self._headers = "\r\n".join((f"Host: {address.netloc}", *headers))
        self._idle: list[_Line] = []

    async def send(
        self, method: str, path: str, body: bytes, content_type: str = "application/json"
    ) -> Answer:
        """Send a request and return status and body."""
        head = (
            f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._headers}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        line = self._idle.pop() if self._idle else await self._connect()
        answer = await line.ask(head.encode() + body)
        self._idle.append(line)
        return answer

    async def _connect(self) -> _Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(_Line, self._host, self._port)
        return line

    def close(self) -> None:
        """Hang up everywhere; nothing may be under way."""
        while self._idle:
            transport = self._idle.pop().transport
            if transport is not None:
                transport.close()
