"""A wake-up between tasks: rung when there is work, waited for with a poll as the safety net.

A bell may also be told to other processes (`services/wakeups.py`): `ring` reaches everybody then, `hear` only this one.
"""

import asyncio
from collections.abc import Callable


class Bell:
    """Rung by whoever makes work, waited for by whoever does it. Rings that nobody waits for are kept, as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._tell: Callable[[], None] | None = None

    def ring(self) -> None:
        """Wake the waiting task, or the next one that waits; also in other processes where it is told to them."""
        self._rung.set()
        if self._tell is not None:
            self._tell()

    def hear(self) -> None:
        """Wake the waiting task of this process: another process has rung."""
        self._rung.set()

    def tell_others(self, tell: Callable[[], None] | None) -> None:
        """Call `tell` at every ring from now on; None ends that."""
        self._tell = tell

    async def wait(self, timeout_s: float) -> bool:
        """Return True once the bell was rung since the last wait, False after `timeout_s` of silence."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class LineBell(Bell):
    """The bell of the line of jobs, which room for one more at a provider rings only where somebody may wait for it.

    With a line that is short all the time, every picture would else have its worker look at an empty line once more.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rings = 0
        self._empty_at: int | None = None

    @property
    def rings(self) -> int:
        """Return how often somebody may have come into the line so far, as `note_empty` takes it."""
        return self._rings

    def ring(self) -> None:
        """Say that somebody may have come into the line, here and to other processes."""
        self._rings += 1
        super().ring()

    def hear(self) -> None:
        """Take it from another process that somebody may have come into the line."""
        self._rings += 1
        super().hear()

    def note_empty(self, rings: int) -> None:
        """Note that a look at the line, begun when `rings` was as many, took the last one out of it.

        A ring from before that look has been answered by it.
        """
        self._empty_at = rings
        if rings == self._rings:
            self._rung.clear()

    def note_waiting(self) -> None:
        """Note that a look at the line left somebody standing in it, whoever has told of them or not."""
        self._empty_at = None

    def ring_for_room(self) -> None:
        """Say that there is room for one more, unless nobody has come since the line was last seen empty."""
        if self._empty_at != self._rings:
            super().ring()
