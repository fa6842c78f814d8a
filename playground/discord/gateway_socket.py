"""The gateway's end of a websocket: what a client may ask for in the address, compression, and a bounded queue.

Compression is one stream a connection, flushed after every frame: zlib-stream frames end with 00 00 ff ff,
zstd-stream frames end a block and never the stream. *Source:* Discord's "Gateway", "Transport Compression".
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping

from aiohttp import web

from playground.discord.tls import outward_of

Compress = Callable[[bytes], bytes]


class CloseError(Exception):
    """The connection must be closed with this code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class UnspokenError(Exception):
    """The address asks for an encoding or compression that this server does not speak."""


def _zlib_stream() -> Compress:
    stream = zlib.compressobj(1)
    return lambda text: stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)


def _zstd_stream() -> Compress:
    try:
        import zstandard  # noqa: PLC0415 (the server runs without it, only this query does not)
    except ImportError as error:
        raise UnspokenError("compress=zstd-stream needs the package zstandard") from error
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return lambda text: stream.compress(text) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


_STREAMS: Mapping[str, Callable[[], Compress]] = {"zlib-stream": _zlib_stream, "zstd-stream": _zstd_stream}


def compression_of(query: Mapping[str, str]) -> Compress | None:
    """Return the stream that the address asks for, None for plain text.

    Raises `UnspokenError` for what this server does not speak. Discord speaks etf; here it is refused before the
    websocket is opened, because a client that waits for binary terms could not read a close frame's reason either.
    """
    if query.get("encoding", "json") != "json":
        raise UnspokenError("this server speaks encoding=json only")
    wanted = query.get("compress", "")
    if not wanted:
        return None
    if wanted not in _STREAMS:
        raise UnspokenError(f"compress is one of {', '.join(_STREAMS)}")
    return _STREAMS[wanted]()


class Connection:
    """One websocket; frames leave in order through a queue, so that nobody waits for a slow reader."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        compress: Compress | None,
        backlog_bytes: int,
    ) -> None:
        self._socket = socket
        self._request = request
        self._compress = compress
        self._outward = outward_of(request)
        self._room = backlog_bytes
        self._queue: asyncio.Queue[str | int] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Queue a frame; a client that lets too much of it pile up is cut off."""
        self._room -= len(text)
        if self._room < 0:
            self.abort()
        else:
            self._queue.put_nowait(text)

    def close(self, code: int) -> None:
        """Close after the frames that are queued."""
        self._queue.put_nowait(code)

    def abort(self) -> None:
        """Cut the connection without a close frame."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def pump(self) -> None:
        """Write what is queued until closed."""
        while True:
            frame = await self._queue.get()
            if isinstance(frame, int):
                await self._socket.close(code=frame)
                return
            try:
                await self._write(self._outward(frame))
            except ConnectionError:
                return
            self._room += len(frame)

    async def _write(self, text: str) -> None:
        if self._compress is None:
            await self._socket.send_str(text)
        else:
            await self._socket.send_bytes(self._compress(text.encode()))
