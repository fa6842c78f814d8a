"""Lets many waiters sleep on keys and wakes exactly those whose key changed."""

import asyncio
from collections import defaultdict


class Bell:
    """One sleeping place a key; ringing wakes everybody there once."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[None]]] = defaultdict(list)

    def ring(self, *keys: str) -> None:
        """Wake whoever waits on one of the keys."""
        for key in keys:
            for future in self._waiting.pop(key, ()):
                if not future.done():
                    future.set_result(None)

    async def wait(self, key: str, timeout_s: float) -> bool:
        """Sleep until the key is rung; False when the time is over."""
        if timeout_s <= 0:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(future)
        try:
            await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            return False
        finally:
            self._forget(key, future)
        return True

    def _forget(self, key: str, future: asyncio.Future[None]) -> None:
        sleepers = self._waiting.get(key)
        if sleepers and future in sleepers:
            sleepers.remove(future)
        if not sleepers:
            self._waiting.pop(key, None)
