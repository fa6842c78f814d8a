"""Bots that are started as an operator does, with an interpreter of their own: their memory is shared with nobody."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.chaos.processes import CRASH_AT, BotProcess, environment_of
from tests.e2e.service import ROOT


class Interpreter:
    """Starts `python bot.py`; one that runs for long is what is looked at."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[int]] = set()

    async def spawn(
        self, log: Path, settings: Mapping[str, str], *arguments: str, crash_at: str = ""
    ) -> BotProcess:
        """Start `bot.py ARGUMENTS`; its output goes to the end of the log."""
        armed = {CRASH_AT: crash_at} if crash_at else {}
        with log.open("ab") as output:
            log_from = output.tell()  # once it runs, it moves the place on by what it writes
            process = await asyncio.create_subprocess_exec(
                sys.executable, "bot.py", *arguments,
                cwd=ROOT, env={**environment_of(settings), **armed}, stdout=output, stderr=output,
            )  # fmt: skip
        waiting = asyncio.create_task(process.wait())
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)
        return BotProcess(process.pid, waiting, log, log_from)
