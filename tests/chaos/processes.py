"""One process of the bot: armed, awaited, killed; and the process that they are all forked from."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.chaos.forked import Order
from tests.e2e.service import ROOT
from tests.waiting import HANGS_AFTER_S

CRASH_AT = "LIMNER_CRASH_AT"
READY = "ready in"
STEP_S = 0.1


@dataclass(slots=True)
class BotProcess:
    """`bot.py VERB` under way; its output goes to a log."""

    pid: int
    ended: "asyncio.Future[int]"
    log: Path
    log_from: int
    """Where its own words begin in the log, in bytes."""

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.ended.done()

    async def wait(self) -> int:
        """Wait until it has ended and return its exit code, -9 where it was killed."""
        return await asyncio.shield(self.ended)

    async def until_logged(self, words: str) -> None:
        """Wait until it has written these words. Raises TimeoutError where it never does."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while words not in await asyncio.to_thread(self._said):
                assert not self.is_over, f"it has ended; see {self.log}"
                await asyncio.sleep(STEP_S)

    def _said(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self.log_from)
            return file.read().decode("utf-8", "replace")

    async def died(self) -> None:
        """Wait until it has died at its crash point. Raises TimeoutError where it never does."""
        async with asyncio.timeout(HANGS_AFTER_S):
            code = await self.wait()
        assert code == -signal.SIGKILL, f"it ended by itself, with {code}"

    async def kill(self) -> None:
        """End it without a warning; one that is over stays so."""
        self._send(signal.SIGKILL)
        await self.wait()

    async def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit code."""
        self._send(number)
        return await self.wait()

    def _send(self, number: signal.Signals) -> None:
        if not self.is_over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Starter(Protocol):
    """What starts processes of the bot."""

    async def spawn(
        self, log: Path, settings: Mapping[str, str], *arguments: str, crash_at: str = ""
    ) -> BotProcess:
        """Start `bot.py ARGUMENTS`, armed at a crash point where one is named."""
        ...


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a bot with these settings: ours, without settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIMNER_", "DISCORD_"))}
    return {**kept, **settings}


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


@dataclass(slots=True)
class Forks:
    """The process that has the code loaded, and which of its children are awaited."""

    process: asyncio.subprocess.Process
    forked: dict[int, "asyncio.Future[int]"] = field(default_factory=dict)
    ended: dict[int, "asyncio.Future[int]"] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def spawn(
        self, log: Path, settings: Mapping[str, str], *arguments: str, crash_at: str = ""
    ) -> BotProcess:
        """Start `bot.py ARGUMENTS`, armed at a crash point where one is named."""
        armed = {CRASH_AT: crash_at} if crash_at else {}
        number, loop = next(self.numbers), asyncio.get_running_loop()
        forked, ended = self.forked[number], self.ended[number] = loop.create_future(), loop.create_future()
        log_from = _size(log)
        order: Order = {
            "number": number,
            "log": str(log),
            "environment": {**environment_of(settings), **armed},
            "arguments": list(arguments),
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        return BotProcess(await forked, ended, log, log_from)

    async def migrate(self, log: Path, database: str, crash_at: str = "") -> int:
        """Run `bot.py migrate` over a database and return its exit code.

        Not Alembic in our own process: it keeps what it works on in globals, and worlds live side by side.
        """
        bot = await self.spawn(log, {}, "migrate", "--database", database, crash_at=crash_at)
        return await bot.wait()

    async def listen(self) -> None:
        """Hear what became of the children, until the process ends."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            number, pid, *code = map(int, line.split())
            if code:
                self.ended.pop(number).set_result(code[0])
            elif number:
                self.forked.pop(number).set_result(pid)
        for left in (*self.forked.values(), *self.ended.values()):
            left.set_exception(RuntimeError("the process that forks has ended"))


@asynccontextmanager
async def open_forks(log: Path) -> AsyncIterator[Forks]:
    """Give the process that forks while the block runs; its children end with it."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.forked",
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=output,
        )  # fmt: skip
    forks = Forks(process)
    listening = asyncio.create_task(forks.listen())
    try:
        yield forks
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening
