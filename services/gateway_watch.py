"""Whether Discord's gateway still answers: the age of each shard's last heartbeat answer, and the end of patience.

A connection can look fine and bring nothing for days. discord.py mends what it notices; what it does not notice shows
only in answers that stay away. After five minutes of that the process ends, so that whatever supervises it starts anew.

A fresh process costs an IDENTIFY for each shard, of which there are 1,000 a day, and it cannot bring Discord back. So a
shard that is not connected counts as silent only from when somebody saw that Discord can be reached (`excuse`), and who
ends once more soon after has waited twice as long (`patience_s`).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

DEAD_AFTER_S: Final = 300.0
LOOK_EVERY_S: Final = 5.0
ASK_AFTER_S: Final = 60.0
"""How long a shard that is not connected is silent before Discord itself is looked at."""
ASK_EVERY_S: Final = 30.0
MOST_DOUBLINGS: Final = 4
"""The longest patience is 80 minutes: some twenty ends in a day."""


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
        self._dead_after_s = self.patience_s = dead_after_s
        self._now_s = now_s
        self._began_s: float | None = None
        self._excused_s: float | None = None
        self._asked_s: float | None = None
        self._answers: dict[int, float | None] = {}
        self._alive_s: dict[int, float] = {}
        self._is_up: dict[int, bool] = {}

    def begin(self, ends_in_a_row: int = 0) -> None:
        """Expect answers from now on: the process is about to connect. Before, it may be a standby for long.

        `ends_in_a_row` is how often such a process has ended lately because of its silence: each doubles the patience.
        """
        self._began_s = self._now_s()
        self.patience_s = self._dead_after_s * 2 ** min(ends_in_a_row, MOST_DOUBLINGS)

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

    def excuse(self) -> None:
        """Note that a new connection could not be had right now: Discord is away, or it is not this process's turn."""
        self._excused_s = self._now_s()

    def is_question_due(self) -> bool:
        """Return whether somebody is to see why a shard is not connected; True begins the time until the next look."""
        now_s = self._now_s()
        after_s = min(ASK_AFTER_S, self._dead_after_s / 2)
        every_s = min(ASK_EVERY_S, self._dead_after_s / 4)
        if self._lost_for_s() < after_s or (self._asked_s is not None and now_s - self._asked_s < every_s):
            return False
        self._asked_s = now_s
        return True

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
        """Return whether a shard has been silent for too long without an excuse; a connected one has none."""
        ages_s = self.ages_s()
        if any(self._is_up[shard_id] and age_s >= self.patience_s for shard_id, age_s in ages_s.items()):
            return True
        lost_s = self._lost_for_s()
        excused_ago_s = lost_s if self._excused_s is None else self._now_s() - self._excused_s
        return self._began_s is not None and min(lost_s, excused_ago_s) >= self.patience_s

    def _lost_for_s(self) -> float:
        """Return how long the most silent of the shards that are not connected has been silent, 0 where all are."""
        if self._began_s is None:
            return 0.0
        ages_s = self.ages_s()
        if not ages_s:
            return self._now_s() - self._began_s
        return max((age_s for shard_id, age_s in ages_s.items() if not self._is_up[shard_id]), default=0.0)
