"""How each provider and model stands right now: paused by the operator, unreachable, gone, or fine.

A worker's own calls decide for itself, at once. What they show is told to the other processes of the database, of which
many never call a provider: they go by it, as the worker does, when they take something on and say why it waits.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from db.engine import Connection, Database
from db.jobs import findings
from db.jobs.findings import Finding, HeardFinding, Word
from db.upkeep import pauses
from services.circuit import Call, Circuit
from services.errors import ProviderError, StorageError
from services.offers import Trouble
from services.others_findings import GONE_FOR_S, OthersFindings, Outage
from services.providers.catalog import Model

__all__ = ["GONE_FOR_S", "Standing", "is_failure_of_service", "load_standing"]

log = logging.getLogger(__name__)

FAILURES_OF_THE_SERVICE: Final = frozenset(
    {
        "provider_broken",
        "provider_failed_inside",
        "provider_timed_out",
        "provider_unknown",
        "provider_unreachable",
    }
)
"""Codes that say that a provider does not work. Every other answer shows that it does: a refusal of a picture, of a
key, of a model, and also that it is busy, which has its own waiting time."""

TELL_EVERY_S: Final = 60.0
"""How often the other processes are told that a provider answers this one."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding of this process by its own clock; without `since_s` it says only that it is so now."""

    name: str
    word: Word
    since_s: float | None = None
    until_s: float | None = None

    def to_row(self, now_s: float) -> Finding:
        age_s = 0.0 if self.since_s is None else now_s - self.since_s
        left_s = 0.0 if self.until_s is None else self.until_s - now_s
        return Finding(self.name, self.word, int(age_s * 1000), int(left_s * 1000))


def is_failure_of_service(error: Exception | None) -> bool:
    """Return whether a call ended so that its provider does not seem to work."""
    return isinstance(error, ProviderError) and error.code in FAILURES_OF_THE_SERVICE


def _read(conn: Connection, worker_id: str) -> tuple[dict[str, str], list[HeardFinding]]:
    return pauses.list_pauses(conn), findings.list_findings(conn, worker_id)


class Standing:
    """What keeps models from painting for everybody, as this process knows it.

    `pauses` maps a provider's or a model's id to a sentence; they stand in the database. What calls have shown goes
    with the process that made them: after a start everything counts as fine, but for what other workers find.
    `now_s` is a clock that only goes forward.
    """

    def __init__(
        self, pauses: Mapping[str, str] | None = None, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.pauses: Mapping[str, str] = dict(pauses or {})
        self.worker_id = ""
        """As which worker this process tells what it finds; "" for one that has nobody to tell."""
        self._now_s = now_s
        self._circuits: dict[str, Circuit] = {}
        self._succeeded_s: dict[str, float] = {}
        self._took_order_s: dict[str, float] = {}
        self._gone_until_s: dict[str, float] = {}
        self._told_s: dict[str, float] = {}
        self._reached_elsewhere: dict[str, float] = {}
        self._others = OthersFindings()
        self._said: frozenset[_Found] = frozenset()

    async def reload(self, database: Database) -> None:
        """Read the pauses and what other workers find again: after a change, and regularly."""
        if database.dialect == "sqlite":
            self.pauses = await database.read(pauses.list_pauses)
            return
        self.pauses, heard = await database.read(_read, self.worker_id)
        self._others.hear(heard, self._now_s())

    async def tell(self, database: Database) -> bool:
        """Write down what this process finds, where that has changed; return whether it had.

        What cannot be written is written with the next call.
        """
        if not self.has_news():
            return False
        found, now_s = self._find(), self._now_s()
        rows = [each.to_row(now_s) for each in sorted(found, key=lambda each: each.name)]
        try:
            await database.write(findings.put_findings, self.worker_id, rows)
        except StorageError as error:
            log.info("not told how providers stand: %s", error)
            return False
        self._said = found
        return True

    def forget_told(self) -> None:
        """Note that the others know nothing of this process: what it finds is news again."""
        self._said = frozenset()

    def has_news(self) -> bool:
        """Return whether the others are to be told something."""
        return self.worker_id != "" and self._find() != self._said

    def trouble_of(self, model: Model) -> Trouble | None:
        """Return why `model` cannot paint for anybody right now, None where it can.

        A provider that is down gives none while a trial is due: whoever asks next is the trial.
        """
        paused = self.pause_of(model)
        if paused is not None:
            return paused
        now_s = self._now_s()
        if self._gone_until_s.get(model.id, 0.0) > now_s or self._others.is_gone(model.id, now_s):
            return Trouble("model_gone", {"model": model.title})
        outage = self._outage_of(model.provider)
        if outage is not None and outage.is_blocked(now_s):
            return Trouble("provider_down", {"model": model.title})
        return None

    def pause_of(self, model: Model) -> Trouble | None:
        """Return the operator's pause of `model` or of its provider, None where there is none."""
        sentence = self.pauses.get(model.id) or self.pauses.get(model.provider)
        return (
            None
            if sentence is None
            else Trouble("model_paused", {"model": model.title, "sentence": sentence})
        )

    def record(self, provider: str, call: Call, error: Exception | None = None) -> None:
        """Note how a call ended: an answer of any kind, or a failure of the service itself."""
        circuit = self._circuit(provider)
        if is_failure_of_service(error):
            circuit.fail(self._now_s(), call)
        elif error is None or isinstance(error, ProviderError):
            circuit.succeed(call)
            self._succeeded_s[provider] = self._now_s()
            if call is Call.SUBMIT:
                self._took_order_s[provider] = self._now_s()

    def mark_gone(self, model_id: str) -> None:
        """Note that the provider does not know a model (any more), for half an hour at least.

        An end that is more than half away stays: a line of such orders is not news for everybody again and again.
        """
        now_s = self._now_s()
        if self._gone_until_s.get(model_id, now_s) - now_s <= GONE_FOR_S / 2:
            self._gone_until_s[model_id] = now_s + GONE_FOR_S

    def sendable(self, caps: Mapping[str, int]) -> dict[str, int]:
        """Return those of `caps` whose providers this process may send something to now.

        Whatever others find: one that reaches nobody must not keep this one from painting.
        """
        now_s = self._now_s()
        return {name: cap for name, cap in caps.items() if not self._circuit(name).is_blocked(now_s)}

    def begin_submit(self, provider: str, attempt_id: int) -> None:
        """Note that an order is about to be sent; where the provider is down, it is the one trial."""
        self._circuit(provider).begin(self._now_s(), attempt_id)

    def forgo_submit(self, provider: str, attempt_id: int) -> None:
        """Note that an order was not sent after all: where it was the trial, the next one may be it."""
        self._circuit(provider).forgo(attempt_id)

    def is_down(self, provider: str) -> bool:
        """Return whether a provider is taken for down."""
        return self._outage_of(provider) is not None

    def down_for_s(self, provider: str) -> float:
        """Return for how many seconds a provider has been taken for down, 0 where it is not."""
        outage = self._outage_of(provider)
        return 0.0 if outage is None else self._now_s() - outage.since_s

    def trial_in_s(self, provider: str) -> float:
        """Return in how many seconds something may be sent to a provider, 0 for now."""
        outage = self._outage_of(provider)
        return 0.0 if outage is None else max(outage.trial_s - self._now_s(), 0.0)

    def is_down_here(self, provider: str) -> bool:
        """Return whether this process's own calls show that a provider is down."""
        return self._circuit(provider).is_open

    def down_here_for_s(self, provider: str) -> float:
        """Return for how many seconds this process's own calls have shown a provider to be down, else 0."""
        since_s = self._circuit(provider).open_since_s
        return 0.0 if since_s is None else self._now_s() - since_s

    def answered_ago_s(self, provider: str) -> float | None:
        """Return how many seconds ago a provider last answered this process, None where it was not asked yet."""
        at_s = self._succeeded_s.get(provider)
        return None if at_s is None else self._now_s() - at_s

    def answers_to_tell(self) -> dict[str, float]:
        """Return how many seconds ago providers answered of which the others are to be told; each once in a minute."""
        now_s = self._now_s()
        due = {
            name: now_s - at_s
            for name, at_s in self._succeeded_s.items()
            if at_s > (told_s := self._told_s.get(name, -TELL_EVERY_S)) and now_s - told_s >= TELL_EVERY_S
        }
        self._told_s.update(dict.fromkeys(due, now_s))
        return due

    def mark_reached_elsewhere(self, provider: str) -> bool:
        """Note that a provider that is down for this process answers another one; True the first time while it is."""
        since_s = self._circuit(provider).open_since_s
        if since_s is None or self._reached_elsewhere.get(provider) == since_s:
            return False
        self._reached_elsewhere[provider] = since_s
        return True

    def _circuit(self, provider: str) -> Circuit:
        return self._circuits.setdefault(provider, Circuit())

    def _outage_of(self, provider: str) -> Outage | None:
        """Return since when a provider is taken for down: by this process's own calls, else by what others find."""
        circuit = self._circuit(provider)
        if circuit.open_since_s is not None:
            return Outage(circuit.open_since_s, circuit.next_trial_s)
        return self._others.outage_of(provider, self._took_order_s.get(provider))

    def _find(self) -> frozenset[_Found]:
        """Return what this process's own calls have shown and others do not know by themselves."""
        now_s, never_s = self._now_s(), float("-inf")
        down = (
            _Found(name, Word.DOWN, circuit.open_since_s, circuit.next_trial_s)
            for name, circuit in self._circuits.items()
            if circuit.is_open
        )
        answers = (
            _Found(name, Word.ANSWERS)
            for name, since_s in self._others.down_since_s().items()
            if not self.is_down_here(name) and self._took_order_s.get(name, never_s) > since_s
        )
        gone = (
            _Found(name, Word.GONE, until_s - GONE_FOR_S, until_s)
            for name, until_s in self._gone_until_s.items()
            if until_s > now_s
        )
        return frozenset((*down, *answers, *gone))


async def load_standing(database: Database) -> Standing:
    """Return the standing as the database has it now; this process's own circuits begin closed."""
    standing = Standing()
    await standing.reload(database)
    return standing
