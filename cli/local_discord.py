"""The local Discord beside the bot, with data of its own: what was said in it survives when the bot is killed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.child_server import (
    ChildServer,
    Look,
    keep_announcement,
    read_announcement,
    spawn,
    still_runs,
)
from services.errors import StartError

_TITLE: Final = "The local Discord"


@dataclass(frozen=True, slots=True)
class LocalDiscordProcess:
    """A running local Discord: where it is, the playground's key and the bot's token."""

    base: str
    api_url: str
    gateway_url: str
    key: str
    token: str
    server: ChildServer

    @property
    def page_url(self) -> str:
        """Return the address to open in a browser."""
        return f"{self.base}/?key={self.key}"

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.server.pid

    async def stop(self) -> None:
        """End it; what was said in it stays in its folder."""
        await self.server.stop()


def _read(server: ChildServer) -> LocalDiscordProcess:
    said = server.said
    return LocalDiscordProcess(said["base"], said["api"], said["gateway"], said["key"], said["token"], server)


async def _find_running(announcement: Path) -> LocalDiscordProcess | None:
    """Return the local Discord of an earlier start, None where nobody listens any more."""
    server = await read_announcement(announcement)
    try:
        found = None if server is None else _read(server)
    except KeyError:
        return None
    if found is None:
        return None
    look = Look(f"{found.base}/play/state", {"X-Playground-Key": found.key})
    return found if await still_runs(found.server, look, _TITLE) else None


async def start_local_discord(folder: Path, port: int) -> LocalDiscordProcess:
    """Return the local Discord of the data folder, started where it does not run yet.

    Its announcement lies in `playground.json` there. Raises StartError where it does not start.
    """
    announcement = folder / "playground.json"
    found = await _find_running(announcement)
    if found is not None:
        return found
    folder = await asyncio.to_thread(folder.resolve)
    arguments = ("--port", str(port), "--data", str(folder / "playground"))
    server = await spawn("playground.discord", arguments, folder, "local-discord.log")
    if server is None:
        raise StartError(
            "local_discord",
            f"The local Discord did not start on port {port}; the cause stands in {folder / 'local-discord.log'}. "
            "Where the port is taken, set PLAYGROUND_PORT to another one (0 picks a free one).",
        )
    await keep_announcement(announcement, server)
    return _read(server)
