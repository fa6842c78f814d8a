"""Ask the running bot, or do it here: the operator's verbs work either way and give the same answers.

Beside a bot on SQLite they speak to its control socket, because that bot owns the file. Without one, and always on
PostgreSQL, they open the database themselves.
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, Final

from cli.knocking import knock
from cli.serving import register_secrets
from db.dialects.place import Place, find_place
from db.migrations import schema_is_current
from services.control_socket import VERSION, socket_of
from services.errors import StartError
from services.logs import set_up_logging
from services.models import JsonValue
from services.operator_verbs import Arguments, Desk, perform
from services.settings import Settings, load_settings

CONNECT_WITHIN_S: Final = 5.0
ANSWER_WITHIN_S: Final = 120.0
BACKUP_WITHIN_S: Final = 3600.0


def _silent(path: Path, why: str) -> StartError:
    return StartError(
        "control_silent",
        f"The running bot does not answer on {path} ({why}). It may be starting or ending: try again. If it stays so, "
        "look at its log, or stop it; the verb then works by itself.",
    )


def _connect(database_file: Path) -> socket.socket | None:
    """Return a connection to the running bot, None where nobody listens."""
    path = socket_of(database_file)
    try:
        return knock(database_file, CONNECT_WITHIN_S)
    except PermissionError as error:
        message = f"{path} belongs to another user: run this as the user that the bot runs as."
        raise StartError("control_refused", message) from error
    except OSError as error:
        raise _silent(path, str(error) or "no connection") from error


def _talk(connection: socket.socket, path: Path, asked: bytes, within_s: float) -> bytes:
    connection.settimeout(within_s)
    try:
        connection.sendall(asked)
        with connection.makefile("rb") as answers:
            line = answers.readline()
    except TimeoutError as error:
        raise _silent(path, f"nothing came in {within_s:.0f} s") from error
    except OSError as error:
        raise _silent(path, str(error)) from error
    if not line.endswith(b"\n"):
        raise _silent(path, "it ended while it was asked")
    return line


def ask_running(
    database_file: Path, verb: str, arguments: Arguments, *, within_s: float = ANSWER_WITHIN_S
) -> tuple[JsonValue] | None:
    """Return the running bot's answer, in a tuple of one; None where no bot listens.

    Raises StartError with what the bot refused, or where it does not answer.
    """
    connection = _connect(database_file)
    if connection is None:
        return None
    asked = {"version": VERSION, "verb": verb, "arguments": dict(arguments)}
    with closing(connection):
        line = _talk(connection, socket_of(database_file), json.dumps(asked).encode() + b"\n", within_s)
    said: dict[str, JsonValue] = json.loads(line)
    if "error" in said:
        raise StartError(str(said.get("code")), str(said["error"]))
    return (said["answer"],)


def check_there_is_one(settings: Settings) -> Place:
    """Return where the database lies. Raises StartError("no_database") where its file does not exist yet."""
    place = find_place(settings.resolved_database_url, settings.data_folder)
    if place.file is not None and not place.file.exists():
        raise StartError("no_database", f"There is no database at {place.file} yet: start Limner once.")
    return place


def prepare_desk(settings: Settings) -> None:
    """Make ready to work on the database here: with a log that masks every secret.

    Raises StartError where there is no database to work on, or where another process owns it and is silent.
    """
    set_up_logging("WARNING", settings.log_format)
    register_secrets(settings)
    place = check_there_is_one(settings)
    try:
        is_current = schema_is_current(settings.resolved_database_url, data_folder=settings.data_folder)
    except StartError as error:
        if error.code != "database_in_use" or place.file is None:
            raise
        raise _silent(socket_of(place.file), f"process {error.fields.get('pid') or 'unknown'}") from error
    if not is_current:
        raise StartError("schema_not_current", "The database has another schema: run bot.py migrate first.")


async def with_desk(settings: Settings, work: Callable[[Desk], Coroutine[Any, Any, JsonValue]]) -> JsonValue:
    """Return what `work` gives over the service's parts, opened here for as long as it runs.

    The caller has called `prepare_desk`.
    """
    from bot import open_context  # noqa: PLC0415 - bot.py is what runs this module

    async with AsyncExitStack() as stack:
        return await work(Desk(await open_context(settings, stack), settings))


def ask(verb: str, arguments: Arguments, *, within_s: float = ANSWER_WITHIN_S) -> JsonValue:
    """Return a verb's answer, from the running bot or from a service opened here. Raises StartError."""
    settings = load_settings()
    place = find_place(settings.resolved_database_url, settings.data_folder)
    if place.file is not None:
        answered = ask_running(place.file, verb, arguments, within_s=within_s)
        if answered is not None:
            return answered[0]
    prepare_desk(settings)
    return asyncio.run(with_desk(settings, lambda desk: perform(desk, verb, arguments)))


def carry_out(
    arguments: argparse.Namespace, verbs: Mapping[str, Callable[[argparse.Namespace], None]]
) -> int:
    """Carry out the one of `verbs` that `arguments.verb` names; return 0, or 2 with the reason on stderr."""
    try:
        verbs[arguments.verb](arguments)
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
