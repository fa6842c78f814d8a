"""One process of the bot: armed, awaited, killed."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.service import ROOT
from tests.waiting import HANGS_AFTER_S

CRASH_AT = "LIMNER_CRASH_AT"


@dataclass(slots=True)
class BotProcess:
    """`bot.py VERB` under way; its output goes to the world's log."""

    process: asyncio.subprocess.Process

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.process.returncode is not None

    async def died(self) -> None:
        """Wait until it has died at its crash point. Raises TimeoutError where it never does."""
        async with asyncio.timeout(HANGS_AFTER_S):
            code = await self.process.wait()
        assert code == -signal.SIGKILL, f"it ended by itself, with {code}"

    async def kill(self) -> None:
        """End it without a warning; one that is over stays so."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await self.process.wait()


async def spawn(log: Path, settings: Mapping[str, str], *arguments: str, crash_at: str = "") -> BotProcess:
    """Start `bot.py ARGUMENTS`, armed at a crash point where one is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIMNER_", "DISCORD_"))}
    armed = {CRASH_AT: crash_at} if crash_at else {}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "bot.py",
            *arguments,
            cwd=ROOT,
            env={**kept, **settings, **armed},
            stdout=output,
            stderr=output,
        )
    return BotProcess(process)
