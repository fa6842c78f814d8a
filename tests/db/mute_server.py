"""A server in front of PostgreSQL whose answers can be held back: whoever asked cannot know what was done."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

_CHUNK_BYTES = 65_536


@dataclass(slots=True)
class MuteServer:
    """Passes on what is asked; from the first question on that holds `mute_at`, that connection hears nothing more.

    `is_for_one`: only the first connection that asks so is left without an answer.
    """

    behind: sa.URL
    mute_at: bytes | None = None
    is_for_one: bool = False
    asked: list[bytes] = field(default_factory=list)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.behind.query.get("host", self.behind.host), self.behind.port or 5432
        if str(host).startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(str(host), port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        answers, questions = await self._open()
        is_mute = asyncio.Event()

        async def ask() -> None:
            while question := await reader.read(_CHUNK_BYTES):
                if self.mute_at is not None and self.mute_at in question:
                    self.asked.append(question)
                    is_mute.set()
                    self.mute_at = None if self.is_for_one else self.mute_at
                questions.write(question)

        async def answer() -> None:
            while words := await answers.read(_CHUNK_BYTES):
                if not is_mute.is_set():
                    writer.write(words)

        with contextlib.suppress(OSError):
            await asyncio.wait(map(asyncio.ensure_future, (ask(), answer())), return_when="FIRST_COMPLETED")
        for each in (questions, writer):
            each.close()


@contextlib.asynccontextmanager
async def mute_server(url: str, folder: Path) -> AsyncIterator[tuple[MuteServer, str]]:
    """Run a server in front of the database at `url`; give it with the address of the same database behind it."""
    behind = sa.make_url(url)
    server = MuteServer(behind)
    listening = await asyncio.start_unix_server(server.serve, folder / ".s.PGSQL.5432")
    try:
        front = behind.set(host=None, port=None, query={"host": str(folder)})
        yield server, front.render_as_string(hide_password=False)
    finally:
        listening.close()
