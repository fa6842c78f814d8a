"""discord.py without its patience: it waits up to nine seconds between its five tries."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

LIBRARYS_TRIES: Final = 5


class Hurry:
    """`asyncio` for a module of discord.py's that is to wait for nothing."""

    def __getattr__(self, name: str) -> object:
        """Return everything else as it is."""
        return getattr(asyncio, name)

    def sleep(self, _delay_s: float) -> Coroutine[Any, Any, None]:
        """Let others have a turn."""
        return asyncio.sleep(0)
