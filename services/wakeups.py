"""What the processes of one database tell each other: that there is work, and that what they hold in memory changed.

Only a hint goes from process to process; what it is about stands in the database. Bells of the engine are told by
processes that have no engine of their own: one that has works off what it made, and the others look every second.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol

from services.bell import Bell
from services.context import Context
from services.errors import StorageError

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 5.0
"""The safety net: what another process changed is known this late at most, also when nothing was heard of it."""
RELOAD: Final = "reload"


class Line(Protocol):
    """The way to the other processes, see `db/dialects/listening.py`."""

    def tell(self, word: str) -> None:
        """Tell a word to the others."""
        ...

    async def run(self) -> None:
        """Listen and tell until cancelled."""
        ...


OpenLine = Callable[[Callable[[str], None], Callable[[bool], None]], Line]
"""Makes a line of (what is called with each word, what is called with whether the line stands)."""


def bells_of(context: Context) -> Mapping[str, Bell]:
    """Return the bells by the words that stand for them between processes."""
    return {
        "jobs": context.jobs_bell,
        "fetches": context.fetches_bell,
        "polls": context.polls_bell,
        "deliveries": context.deliveries_bell,
        RELOAD: context.reload_bell,
    }


async def look_again(context: Context) -> None:
    """Read again what is held in memory and other processes may have changed: pauses, keys, privacy, settings.

    What this one has found of the image services goes the other way, where that has changed.
    """
    database = context.database
    await context.standing.reload(database)
    if await context.standing.tell(database):
        context.reload_bell.ring()
    await context.accounts.tidy(database)
    await context.privacy.reload(database)
    await context.preferences.look_again(database)


class Wakeups:
    """Keeps one process in touch with the others. Without a line (SQLite) it is alone and only looks again."""

    def __init__(
        self,
        context: Context,
        *,
        has_engine: bool,
        open_line: OpenLine | None,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._context = context
        self._look_again_s = look_again_s
        self._bells = bells_of(context)
        self._line = None if open_line is None else open_line(self._hear, self._on_line)
        self._is_line_up = self._line is None
        self._changes = 0
        self._tasks: list[asyncio.Task[None]] = []
        for word, bell in self._bells.items() if self._line is not None else ():
            if word == RELOAD or not has_engine:
                bell.tell_others(partial(self._line.tell, word) if self._line is not None else None)

    @property
    def is_line_up(self) -> bool:
        """Return whether nothing that others tell is missed."""
        return self._is_line_up

    def start(self) -> None:
        """Listen, and look again whenever that is due."""
        self._tasks.append(asyncio.create_task(self._keep_looking(), name="look again"))
        if self._line is not None:
            self._context.privacy.is_certain = False
            self._tasks.append(asyncio.create_task(self._line.run(), name="listen"))

    async def stop(self) -> None:
        """Hear and tell nothing more."""
        for bell in self._bells.values():
            bell.tell_others(None)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _hear(self, word: str) -> None:
        """Ring a bell that another process has rung; a word that a newer version tells means nothing here."""
        bell = self._bells.get(word)
        if bell is not None:
            bell.hear()

    def _on_line(self, is_up: bool) -> None:
        """Note that the line is up or lost; after a gap everything is looked at, because nobody says what was missed.

        Until that has happened everybody's answers are private: somebody may have asked for it unheard.
        """
        self._is_line_up = is_up
        self._changes += 1
        if not is_up:
            self._context.privacy.is_certain = False
            return
        for bell in self._bells.values():
            bell.hear()

    async def _keep_looking(self) -> None:
        while True:
            await self._context.reload_bell.wait(self._look_again_s)
            changes = self._changes
            try:
                await look_again(self._context)
            except StorageError as error:
                log.warning("cannot look again: %s", error)
            else:
                # Only what was read while the line stood all the time is certain to be the last word.
                self._context.privacy.is_certain = self._is_line_up and self._changes == changes
