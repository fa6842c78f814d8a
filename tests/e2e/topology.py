"""Limner in several processes over one PostgreSQL database, started, stopped and killed as an operator would.

The local Discord spaces IDENTIFYs as Discord does, the image services are stand-ins; both live as long as the topology.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Any, Final

import aiohttp
import asyncpg

from tests.discord_specs.transcript import check_transcript
from tests.e2e.canaries import check_nothing_leaked, fake_keys
from tests.e2e.play import Json, Play
from tests.e2e.service import ROOT
from tests.ports import free_port
from tests.waiting import HANGS_AFTER_S

SHARDS: Final = 4
_KEYS: Final = {
    "fal": "FAL_KEY", "bfl": "BFL_API_KEY", "modelslab": "MODELSLAB_API_KEY", "openai": "OPENAI_API_KEY"
}  # fmt: skip


@dataclass(slots=True)
class Member:
    """One process of the topology."""

    name: str
    log_file: Path
    log_from: int
    """Where its own words begin in the log, in bytes: one of the same name may have written before."""
    process: asyncio.subprocess.Process

    @property
    def log(self) -> str:
        """Return what it has written."""
        return self.log_file.read_bytes()[self.log_from :].decode("utf-8")

    async def until_logged(self, words: str, times: int = 1) -> None:
        """Wait until its log has these words."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while self.log.count(words) < times:
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.05)

    async def end(self, number: Signals = SIGTERM) -> int:
        """Send a signal that ends it and return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(HANGS_AFTER_S):
            return await self.process.wait()


@dataclass(slots=True)
class Topology:
    """The outside services, the database, and the processes that were started."""

    folder: Path
    database_url: str
    discord: Json
    providers: Json
    hands: Play
    port: int
    keys: dict[str, str] = field(default_factory=fake_keys)
    settings: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("bot.py",)
    """What the interpreter runs; before `bot.py` a test may have words of its own."""
    members: list[Member] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    """A channel on each shard, by its number."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment that all processes share."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LIMNER_", "DISCORD_"))
        }
        said = self.providers
        return {
            **kept,
            "DATABASE_URL": self.database_url,
            "DISCORD_TOKEN": self.discord["token"],
            "DISCORD_API_URL": self.discord["api"],
            "DISCORD_GATEWAY_URL": self.discord["gateway"],
            "LIMNER_DATA": str(self.folder / "data"),
            "LIMNER_PORT": str(self.port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LIMNER_MASTER_KEY": self.keys["LIMNER_MASTER_KEY"],
            "FAL_QUEUE_URL": said["fal"]["queue"],
            "FAL_REST_URL": said["fal"]["rest"],
            "BFL_URL": said["bfl"]["url"],
            "MODELSLAB_URL": said["modelslab"]["url"],
            "OPENAI_URL": said["openai"]["url"],
            **{name: said[provider]["key"] for provider, name in _KEYS.items()},
            "LIMNER_DAILY_CAP_USD": "1000",
            "LIMNER_USER_DAILY_CAP_USD": "1000",
            **self.settings,
        }

    async def start(self, name: str, *arguments: str, **settings: str) -> Member:
        """Start `bot.py` with these arguments; `name` is its log's."""
        log_file = self.folder / f"{name}.log"
        with log_file.open("ab") as log:
            log_from = log.tell()
            process = await asyncio.create_subprocess_exec(
                sys.executable, *self.program, *arguments,
                cwd=ROOT, env=self.environment | settings, stdout=log, stderr=log,
            )  # fmt: skip
        member = Member(name, log_file, log_from, process)
        self.members.append(member)
        return member

    async def start_ready(self, name: str, *arguments: str, **settings: str) -> Member:
        """Start one and wait until it is ready."""
        member = await self.start(name, *arguments, **settings)
        await member.until_logged("ready in")
        return member

    async def sql(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query of the service's database."""
        connection = await asyncpg.connect(self.database_url.replace("+asyncpg", ""))
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def until_sql(self, query: str, *values: object) -> None:
        """Wait until the first value of a query is true."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while not (await self.sql(query, *values))[0][0]:
                await asyncio.sleep(0.05)

    async def control(self, path: str, body: Json | None = None) -> Json:
        """Call the stand-ins' control interface."""
        url = f"{self.providers['control']}/{path}"
        method = "GET" if body is None else "POST"
        async with self.hands.session.request(method, url, json=body) as response:
            answer: Json = await response.json()
            assert response.status < 300, answer
            return answer

    async def paid(self) -> list[Json]:
        """Return the calls that the image services charged for."""
        return [call for call in (await self.control("calls"))["calls"] if call["paid"]]

    async def make_channels(self) -> None:
        """Make guilds until each shard has one, each with a channel and ada in it."""
        by_shard: dict[int, str] = {}
        number = 0
        while len(by_shard) < SHARDS:
            number += 1
            name = f"guild-{number}"
            state = await self.hands.call("POST", "world", {"guilds": [name]})
            guild_id = next(one["id"] for one in state["guilds"] if one["name"] == name)
            shard = (int(guild_id) >> 22) % SHARDS
            if shard not in by_shard:
                by_shard[shard] = name
                await self.hands.call(
                    "POST",
                    "world",
                    {
                        "channels": [{"name": f"room-{shard}", "guild": name}],
                        "members": [{"user": "ada", "guild": name}],
                    },
                )
        state = await self.hands.call("GET", "state")
        self.channels = [f"room-{shard}" for shard in range(SHARDS)]
        self.settings["LIMNER_KEY_SERVERS"] = ",".join(one["id"] for one in state["guilds"])

    async def end_all(self) -> None:
        """End every process that still runs."""
        for member in self.members:
            if member.process.returncode is None:
                with suppress(ProcessLookupError):
                    member.process.send_signal(Signals.SIGCONT)
                    member.process.send_signal(Signals.SIGTERM)
        for member in self.members:
            async with asyncio.timeout(HANGS_AFTER_S):
                await member.process.wait()


async def _spawn(module: str, *arguments: str) -> tuple[asyncio.subprocess.Process, Json]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(HANGS_AFTER_S):
        line = await process.stdout.readline()
    said: Json = json.loads(line)
    return process, said


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(SIGTERM)
    await process.wait()


@asynccontextmanager
async def topology(folder: Path, database_url: str, *discord: str) -> AsyncIterator[Topology]:
    """Start the outside services, give the topology, end everything, and look at all that was said."""
    (folder / "data").mkdir()
    world = folder / "data" / "playground"
    local, said = await _spawn("playground.discord", "--port", "0", "--data", str(world), *discord)
    painters, painted = await _spawn("playground.providers", "--port", "0", "--pace", "0")
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=150)) as session:
            hands = Play(said["base"], said["key"], session)
            made = Topology(folder, database_url, said, painted, hands, free_port())
            await made.make_channels()
            try:
                yield made
            finally:
                await made.end_all()
    finally:
        await _stop(painters)
        await _stop(local)
    check_transcript(world, sends_only_good=True)
    check_nothing_leaked(folder, _secrets_of(made.keys, painted))


def _secrets_of(keys: Mapping[str, str], painted: Json) -> dict[str, str]:
    stand_ins = {name: each["key"] for name, each in painted.items() if isinstance(each, dict)}
    return {"LIMNER_MASTER_KEY": keys["LIMNER_MASTER_KEY"], **stand_ins}
