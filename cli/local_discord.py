"""The local Discord beside the bot: a child process with its own data, so that messages survive when the bot is killed.

A child that outlived a killed bot is found by its announcement file and used again.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from services.errors import StartError

START_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 2.0
_ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class LocalDiscordProcess:
    """A running local Discord: started now, or left by a bot that was killed (`process` is None then)."""

    base: str
    api_url: str
    gateway_url: str
    key: str
    token: str
    pid: int
    process: asyncio.subprocess.Process | None

    @property
    def page_url(self) -> str:
        """Return the address to open in a browser."""
        return f"{self.base}/?key={self.key}"

    async def stop(self) -> None:
        """End it; what was said in it stays in its folder."""
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


def _read(text: str, process: asyncio.subprocess.Process | None) -> LocalDiscordProcess:
    said = json.loads(text)
    return LocalDiscordProcess(
        said["base"], said["api"], said["gateway"], said["key"], said["token"], int(said["pid"]), process
    )


async def _find_running(announcement: Path) -> LocalDiscordProcess | None:
    """Return the local Discord of an earlier start, None where nobody listens any more.

    A slow one is waited for: a second one beside it would answer the bot while people look at the first. Raises
    StartError where it never answers.
    """
    try:
        found = _read(await asyncio.to_thread(announcement.read_text, "utf-8"), None)
    except (OSError, ValueError, KeyError):
        return None
    timeout = aiohttp.ClientTimeout(total=START_WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{found.base}/play/state", headers={"X-Playground-Key": found.key}) as response,
        ):
            return found if response.status == 200 else None
    except TimeoutError as error:
        raise StartError(
            "local_discord",
            f"The local Discord of an earlier start (process {found.pid}) does not answer. End it with "
            f"`kill {found.pid}` and start again; what was said in it stays.",
        ) from error
    except aiohttp.ClientError:
        return None


async def _spawn(folder: Path, port: int) -> tuple[str, asyncio.subprocess.Process]:
    folder = await asyncio.to_thread(folder.resolve)
    log_file = await asyncio.to_thread((folder / "local-discord.log").open, "ab")
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "playground.discord", "--port", str(port), "--data", str(folder / "playground"),
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
    return line.decode(), process


def _keep(announcement: Path, text: str) -> None:
    temporary = announcement.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(text, "utf-8")
    temporary.replace(announcement)


async def start_local_discord(folder: Path, port: int) -> LocalDiscordProcess:
    """Return the local Discord of the data folder, started where it does not run yet.

    Its announcement lies in `playground.json` there. Raises StartError where it does not start.
    """
    announcement = folder / "playground.json"
    found = await _find_running(announcement)
    if found is not None:
        return found
    line, process = await _spawn(folder, port)
    if not line.strip():
        await process.wait()
        raise StartError(
            "local_discord",
            f"The local Discord did not start on port {port}; the cause stands in {folder / 'local-discord.log'}. "
            "Where the port is taken, set PLAYGROUND_PORT to another one (0 picks a free one).",
        )
    said = json.dumps({**json.loads(line), "pid": process.pid})
    await asyncio.to_thread(_keep, announcement, said)
    return _read(said, process)
