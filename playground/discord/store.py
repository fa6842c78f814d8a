"""Keeps the state in a folder: one JSON snapshot, written atomically off the event loop some time after a change.

A snapshot that cannot be written, or is torn by a crash, leaves the one before it as it was.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

from playground.discord.errors import Json
from playground.discord.json_text import COMPACT

DEBOUNCE_S = 0.5
REST_FACTOR = 10  # a large state is written less often: at most a tenth of the time goes into it

_log = logging.getLogger(__name__)

Parts = Json  # of objects, and of lists of them


class Store:
    """Writes snapshots of what `collect` returns; without a path it keeps nothing.

    `writer` has one thread: a write whose waiting was cancelled still ends before the next one begins.
    """

    def __init__(self, path: Path | None, collect: Callable[[], Parts], writer: Executor) -> None:
        self._path = path
        self._writer = writer
        self._collect = collect
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """Note that something changed."""
        if self._path is not None:
            self._changed.set()

    def read(self) -> Parts | None:
        """Return the last snapshot, or None."""
        if self._path is None or not self._path.exists():
            return None
        parts: Parts = json.loads(self._path.read_text())
        return parts

    async def keep(self) -> None:
        """Write after changes until cancelled."""
        pause_s = DEBOUNCE_S
        while True:
            await self._changed.wait()
            await asyncio.sleep(pause_s)
            started_s = time.monotonic()
            if not await self.write():
                self._changed.set()
            pause_s = max(DEBOUNCE_S, REST_FACTOR * (time.monotonic() - started_s))

    async def write(self) -> bool:
        """Write a snapshot now, when there is a path; False (and a line in the log) when the disk does not take it."""
        if self._path is None:
            return True
        self._changed.clear()
        # collecting is quick and happens between two events; values in it are replaced, never edited
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, _write, self._path, self._collect())
        except OSError as error:
            _log.warning("the state was not written, the last snapshot stays: %s", error)
            return False
        return True


def _write(path: Path, parts: Parts) -> None:
    temporary = path.with_suffix(".new")
    try:
        with temporary.open("w") as target:
            target.writelines(_chunks(parts))
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # what it holds may be the very room that is missing
        raise


def _chunks(parts: Parts) -> Iterator[str]:
    """Yield the JSON an element at a time, so that no single call holds the interpreter for long."""
    yield "{"
    for index, (name, part) in enumerate(parts.items()):
        yield ("," if index else "") + json.dumps(name) + ":"
        if isinstance(part, list):
            yield "["
            for position, element in enumerate(part):
                # lets go of the interpreter, which else is asked for it only every 5 ms while answers wait
                time.sleep(0)
                yield ("," if position else "") + json.dumps(element, separators=COMPACT)
            yield "]"
        else:
            yield json.dumps(part, separators=COMPACT)
    yield "}"
