"""Every frame and request in the order of the wire, kept in a file; memory holds only what is not written yet.

An entry is a JSON object: `n` (1, 2, ...), `at` (clock seconds), `kind` ("request" or "frame") and, by kind,
`method, path, application, status, ms, request, response` or `direction, application, session, frame`.
Bodies longer than `BODY_CAP` characters are cut and given as text.
"""

import asyncio
import json
from concurrent.futures import Executor
from pathlib import Path

from playground.discord.clock import Clock
from playground.discord.errors import Json

BODY_CAP = 65_536
FLUSH_S = 0.25
INDEX_EVERY = 500
READ_MAX = 1_000


class Transcript:
    """Appends to a file of lines; `n` goes on after a restart.

    `writer` has one thread, so that lines keep their order.
    """

    def __init__(self, path: Path, clock: Clock, writer: Executor) -> None:
        self._writer = writer
        self._path = path
        self._clock = clock
        self._pending: list[str] = []
        self._marks: list[int] = [0]  # the byte offset of entries 1, 1 + INDEX_EVERY, ...
        self._size = 0
        self._lock = asyncio.Lock()
        self._count = 0
        self._index_existing()

    def _index_existing(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in lines:
                self._count_line(len(line))

    def _count_line(self, length: int) -> None:
        self._count += 1
        self._size += length
        if self._count % INDEX_EVERY == 0:
            self._marks.append(self._size)

    def request(self, about: Json, request_text: str, response_text: str) -> None:
        """Note a request; the texts are the JSON bodies as they went over the wire ("" for none)."""
        head = json.dumps(about)[1:-1]
        self._add(
            f'"kind":"request",{head},"request":{_spliced(request_text)},"response":{_spliced(response_text)}'
        )

    def frame(self, direction: str, application_id: str, session_id: str, text: str) -> None:
        """Note a gateway frame, "in" (from the bot) or "out"."""
        head = json.dumps({"direction": direction, "application": application_id, "session": session_id})[
            1:-1
        ]
        self._add(f'"kind":"frame",{head},"frame":{_spliced(text)}')

    def _add(self, fields: str) -> None:
        number = self._count + len(self._pending) + 1
        self._pending.append(f'{{"n":{number},"at":{self._clock.now_s():.6f},{fields}}}\n')

    async def flush(self) -> None:
        """Write what is pending, off the event loop."""
        async with self._lock:
            if not self._pending:
                return
            lines, self._pending = self._pending, []
            encoded = [line.encode() for line in lines]
            for line in encoded:
                self._count_line(len(line))
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._writer, _append, self._path, b"".join(encoded))

    async def keep(self) -> None:
        """Flush again and again until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()

    async def read(self, after: int, limit: int) -> tuple[list[Json], int]:
        """Return at most `limit` entries with `n > after`, oldest first, and the `after` of the next call."""
        await self.flush()
        after = min(max(after, 0), self._count)
        mark = after // INDEX_EVERY
        limit = min(limit, READ_MAX)
        lines = await asyncio.get_running_loop().run_in_executor(
            self._writer, _lines, self._path, self._marks[mark], after - mark * INDEX_EVERY, limit
        )
        return [json.loads(line) for line in lines], after + len(lines)


def _spliced(text: str) -> str:
    """Return valid JSON for a body: itself, or a string of its beginning where it is too long to keep."""
    if not text:
        return "null"
    if len(text) > BODY_CAP:
        return json.dumps(text[:BODY_CAP])
    return json.dumps(json.loads(text)) if "\n" in text else text  # an entry is one line


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as target:
        target.write(chunk)


def _lines(path: Path, offset: int, skip: int, limit: int) -> list[bytes]:
    if not path.exists():
        return []
    with path.open("rb") as source:
        source.seek(offset)
        for _ in range(skip):
            source.readline()
        found = (source.readline() for _ in range(limit))
        return [line for line in found if line]
