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
