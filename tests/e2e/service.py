"""The real bot process with its local Discord beside it, started and killed as an operator would."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.discord_specs.transcript import check_transcript
from tests.e2e.canaries import check_nothing_leaked, fake_keys, keys_of_stand_ins
from tests.e2e.play import Play
from tests.waiting import HANGS_AFTER_S

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Limner:
    """One data folder, and the processes over it."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    keys: dict[str, str] = field(default_factory=fake_keys)
    """Fake keys of the operator's, which no file may hold afterwards."""

    @property
    def log(self) -> str:
        """Return what the bot has written."""
        return (self.folder / "bot.log").read_text("utf-8")

    def count(self, query: str) -> int:
        """Return the number that a query of the bot's database gives."""
        address = f"file:{self.folder / 'limner.db'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=HANGS_AFTER_S)) as connection:
            return int(connection.execute(query).fetchone()[0])

    @property
    def announcement(self) -> dict[str, str]:
        """Return the local Discord's announcement."""
        said: dict[str, str] = json.loads((self.folder / "playground.json").read_text("utf-8"))
        return said

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the bot: ours without its settings, every port picked freely."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LIMNER_", "DISCORD_"))
        }
        ports = {"LIMNER_DATA": str(self.folder), "LIMNER_PORT": "0", "PLAYGROUND_PORT": "0"}
        return {**kept, **ports, **self.keys, **self.settings}

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start `bot.py` with its output in the log."""
        with (self.folder / "bot.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "bot.py", *arguments, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    async def start(self) -> None:
        """Start the bot and wait until it is ready."""
        ready_before = self.log.count("ready in") if (self.folder / "bot.log").exists() else 0
        self.process = await self.spawn()
        async with asyncio.timeout(HANGS_AFTER_S):
            while self.log.count("ready in") == ready_before:
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.05)

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask the bot to stop and return its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()

    async def kill(self) -> None:
        """Pull the plug on the bot; the local Discord lives on."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def clean_up(self) -> None:
        """End everything that still runs, also a local Discord that outlived its bot."""
        if self.process is not None and self.process.returncode is None:
            await self.stop()
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(self.announcement["pid"]), signal.SIGTERM)
            await _until_nobody_listens(self.announcement["base"])
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(
                int(json.loads((self.folder / "providers.json").read_text("utf-8"))["pid"]), signal.SIGTERM
            )


async def _until_nobody_listens(base: str) -> None:
    """Wait for the end of a server that is no child of ours: its transcript is whole then."""
    address = urlsplit(base)
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(address.hostname, address.port)
            except ConnectionError:
                return
            writer.close()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[tuple[Limner, Play]]:
    """Start Limner over a folder, give its `/play/` interface, end everything, and look at all that was said."""
    limner = Limner(folder, settings)
    try:
        await limner.start()
        async with play(limner) as hands:
            yield limner, hands
    finally:
        await limner.clean_up()
    check_transcript(folder / "playground", sends_only_good=True)
    check_nothing_leaked(folder, limner.keys | keys_of_stand_ins(folder))


@asynccontextmanager
async def play(limner: Limner) -> AsyncIterator[Play]:
    """Give the `/play/` interface of a running Limner."""
    said = limner.announcement
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=150)) as session:
        yield Play(said["base"], said["key"], session)
