"""What is said of each committed move of a job: one line of the log, and the numbers behind `/metrics`."""

import logging
from dataclasses import dataclass
from typing import Final, Protocol

from services.metrics import count, observe
from services.models import JobState

log = logging.getLogger(__name__)


class Told(Protocol):
    """Something that a transaction has done and that is said once it is committed."""

    def tell(self) -> None:
        """Write its line and count it."""
        ...


_AT_PROVIDER: Final = frozenset({JobState.SUBMITTING, JobState.WAITING})
_PICTURE_IS_THERE: Final = frozenset({JobState.FETCHING, JobState.STORED})


@dataclass(frozen=True, slots=True)
class JobMove:
    """A move of one job. `stayed_s` is how long it was in `before`, `running_s` since a worker first took it.

    Both by the database's clock; None where that is not known. `attempt_id` is None where the move has no attempt.
    """

    job_id: int
    request_id: int
    provider: str
    before: JobState
    after: JobState
    stayed_s: float | None = None
    running_s: float | None = None
    attempt_id: int | None = None

    def tell(self) -> None:
        """Write the line of the move and count it."""
        self._measure()
        if not log.isEnabledFor(logging.INFO):
            return
        stayed = "" if self.stayed_s is None else f" after {self.stayed_s:.2f} s"
        # An attempt that is None is left to what the log speaks of anyhow (`services/logs.py`).
        fields = {"request": self.request_id, "job": self.job_id, "attempt": self.attempt_id}
        log.info("job %d: %s -> %s%s", self.job_id, self.before, self.after, stayed, extra=fields)

    def _measure(self) -> None:
        count("limner_job_moves_total", before=self.before, after=self.after, provider=self.provider)
        if self.before is JobState.QUEUED and self.after is JobState.SUBMITTING:
            self._observe("line", self.stayed_s)
        elif self.before in _AT_PROVIDER and self.after in _PICTURE_IS_THERE:
            self._observe("provider", self.running_s)
        elif self.before is JobState.FETCHING and self.after is JobState.STORED:
            self._observe("fetch", self.stayed_s)

    def _observe(self, stage: str, seconds: float | None) -> None:
        if seconds is not None:
            observe("limner_job_seconds", max(seconds, 0.0), stage=stage, provider=self.provider)


@dataclass(frozen=True, slots=True)
class ResultBrought:
    """A result reached its owner: `after_s` since the last picture was there, `whole_s` since it was asked for."""

    request_id: int
    after_s: float
    whole_s: float

    def tell(self) -> None:
        """Write its line and count it."""
        log.info(
            "the result was brought %.2f s after its last picture, %.2f s after it was asked for",
            self.after_s, self.whole_s, extra={"request": self.request_id},
        )  # fmt: skip
        observe("limner_result_seconds", max(self.after_s, 0.0), span="delivery")
        observe("limner_result_seconds", max(self.whole_s, 0.0), span="whole")
