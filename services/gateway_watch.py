"""Whether Discord's gateway still answers: the age of each shard's last heartbeat answer, and the end of patience.

A connection can look fine and bring nothing for days. discord.py mends what it notices; what it does not notice shows
only in answers that stay away. After five minutes of that the process ends, so that whatever supervises it starts anew.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

DEAD_AFTER_S: Final = 300.0
LOOK_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class ShardPulse:
    """One shard as it is now: `answered_at` changes with each answer to a heartbeat, None while there was none."""

    shard_id: int
    is_up: bool
    answered_at: float | None


class GatewayWatch:
    """Keeps how long each shard has been silent, from `begin` on. `now_s` is a clock that only goes forward."""

    def __init__(
        self, dead_after_s: float = DEAD_AFTER_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._dead_after_s = dead_after_s
        self._now_s = now_s
        self._began_s: float | None = None
        self._answers: dict[int, float | None] = {}
        self._alive_s: dict[int, float] = {}
        self._is_up: dict[int, bool] = {}

    def begin(self) -> None:
        """Expect answers from now on: the process is about to connect. Before, it may be a standby for long."""
        self._began_s = self._now_s()

    def look(self, pulses: Iterable[ShardPulse]) -> None:
        """Take note of how the shards are. A shard that never answered counts from the beginning."""
        if self._began_s is None:
            return
        for pulse in pulses:
            self._is_up[pulse.shard_id] = pulse.is_up
            known = self._answers.get(pulse.shard_id)
            if pulse.answered_at is not None and pulse.answered_at != known:
                self._answers[pulse.shard_id] = pulse.answered_at
                self._alive_s[pulse.shard_id] = self._now_s()
            self._alive_s.setdefault(pulse.shard_id, self._began_s)

    def ages_s(self) -> Mapping[int, float]:
        """Return since when each shard has been silent, in seconds."""
        now_s = self._now_s()
        return {shard_id: now_s - alive_s for shard_id, alive_s in self._alive_s.items()}

    def silent_s(self) -> float:
        """Return how long the most silent shard has been silent; since the beginning where none was seen."""
        if self._began_s is None:
            return 0.0
        return max(self.ages_s().values(), default=self._now_s() - self._began_s)

    def up(self) -> Mapping[int, bool]:
        """Return whether each shard is connected and ready."""
        return dict(self._is_up)

    @property
    def is_dead(self) -> bool:
        """Return whether a shard has been silent for too long."""
        return self.silent_s() >= self._dead_after_s
