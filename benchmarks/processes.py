"""The processes of a benchmark: starting them, and what the system says about their memory and processor time."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
READY_S: Final = 240.0


class Process:
    """A Python program under way; its errors go to the log."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line_with(self, word: str, *, within_s: float = READY_S) -> str:
        """Return the next line of its output that holds the word.

        Raises RuntimeError when it ends before, TimeoutError when it takes longer than `within_s`.
        """
        if self._process.stdout is None:
            raise RuntimeError("started with a pipe")
        async with asyncio.timeout(within_s):
            while line := (await self._process.stdout.readline()).decode():
                if word in line:
                    return line
        raise RuntimeError("a process ended before it was ready")

    def tell(self, line: str) -> None:
        """Write a line to its input."""
        if self._process.stdin is None:
            raise RuntimeError("started with a pipe")
        self._process.stdin.write(f"{line}\n".encode())

    def memory_mib(self) -> float:
        """Return the resident memory. Source: proc(5), VmRSS; elsewhere 0."""
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return 0.0
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def processor_s(self) -> float:
        """Return the processor time used so far. Source: proc(5), stat, fields 14 and 15; elsewhere 0."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        if not stat.exists():
            return 0.0
        after_name = stat.read_text("ascii").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it was killed just now
                self._process.terminate()
        await self._process.wait()


@asynccontextmanager
async def running(*command: str, log: Path, **settings: str) -> AsyncIterator[Process]:
    """Run `python COMMAND` in the project's folder while the block runs, with further settings in its environment."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    started = Process(process)
    try:
        yield started
    finally:
        await started.stop()


@asynccontextmanager
async def running_discord(folder: Path) -> AsyncIterator[tuple[Process, dict[str, str]]]:
    """Run a local Discord with its data in a folder; give it with its announcement."""
    arguments = ("--port", "0", "--data", str(folder / "discord"))
    async with running("-m", "playground.discord", *arguments, log=folder / "discord.log") as server:
        yield server, json.loads(await server.line_with("{"))


@asynccontextmanager
async def running_stand_ins(folder: Path) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """Run the stand-ins of the image services, whose orders take no time; give them with their announcement."""
    arguments = ("-m", "playground.providers", "--port", "0", "--pace", "0")
    async with running(*arguments, log=folder / "providers.log") as server:
        yield server, json.loads(await server.line_with("{"))


@asynccontextmanager
async def running_limner(folder: Path, said: Mapping[str, str], **settings: str) -> AsyncIterator[Process]:
    """Run Limner with its data in a folder, ready on the local Discord that announced `said`."""
    log = folder / "limner.log"
    log.unlink(missing_ok=True)
    here = {
        "LIMNER_DATA": str(folder / "limner"), "LIMNER_PORT": "0", "LIMNER_PLAYGROUND": "off",
        "DISCORD_TOKEN": said["token"], "DISCORD_API_URL": said["api"], "DISCORD_GATEWAY_URL": said["gateway"],
    }  # fmt: skip
    async with running("bot.py", log=log, **{**here, **settings}) as process:
        async with asyncio.timeout(READY_S):
            while "ready in" not in log.read_text("utf-8"):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
        yield process
