"""Which calls of the providers came before, as far as this process remembers.

Only to spare work: what a call does is decided by its transaction, however often it comes.
"""

from typing import Final

REMEMBERED: Final = 1024


class FirstCalls:
    """Remembers the attempts that calls have named, the latest of them only."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._named: dict[int, None] = {}

    def is_first(self, attempt_id: int) -> bool:
        """Return whether no call named this attempt before; from now on one has."""
        if attempt_id in self._named:
            return False
        self._named[attempt_id] = None
        if len(self._named) > self._remembered:
            del self._named[next(iter(self._named))]
        return True
