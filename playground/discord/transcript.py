"""Every frame and request in the order of the wire, kept in files; memory holds only what is not written yet.

A file has about `PART_MAX_BYTES` at most, and two are kept: the newest and the one before. Entries that left with an
older one cannot be read any more; their numbers stay theirs. While the disk takes nothing, memory holds `PENDING_MAX`
entries, and what comes beyond them is not noted.

An entry is a JSON object: `n` (1, 2, ...), `at` (clock seconds), `kind` ("request" or "frame") and, by kind,
`method, path, application, status, ms, fault, request, response` or `direction, application, session, frame`.
Bodies longer than `BODY_CAP` characters are cut and given as text.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

from playground.discord.clock import Clock
from playground.discord.errors import Json
from playground.discord.transcript_parts import Part, append, found_part, read_lines, turn_over

BODY_CAP = 1 << 20
FLUSH_S = 0.25
READ_MAX = 1_000
PENDING_MAX = 20_000
PART_MAX_BYTES = 64 * 1024 * 1024

Done = TypeVar("Done")

_log = logging.getLogger(__name__)


class Transcript:
    """Appends lines to `path`; `n` goes on after a restart. The file before is `transcript.1.jsonl` beside it.

    `writer` has one thread, so that lines keep their order.
    """

    def __init__(
        self, path: Path, clock: Clock, writer: Executor, *, part_max_bytes: int = PART_MAX_BYTES
    ) -> None:
        self._writer = writer
        self._clock = clock
        self.part_max_bytes = part_max_bytes
        self._pending: list[bytes] = []
        self._has_failed = False
        self._lock = asyncio.Lock()
        self._before = found_part(path.with_suffix(f".1{path.suffix}"), 1)
        self._newest = found_part(path, self._before.last + 1)
        self._last = self._newest.last

    def request(self, about: Json, request_text: str, response_text: str) -> None:
        """Note a request; the texts are the JSON bodies as they went over the wire ("" for none)."""
        head = json.dumps(about)[1:-1]
        self._add(
            f'"kind":"request",{head},"request":{_spliced(request_text)},"response":{_spliced(response_text)}'
        )

    def frame(self, direction: str, application_id: str, session_id: str, text: str) -> None:
        """Note a gateway frame, "in" (from the bot) or "out"."""
        head = f'"direction":"{direction}","application":"{application_id}","session":"{session_id}"'
        self._add(f'"kind":"frame",{head},"frame":{_spliced(text)}')

    def _add(self, fields: str) -> None:
        if self._has_failed and len(self._pending) >= PENDING_MAX:
            return
        self._last += 1
        self._pending.append(f'{{"n":{self._last},"at":{self._clock.now_s():.6f},{fields}}}\n'.encode())

    async def flush(self) -> None:
        """Write what is pending, off the event loop; what the disk does not take waits for the next time."""
        async with self._lock:
            await self._flush()

    async def _flush(self) -> None:
        """Write what is pending, with the lock held."""
        lines = self._pending[:]
        if not lines:
            return
        length = sum(map(len, lines))
        try:
            if self._newest.size > 0 and self._newest.size + length > self.part_max_bytes:
                await self._turn_over()
            await self._run(append, self._newest.path, self._newest.size, b"".join(lines))
        except OSError as error:
            if not self._has_failed:
                _log.warning("the transcript was not written, it waits in memory: %s", error)
            self._has_failed = True
            return
        self._has_failed = False
        del self._pending[: len(lines)]
        for line in lines:
            self._newest.grow(len(line))

    async def _turn_over(self) -> None:
        """Make the newest file the one before, and begin a new one."""
        full, path = self._newest, self._newest.path
        await self._run(turn_over, path, self._before.path)
        full.path = self._before.path
        self._before, self._newest = full, Part(path, full.last + 1)

    async def _run(self, do: Callable[..., Done], *given: object) -> Done:
        return await asyncio.get_running_loop().run_in_executor(self._writer, do, *given)

    async def keep(self) -> None:
        """Flush again and again until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()

    async def read(self, after: int, limit: int) -> tuple[list[Json], int]:
        """Return at most `limit` entries with `n > after`, oldest first, and the `after` of the next call.

        Where entries next to `after` have left, it begins with the oldest that is kept.
        """
        async with self._lock:
            await self._flush()
            parts = [one for one in (self._before, self._newest) if one.count]
            after = min(max(after, parts[0].first - 1 if parts else 0), self._newest.last)
            starts = [one.start(after) for one in parts if one.last > after]
            lines = await self._run(read_lines, starts, min(limit, READ_MAX))
        return [json.loads(line) for line in lines], after + len(lines)


def _spliced(text: str) -> str:
    """Return valid JSON for a body: itself, or a string of its beginning where it is too long to keep."""
    if not text:
        return "null"
    if len(text) > BODY_CAP:
        return json.dumps(text[:BODY_CAP])
    return json.dumps(json.loads(text)) if "\n" in text else text  # an entry is one line
