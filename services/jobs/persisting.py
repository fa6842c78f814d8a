"""Writes that must not be given up: what they keep is known here and nowhere else, and may have cost money."""

import asyncio
import logging
from collections.abc import Callable
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
    while True:
        try:
            return await database.write(function, *args, **kwargs)
        except ConflictError:
            raise
        except StorageError as error:
            log.warning("%s is written again in %.0f s: %s", function.__name__, AGAIN_AFTER_S, error)
            await asyncio.sleep(AGAIN_AFTER_S)
