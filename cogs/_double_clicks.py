"""Presses that come again within a moment: a double click is one wish, and is paid for once."""

import time
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 1.0
"""A press this long after the same one of the same person, or earlier, is the same wish. A click takes some 0.2 s."""
_MOST: Final = 1_000

Press = tuple[int, int, str]
"""(who pressed, the message's id, the custom id)"""


class DoubleClicks:
    """The last presses of this process; all presses on one message come to the same one. `now_s` only goes forward."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._pressed_s: dict[Press, float] = {}

    def is_repeated(self, press: Press) -> bool:
        """Note a press; True where the same one came a moment ago, however many came since the first."""
        now_s = self._now_s()
        before_s = self._pressed_s.pop(press, None)
        self._pressed_s[press] = now_s
        if len(self._pressed_s) > _MOST:
            self._pressed_s = {one: at_s for one, at_s in self._pressed_s.items() if now_s - at_s <= WINDOW_S}
        return before_s is not None and now_s - before_s <= WINDOW_S
