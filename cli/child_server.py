"""A server of the playground beside the bot: a child process that outlives a killed bot and is found again.

Its announcement, one JSON line, is kept in a file of the data folder, with its process id.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from services.errors import StartError

START_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 2.0
_ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class ChildServer:
    """A running server: started now, or left by a bot that was killed (`process` is None then)."""

    said: Mapping[str, Any] = field(repr=False)
    pid: int
    process: asyncio.subprocess.Process | None

    async def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        if self.process is None:
            return
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@dataclass(frozen=True, slots=True)
class Look:
    """How to see whether a server of an earlier start still runs: an address and headers that it answers with 200."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


async def read_announcement(file: Path) -> ChildServer | None:
    """Return what an earlier start announced, None where there is nothing that can be read."""
    try:
        said = json.loads(await asyncio.to_thread(file.read_text, "utf-8"))
        return ChildServer(said, int(said["pid"]), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


async def still_runs(found: ChildServer, look: Look, title: str) -> bool:
    """Return whether the server of an earlier start answers.

    A slow one is waited for: of two, the bot would use the one that people do not look at. Raises StartError where it
    never answers.
    """
    timeout = aiohttp.ClientTimeout(total=START_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(look.url, headers=look.headers) as response,
        ):
            return response.status == 200
    except TimeoutError as error:
        raise StartError(
            "child_server",
            f"{title} of an earlier start (process {found.pid}) does not answer. End it with "
            f"`kill {found.pid}` and start again; what it has kept stays.",
        ) from error
    except aiohttp.ClientError:
        return False


async def spawn(module: str, arguments: Sequence[str], folder: Path, log_name: str) -> ChildServer | None:
    """Start `python -m module arguments` and return it once it has announced itself, None where it did not.

    It logs to `log_name` in the folder.
    """
    log_file = await asyncio.to_thread((folder / log_name).open, "ab")
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=log_file,
            # A session of its own: Ctrl-C is for the bot, which ends its child after itself.
            start_new_session=True,
        )  # fmt: skip
    finally:
        log_file.close()
    if process.stdout is None:
        raise RuntimeError("the child was started with a pipe")
    try:
        async with asyncio.timeout(START_WITHIN_S):
            line = await process.stdout.readline()
    except TimeoutError:
        process.kill()
        line = b""
    if not line.strip():
        await process.wait()
        return None
    return ChildServer({**json.loads(line), "pid": process.pid}, process.pid, process)


async def keep_announcement(file: Path, server: ChildServer) -> None:
    """Write down where a server is, for the next start; the file holds its keys and is ours alone."""
    await asyncio.to_thread(_keep, file, json.dumps(dict(server.said)))


def _keep(file: Path, text: str) -> None:
    temporary = file.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(text, "utf-8")
    temporary.replace(file)
