"""Writes that must not be given up: what they keep is known here and nowhere else, and may have cost money."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from db.engine import ConflictError, Connection, Database
from services.errors import StorageError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

AGAIN_AFTER_S: Final = 1.0


async def persist(
    database: Database,
    function: Callable[Concatenate[Connection, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Return `function(connection, ...)` of a committed transaction, tried until the database takes it.

    Every move is conditional, so that one whose COMMIT was lost changes nothing when it is made again. Ends only with
    success, with the process, or with ConflictError: a rule of the schema refuses it for ever.
    """
    return await _until_it_is_kept(function.__name__, lambda: database.write(function, *args, **kwargs))


async def persist_move(
    database: Database,
    function: Callable[Concatenate[Connection, P], T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Return the same of `Database.move`."""
    return await _until_it_is_kept(function.__name__, lambda: database.move(function, *args, **kwargs))


async def _until_it_is_kept(name: str, keep: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await keep()
        except ConflictError:
            raise
        except StorageError as error:
            log.warning("%s is written again in %.0f s: %s", name, AGAIN_AFTER_S, error)
            await asyncio.sleep(AGAIN_AFTER_S)
