"""What the rows of the job engine share: engines in processes of their own over SQLite or PostgreSQL."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import Process, running
from benchmarks.providers_scene import GUILD
from tests.postgresql_wheel import start_server, stop_server

MASTER_KEY: Final = base64.b64encode(secrets.token_bytes(32)).decode()
"""Processes that share a database share it."""
CARRIED_OUT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Engine:
    """The process of an engine, or of what stands beside one."""

    process: Process

    async def do(self, command: str) -> dict[str, Any]:
        """Carry out a command and return its answer."""
        self.process.tell(command)
        return dict(json.loads(await self.process.line_with("{", within_s=CARRIED_OUT_S)))


def _settings(folder: Path, database_url: str | None) -> Mapping[str, str]:
    """Return the settings of an engine without caps that would be in the way; None is a SQLite file of its own."""
    settings = {
        "LIMNER_DATA": str(folder), "FAL_KEY": "nobodys", "LIMNER_KEY_SERVERS": str(GUILD),
        "LIMNER_DAILY_CAP_USD": "100000", "LIMNER_USER_DAILY_CAP_USD": "100000",
        "LIMNER_MASTER_KEY": MASTER_KEY, "PUBLIC_URL": "http://127.0.0.1:9", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    return settings if database_url is None else {**settings, "DATABASE_URL": database_url}


@asynccontextmanager
async def open_engine(
    folder: Path, *options: str, database_url: str | None = None, name: str = "engine"
) -> AsyncIterator[Engine]:
    """Run an engine with its data in `folder`, which may hold those of an earlier one, or of others beside it.

    `name` tells its log from theirs.
    """
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    command, settings = ("-m", "benchmarks.engine_service", *options), _settings(folder, database_url)
    async with running(*command, log=folder.with_suffix(f".{name}.log"), **settings) as process:
        await process.line_with("ready")
        yield Engine(process)


@asynccontextmanager
async def open_bare(folder: Path, database_url: str | None = None) -> AsyncIterator[Engine]:
    """Run what does nothing but commit, beside an engine: in a file of its own, or on the same server."""
    url = database_url or f"sqlite:///{folder / 'bare.db'}"
    async with running("-m", "benchmarks.engine_bare", url, log=folder / "bare.log") as process:
        await process.line_with("ready")
        yield Engine(process)


@asynccontextmanager
async def open_postgresql() -> AsyncIterator[str]:
    """Run a PostgreSQL server from the wheel, with all its guarantees; give the address of its database."""
    server = await asyncio.to_thread(start_server)
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(stop_server, server)
