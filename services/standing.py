"""How each provider and model stands right now: paused by the operator, unreachable, gone, or fine."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from db import pauses
from db.engine import Database
from services.circuit import Call, Circuit
from services.errors import ProviderError
from services.offers import Trouble
from services.providers.catalog import Model

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

GONE_FOR_S: Final = 3600.0
"""How long a model that its provider did not know is not asked for again."""

TELL_EVERY_S: Final = 60.0
"""How often the other processes are told that a provider answers this one."""


class Standing:
    """What keeps models from painting for everybody, as this process knows it.

    `pauses` maps a provider's or a model's id to a sentence; they stand in the database. What calls have shown is kept
    here only: after a start everything counts as fine. `now_s` is a clock that only goes forward.
    """

    def __init__(
        self, pauses: Mapping[str, str] | None = None, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.pauses: Mapping[str, str] = dict(pauses or {})
        self._now_s = now_s
        self._circuits: dict[str, Circuit] = {}
        self._succeeded_s: dict[str, float] = {}
        self._gone_until_s: dict[str, float] = {}
        self._told_s: dict[str, float] = {}
        self._reached_elsewhere: dict[str, float] = {}

    async def reload(self, database: Database) -> None:
        """Read the pauses again: after a change, and regularly, because other processes change them too."""
        self.pauses = await database.read(pauses.list_pauses)

    def trouble_of(self, model: Model) -> Trouble | None:
        """Return why `model` cannot paint for anybody right now, None where it can.

        A provider that is down gives none while a trial is due: whoever asks next is the trial.
        """
        paused = self.pause_of(model)
        if paused is not None:
            return paused
        if self._gone_until_s.get(model.id, 0.0) > self._now_s():
            return Trouble("model_gone", {"model": model.title})
        if self._circuit(model.provider).is_blocked(self._now_s()):
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
        if isinstance(error, ProviderError) and error.code in FAILURES_OF_THE_SERVICE:
            circuit.fail(self._now_s(), call)
        elif error is None or isinstance(error, ProviderError):
            circuit.succeed(call)
            self._succeeded_s[provider] = self._now_s()

    def mark_gone(self, model_id: str) -> None:
        """Note that the provider does not know a model (any more)."""
        self._gone_until_s[model_id] = self._now_s() + GONE_FOR_S

    def sendable(self, caps: Mapping[str, int]) -> dict[str, int]:
        """Return those of `caps` whose providers something may be sent to now."""
        now_s = self._now_s()
        return {name: cap for name, cap in caps.items() if not self._circuit(name).is_blocked(now_s)}

    def begin_submit(self, provider: str) -> None:
        """Note that an order is about to be sent; where the provider is down, it is the one trial."""
        self._circuit(provider).begin(self._now_s())

    def is_down(self, provider: str) -> bool:
        """Return whether a provider is taken for down."""
        return self._circuit(provider).is_open

    def down_for_s(self, provider: str) -> float:
        """Return for how many seconds a provider has been taken for down, 0 where it is not."""
        since_s = self._circuit(provider).open_since_s
        return 0.0 if since_s is None else self._now_s() - since_s

    def trial_in_s(self, provider: str) -> float:
        """Return in how many seconds something may be sent to a provider, 0 for now."""
        return self._circuit(provider).wait_s(self._now_s())

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


async def load_standing(database: Database) -> Standing:
    """Return the standing as the database has it now; the circuits begin closed."""
    standing = Standing()
    await standing.reload(database)
    return standing
