"""Pictures in messages that somebody has pointed at, until they have filled in the form about them.

Their addresses are secrets of Discord's that expire: they are in no id and in no database. A process that was
restarted meanwhile says that the form is out of date.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Final

from services.asks import Brought
from services.errors import UserError

LIVES_S: Final = 900.0
"""As long as Discord takes a form's answer: the interaction's token. Source: Discord, "Receiving and Responding"."""
_MOST: Final = 1_000


class PendingPictures:
    """What people of this process have pointed at. `now_s` only goes forward."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._numbers = itertools.count(1)
        self._kept: dict[int, tuple[int, float, tuple[Brought, ...]]] = {}

    def keep(self, user_id: int, brought: Sequence[Brought]) -> int:
        """Keep the pictures that somebody points at and return the number that the form's id carries."""
        now_s = self._now_s()
        for number in [each for each, kept in self._kept.items() if now_s - kept[1] > LIVES_S]:
            del self._kept[number]
        while len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        number = next(self._numbers)
        self._kept[number] = (user_id, now_s, tuple(brought))
        return number

    def find(self, user_id: int, number: int) -> tuple[Brought, ...]:
        """Return what a person pointed at. Raises UserError("out_of_date") where it is not known (any more)."""
        owner, kept_s, brought = self._kept.get(number, (0, 0.0, ()))
        if owner != user_id or self._now_s() - kept_s > LIVES_S:
            raise UserError("out_of_date", f"no pictures under {number}")
        return brought
