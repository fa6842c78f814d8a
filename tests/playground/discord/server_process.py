"""`python -m playground.discord` as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from tests.waiting import HANGS_AFTER_S

ROOT = Path(__file__).parents[3]


async def started(*arguments: str) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    """Start it on a free port and return it with its announcement."""
    command = (sys.executable, "-m", "playground.discord", "--port", "0", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    async with asyncio.timeout(HANGS_AFTER_S):
        return process, json.loads(await process.stdout.readline())


async def stopped(process: asyncio.subprocess.Process, number: signal.Signals) -> tuple[int, bytes]:
    """Send it a signal and return its exit code with all that it wrote after the announcement."""
    process.send_signal(number)
    async with asyncio.timeout(HANGS_AFTER_S):
        rest, _ = await process.communicate()
    return process.returncode or 0, rest
