"""Whether an outside service answers at all: closed while it does, open while it does not, with a trial now and then.

Pure: every function takes the time, in seconds of any clock that only goes forward.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FAILURES_THAT_OPEN: Final = 5
FAILURES_WITHIN_S: Final = 60.0
TRIAL_EVERY_S: Final = 30.0


class Call(StrEnum):
    """What a provider was called for. A success says nothing about failures of the other kind."""

    SUBMIT = "submit"
    POLL = "poll"


@dataclass(slots=True)
class Circuit:
    """The circuit of one provider: five failures in 60 s open it, what succeeds takes its failures back.

    `open_since_s` is when it opened, None while it is closed. While it is open nothing may be sent but one trial every
    30 s, `next_trial_s`; the failures that opened it do not grow old.
    """

    open_since_s: float | None = None
    next_trial_s: float = 0.0
    _trial: tuple[int, float] | None = None
    """The attempt that is the trial under way, and when it was due."""
    _failures: deque[tuple[float, Call]] = field(default_factory=lambda: deque(maxlen=FAILURES_THAT_OPEN))

    @property
    def is_open(self) -> bool:
        """Return whether the service is taken for down; a trial may be due all the same."""
        return self.open_since_s is not None

    def is_blocked(self, now_s: float) -> bool:
        """Return whether nothing may be sent now, not even as a trial."""
        return self.is_open and now_s < self.next_trial_s

    def wait_s(self, now_s: float) -> float:
        """Return in how many seconds something may be sent, 0 for now."""
        return max(self.next_trial_s - now_s, 0.0) if self.is_open else 0.0

    def begin(self, now_s: float, attempt_id: int) -> None:
        """Note that something is sent: while the circuit is open that is the trial, and the next one comes later."""
        if self.is_open:
            self._trial = (attempt_id, self.next_trial_s)
            self.next_trial_s = now_s + TRIAL_EVERY_S

    def forgo(self, attempt_id: int) -> None:
        """Note that an attempt was not sent after all: where it was the trial, whatever comes next may be it."""
        if self._trial is not None and self._trial[0] == attempt_id:
            self.next_trial_s = self._trial[1]
            self._trial = None

    def fail(self, now_s: float, call: Call) -> None:
        """Note a failure."""
        self._failures.append((now_s, call))
        is_full = len(self._failures) == FAILURES_THAT_OPEN
        if not self.is_open and is_full and now_s - self._failures[0][0] <= FAILURES_WITHIN_S:
            self.open_since_s = now_s
            self._trial, self.next_trial_s = None, now_s + TRIAL_EVERY_S

    def succeed(self, call: Call) -> None:
        """Note a success: failures of this kind are forgotten, and the circuit closes where too few are left."""
        left = [failure for failure in self._failures if failure[1] is not call]
        self._failures.clear()
        self._failures.extend(left)
        if len(left) < FAILURES_THAT_OPEN:
            self.open_since_s = None
