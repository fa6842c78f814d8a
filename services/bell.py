"""A wake-up between tasks of one process: rung when there is work, waited for with a poll as the safety net."""

import asyncio


class Bell:
    """Rung by whoever makes work, waited for by whoever does it. Rings that nobody waits for are kept, as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiting task, or the next one that waits."""
        self._rung.set()

    async def wait(self, timeout_s: float) -> bool:
        """Return True once the bell was rung since the last wait, False after `timeout_s` of silence."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
