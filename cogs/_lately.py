"""What happened a moment ago, in this process: reactions taken back and given again, and sentences said in channels.

Nothing here has to outlive a restart: a request is accepted once by its origin, whatever is remembered.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final

AGAIN_AFTER_S: Final = 60.0
"""The same reaction of the same person, given again sooner, is the same wish."""

SAID_FOR_S: Final = 600.0
"""Whoever was told why a reaction did nothing is not told again for this long."""

CHANNEL_S: Final = 60.0
MOST_IN_A_CHANNEL: Final = 3
"""So many of these sentences at most are said in a channel within that time, whoever they are for."""

_MOST: Final = 10_000


class Lately:
    """Keys that were noted within a time, at most 10,000 of them. `now_s` only goes forward."""

    def __init__(self, within_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._within_s = within_s
        self._now_s = now_s
        self._noted_s: dict[Hashable, float] = {}

    def is_first(self, key: Hashable) -> bool:
        """Note a key and return True, unless it was noted within the time: then that one counts."""
        now_s = self._now_s()
        if now_s - self._noted_s.get(key, -self._within_s) < self._within_s:
            return False
        # The newest stand last, so that the oldest are the first to go.
        self._noted_s.pop(key, None)
        self._noted_s[key] = now_s
        while len(self._noted_s) > _MOST:
            del self._noted_s[next(iter(self._noted_s))]
        return True

    def forget(self, key: Hashable) -> None:
        """Let a key be first again."""
        self._noted_s.pop(key, None)


class Notices:
    """Says which sentences may be said: one for a person's reaction in a while, and few in a channel."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._told = Lately(SAID_FOR_S, now_s)
        self._now_s = now_s
        self._channels: dict[int, deque[float]] = {}

    def may_say(self, key: Hashable, channel_id: int) -> bool:
        """Note a sentence about `key` in a channel and return True, where it may be said.

        One that the channel has no room for counts as not said: it may be said later.
        """
        if not self._has_room(channel_id) or not self._told.is_first(key):
            return False
        self._channels[channel_id].append(self._now_s())
        return True

    def _has_room(self, channel_id: int) -> bool:
        if len(self._channels) > _MOST:
            self._channels.clear()
        said_s = self._channels.setdefault(channel_id, deque(maxlen=MOST_IN_A_CHANNEL))
        return len(said_s) < MOST_IN_A_CHANNEL or self._now_s() - said_s[0] >= CHANNEL_S
