"""What the other workers of this database have found of image services and models, by this process's clock. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from db.jobs.findings import HeardFinding, Word
from services.circuit import TRIAL_EVERY_S

GONE_FOR_S: Final = 3600.0
"""How long a model that its provider did not know is not asked for again."""

LONGEST_S: Final = {Word.DOWN: TRIAL_EVERY_S, Word.ANSWERS: 0.0, Word.GONE: GONE_FOR_S}
"""No finding lasts longer from when it is heard: the clock that it was written by may have been put back since."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider that is taken for down: since when, and when something may be sent to it again."""

    since_s: float
    trial_s: float

    def is_blocked(self, now_s: float) -> bool:
        """Return whether nothing may be sent now, not even as a trial."""
        return now_s < self.trial_s


@dataclass(frozen=True, slots=True)
class _Told:
    """A finding by this process's clock."""

    name: str
    word: Word
    since_s: float
    until_s: float


class OthersFindings:
    """What others have found, as it was read last. Times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, int, int], _Told] = {}

    def hear(self, heard: Collection[HeardFinding], now_s: float) -> None:
        """Take what was read in the place of what was read before.

        What was heard before keeps its times: so a step of the database's clock moves nothing that runs.
        """
        self._told = {each.stamp: self._told.get(each.stamp) or _by_clock(each, now_s) for each in heard}

    def outage_of(self, provider: str, answered_s: float | None) -> Outage | None:
        """Return since when workers find a provider down; None where there is none, or where it answers another one.

        `answered_s` is when it last answered this process, None for never.
        """
        down = list(self._words_of(provider, Word.DOWN))
        if not down or any(self._words_of(provider, Word.ANSWERS)):
            return None
        if answered_s is not None and answered_s > max(each.since_s for each in down):
            return None
        return Outage(min(each.since_s for each in down), min(each.until_s for each in down))

    def down_since_s(self) -> dict[str, float]:
        """Return the providers that any worker finds down, with when the last of them did."""
        down = [each for each in self._told.values() if each.word is Word.DOWN]
        return {each.name: max(one.since_s for one in down if one.name == each.name) for each in down}

    def is_gone(self, model_id: str, now_s: float) -> bool:
        """Return whether a worker was told that a model does not exist (any more)."""
        return any(now_s < each.until_s for each in self._words_of(model_id, Word.GONE))

    def _words_of(self, name: str, word: Word) -> Iterator[_Told]:
        return (each for each in self._told.values() if each.name == name and each.word is word)


def _by_clock(heard: HeardFinding, now_s: float) -> _Told:
    found = heard.finding
    left_s = min(max(found.left_ms / 1000, 0.0), LONGEST_S[found.word])
    return _Told(found.name, found.word, now_s - max(found.age_ms / 1000, 0.0), now_s + left_s)
