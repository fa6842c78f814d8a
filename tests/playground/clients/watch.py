"""Collects what a client has to complain of while a script runs with it."""

import asyncio
import io
import logging
import traceback
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, redirect_stderr
from operator import attrgetter
from pathlib import Path
from typing import Any

from tests.waiting import HANGS_AFTER_S

HERE = Path(__file__).parent


class Watch(logging.Handler):
    """What was complained of, and what the client's callbacks tell the script."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints: list[str] = []
        self.trouble = asyncio.Event()
        self._told: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of the log as the end of the script."""
        self.fail(f"log: {record.name}: {logging.Formatter().format(record)}")

    def fail(self, complaint: str) -> None:
        """Complain, and end the script; what comes after that is only what ending it breaks."""
        if not self.trouble.is_set():
            self.complaints.append(complaint)
            self.trouble.set()

    def compare(self, label: str, thing: object, wanted: Mapping[str, object]) -> None:
        """Complain of each attribute (`a.b.c`) that has another value, or another type, than wanted."""
        for name, value in wanted.items():
            found = attrgetter(name)(thing)
            if found != value or (isinstance(value, bool) and not isinstance(found, bool)):
                self.complaints.append(f"{label}: {name} is {found!r}, not {value!r}")

    def same(self, label: str, found: object, wanted: object) -> None:
        """Complain where one value is not as wanted."""
        if found != wanted:
            self.complaints.append(f"{label} is {found!r}, not {wanted!r}")

    def tell(self, name: str, value: object = None) -> None:
        """Say from a callback that something was done, with what came of it."""
        self._told[name].put_nowait(value)

    async def told(self, name: str) -> Any:  # noqa: ANN401 (what the callback gave)
        """Wait until a callback says that something was done."""
        return await self._told[name].get()

    @asynccontextmanager
    async def minding(self, running: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
        """Run a client for as long as the block; complain if it ends before."""
        run = asyncio.create_task(running)
        run.add_done_callback(self._mind)
        try:
            yield
        except Exception as error:
            self.fail(_failure(error))
            raise
        finally:
            run.remove_done_callback(self._mind)
            run.cancel()
            await asyncio.wait({run})

    def _mind(self, run: asyncio.Task[Any]) -> None:
        self.fail("the client ended" if run.cancelled() else f"the client ended: {run.exception()!r}")


def _failure(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).parent == HERE and one.filename != __file__]
    place = own[-1] if own else frames[-1]
    return f"script: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"


class _Stderr(io.TextIOBase):
    """Where libraries print the tracebacks that they swallow."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def write(self, text: str) -> int:
        if text.strip():
            self._watch.fail(f"stderr: {text.rstrip()}")
        return len(text)


async def witnessed(
    logger: str, script: Callable[[Watch], Awaitable[None]], *, guard_s: float = HANGS_AFTER_S
) -> list[str]:
    """Run a script to its end, or to the first failure, and return all complaints; `logger` is the library's."""
    watch = Watch()
    loggers = [logging.getLogger(name) for name in (logger, "asyncio")]
    with warnings.catch_warnings(record=True) as warned, redirect_stderr(_Stderr(watch)):
        warnings.simplefilter("always")
        for one in loggers:
            one.addHandler(watch)
        try:
            await _run(watch, script, guard_s)
        finally:
            for one in loggers:
                one.removeHandler(watch)
    return watch.complaints + [f"warning: {one.category.__name__}: {one.message}" for one in warned]


async def _run(watch: Watch, script: Callable[[Watch], Awaitable[None]], guard_s: float) -> None:
    work = asyncio.ensure_future(script(watch))
    trouble = asyncio.create_task(watch.trouble.wait())
    done, _ = await asyncio.wait({work, trouble}, timeout=guard_s, return_when=asyncio.FIRST_COMPLETED)
    if not done:
        watch.fail(f"the script stood still for {guard_s:g} s")
    for task in (work, trouble):
        task.cancel()
    await asyncio.wait({work, trouble})
    error = None if work.cancelled() else work.exception()
    if error is not None:
        watch.fail(_failure(error))
