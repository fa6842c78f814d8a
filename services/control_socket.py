"""The control socket of a running bot: a unix socket beside the database, for whoever may read the data folder.

One JSON object a line, both ways:

    {"version": 1, "verb": "jobs.list", "arguments": {"limit": 20}}
    {"version": 1, "answer": [...]}                                 or
    {"version": 1, "code": "no_such_job", "error": "There is no job 7."}

So the verbs of `bot.py` work beside a running bot, and a SQLite file keeps its one owner. Whoever listens here holds
that file's lock, and may therefore replace a socket that an earlier start left.
"""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from services.errors import StartError
from services.models import JsonValue
from services.operator_verbs import Desk, perform

log = logging.getLogger(__name__)

VERSION: Final = 1
LONGEST_PATH: Final = 100
"""Bytes of a socket's path. Source: unix(7), sun_path: 108 with its end on Linux, 104 on macOS."""
LONGEST_LINE: Final = 64 * 1024
IDLE_S: Final = 60.0
_BACKLOG: Final = 8


def socket_of(database_file: Path) -> Path:
    """Return where the control socket of a database lies: beside it."""
    return database_file.with_name(f"{database_file.name}.sock")


def is_too_long(path: Path) -> bool:
    """Return whether the system takes no socket of this path."""
    return len(str(path).encode()) > LONGEST_PATH


async def answer(desk: Desk, line: bytes) -> dict[str, JsonValue]:
    """Return the answer to one line."""
    try:
        asked = json.loads(line)
        verb, arguments = str(asked["verb"]), asked.get("arguments", {})
        if asked["version"] != VERSION or not isinstance(arguments, dict):
            raise StartError(
                "bad_version", "The running bot is of another version than this one: restart it."
            )
        return {"version": VERSION, "answer": await perform(desk, verb, arguments)}
    except StartError as error:
        return {"version": VERSION, "code": error.code, "error": str(error)}
    except (ValueError, KeyError, TypeError):
        return {"version": VERSION, "code": "bad_line", "error": "Expected one JSON object a line."}
    except Exception:
        log.exception("a verb of the control socket failed")
        return {"version": VERSION, "code": "bug", "error": "The bot failed at this; the log has the reason."}


async def _serve(desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the lines of one connection, one after the other."""
    try:
        while True:
            async with asyncio.timeout(IDLE_S):
                line = await reader.readline()
            if not line:
                return
            writer.write(json.dumps(await answer(desk, line)).encode() + b"\n")
            await writer.drain()
    except (TimeoutError, ValueError, OSError):
        return  # idle, a line without end, or gone
    finally:
        writer.close()


def _listen(path: Path) -> socket.socket:
    """Return a listening socket that its owner alone may speak to; one of an earlier start is replaced."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(unfinished))
        unfinished.chmod(0o600)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        # Under its name nobody ever finds one that everybody may speak to, or that nobody listens at yet.
        unfinished.replace(path)
    except BaseException:
        listener.close()
        unfinished.unlink(missing_ok=True)
        raise
    return listener


class _Door:
    """The connections of a socket that listens. After `close` one that still comes is hung up on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._is_open = True
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a new connection."""
        if not self._is_open:
            writer.close()
            return
        task = asyncio.create_task(_serve(self._desk, reader, writer), name="control")
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def close(self) -> None:
        """Hang up on everybody."""
        self._is_open = False
        tasks = tuple(self._connections)
        for task, writer in tuple(self._connections.items()):
            task.cancel()
            writer.close()  # a task that had not begun closes nothing itself
        if tasks:
            await asyncio.wait(tasks)


@asynccontextmanager
async def control_socket(desk: Desk) -> AsyncIterator[Path | None]:
    """Listen while the block runs; gives the socket's path, None where there is none.

    On PostgreSQL there is none: the verbs work on the database. Where the system allows no socket the bot runs without.
    """
    witness = desk.context.database.witness
    path = None if witness is None else socket_of(witness.file)
    listener = None if path is None else _try_to_listen(path)
    if path is None or listener is None:
        yield None
        return
    door = _Door(desk)
    server = await asyncio.start_unix_server(door.accept, sock=listener, limit=LONGEST_LINE)
    try:
        yield path
    finally:
        server.close()
        await door.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _try_to_listen(path: Path) -> socket.socket | None:
    """Return a listening socket, None where the system allows none there, which the log says."""
    try:
        if is_too_long(path):
            raise OSError(0, "its path is too long")
        return _listen(path)
    except OSError as error:
        log.warning("no control socket at %s (%s): the verbs work while the bot is stopped", path, error)
        return None
