"""Short words between the processes of one PostgreSQL database: LISTEN and NOTIFY on a connection of its own.

A word says that somebody should look into the database, and nothing more: one that is lost costs time only, because
everybody also looks by themselves. It is told after the commit and outside of the transaction: a NOTIFY inside takes a
lock of the whole server at COMMIT, which would let all our writes pass one by one (measured, with eight writers at
once: 392 and 471 commits a second instead of 491 and 625).
*Source:* PostgreSQL's src/backend/commands/async.c, PreCommit_Notify.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg

from db.dialects.apart import ConnectApart

T = TypeVar("T")

log = logging.getLogger(__name__)

CHANNEL: Final = "limner"
PING_S: Final = 10.0
"""How long a connection may be silent before it is asked for a sign of life."""
AGAIN_AT_MOST_S: Final = 5.0
_FIRST_AGAIN_S: Final = 0.1

FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""How a connection can fail. The client's own error comes when the server's last word crosses a statement of ours."""

_TELL: Final = "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS words (word)"


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives; whoever is cancelled meanwhile waits for its end (the driver's 10 s at most).

    To cancel a statement the driver would open a second connection, which nobody waits for.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def cut(connection: Any) -> None:  # noqa: ANN401 - the driver is not typed
    """End a connection at once, without a word to the server, and let the loop close its socket."""
    connection.terminate()
    await asyncio.sleep(0)


class Listener:
    """Tells words to the other processes and hears theirs; connects again by itself, however often.

    `hear` is called with each word of another process, `found` with True whenever nothing is missed from now on, and
    with False when the connection is lost.
    """

    def __init__(
        self, connect: ConnectApart, hear: Callable[[str], None], found: Callable[[bool], None]
    ) -> None:
        self._connect = connect
        self._hear = hear
        self._found = found
        self._told: set[str] = set()
        self._stir = asyncio.Event()
        self._own_pid = 0

    def tell(self, word: str) -> None:
        """Tell a word to all other processes, soon; the same word is told once for as many calls as came meanwhile."""
        self._told.add(word)
        self._stir.set()

    async def run(self) -> None:
        """Listen and tell until cancelled."""
        again_s = _FIRST_AGAIN_S
        while True:
            try:
                connection = await self._connect("listening")
            except FAILURES as error:
                log.warning("cannot listen to other processes: %s", type(error).__name__)
            else:
                if await self._serve(connection):
                    again_s = _FIRST_AGAIN_S
            # Every process loses its connection at the same moment, when the server is started anew.
            await asyncio.sleep(again_s * random.uniform(0.5, 1.0))  # noqa: S311 - only to fall out of step
            again_s = min(again_s * 2, AGAIN_AT_MOST_S)

    async def _serve(self, connection: Any) -> bool:  # noqa: ANN401 - the driver is not typed
        """Listen on a connection until it is lost; return whether it ever listened."""
        is_found = False
        try:
            connection.add_termination_listener(self._on_lost)
            self._own_pid = connection.get_server_pid()
            await connection.add_listener(CHANNEL, self._on_word)
            self._found(True)
            is_found = True
            while not connection.is_closed():
                await self._tell_or_ping(connection)
        except FAILURES as error:
            log.warning("the connection to other processes was lost: %s", type(error).__name__)
        finally:
            if is_found:
                self._found(False)
            await cut(connection)
        return is_found

    async def _tell_or_ping(self, connection: Any) -> None:  # noqa: ANN401 - as above
        with suppress(TimeoutError):
            async with asyncio.timeout(PING_S):
                await self._stir.wait()
        self._stir.clear()
        words = sorted(self._told)
        await to_its_end(connection.execute(_TELL, CHANNEL, words))
        # Only now: what could not be told is told by the next connection.
        self._told.difference_update(words)

    def _on_lost(self, _connection: object) -> None:
        self._stir.set()

    def _on_word(self, _connection: object, pid: int, _channel: str, word: str) -> None:
        if pid != self._own_pid:
            self._hear(word)
