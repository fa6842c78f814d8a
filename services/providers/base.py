"""The contract of an image provider: six calls over plain values.

    submit         hand in one picture's order            -> Waiting(handle) or Finished(...)
    poll           ask after a handle                     -> Running(...), Finished(...) or Failed(error)
    cancel         ask to stop                            -> CancelAnswer
    parse_webhook  read a call that the provider made     -> WebhookNotice
    check_key      ask whether the key is good, for free  -> KeyReport
    may_fetch      tell whether a picture may lie there   -> bool

Each raises the `ProviderError`s of `services/errors.py` and nothing else. What decides about money: `ProviderUnknown`
from `submit` means that the order may have been accepted and is never sent again by itself; every other error from
`submit` proves that nothing was accepted. An error raised by `poll` says nothing about the order, which stays as it
is and is asked after again; an order that ended without a picture is a returned `Failed`.

A provider that makes the picture inside `submit` (the sketch painter, OpenAI) answers `Finished` at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from services.errors import ProviderError
from services.models import NO_PARAMETERS, Face, JsonValue, Parameters, Saying
from services.vendor_text import words_of


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture for the model to look at: the file's bytes, its media type ("image/png") and its size in px."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PaintOrder:
    """One picture to make. `parameters` are already fitted to the model by the catalogue.

    `features` are for painters that draw from them; `references` are the pictures to look at, in the person's order;
    `webhook_url` is the address to call back, None without a public address; `deadline_s` is how long the provider may
    keep it in its line.
    """

    model: str
    endpoint: str
    prompt: str
    image_seed: int | None
    parameters: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    features: Face = ()
    references: tuple[Reference, ...] = ()
    webhook_url: str | None = None
    deadline_s: float = 1800.0

    @property
    def words(self) -> tuple[str, ...]:
        """Return what somebody wrote, which no text about this order repeats (`services/vendor_text.py`)."""
        return words_of(self.prompt, self.parameters)


@dataclass(frozen=True, slots=True)
class Handle:
    """What brings a submitted order back: the provider's id and the addresses that its answer gave.

    `facts` is what else the first answer said and only the provider's own module reads: a price, a seed, a door.
    """

    remote_id: str
    addresses: Mapping[str, str]
    model: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the stored form."""
        return {
            "remote_id": self.remote_id,
            "addresses": dict(self.addresses),
            "model": self.model,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JsonValue]) -> "Handle":
        """Read the stored form."""
        addresses, facts = _texts(value.get("addresses")), _texts(value.get("facts"))
        return cls(str(value["remote_id"]), addresses, str(value.get("model", "")), facts)


def _texts(value: JsonValue) -> dict[str, str]:
    return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture: its bytes, or the address to fetch them from (exactly one of the two).

    `other_urls` are further addresses of the same picture, tried in order where `url` gives none.
    """

    data: bytes | None = field(default=None, repr=False)
    url: str | None = None
    other_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The order was accepted; `poll_after_s` is when the first look makes sense."""

    handle: Handle
    poll_after_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """Still in the works: place in the provider's line (0 = next), done fraction 0..1, last log line; None unknown."""

    place: int | None = None
    fraction: float | None = None
    log_line: str | None = None
    poll_after_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture exists: what it cost where the vendor says so, the seed used, and notes for the reply.

    `handle` is how to ask after a picture that `submit` answered by its address: addresses expire, and only `poll`
    says where it lies then. None where there is no asking, and in answers to `poll`, whose order has one already.
    """

    picture: Picture
    seed: int | None = None
    cost_micro_usd: int | None = None
    notes: tuple[Saying | str, ...] = ()
    handle: Handle | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The order ended without a picture; `error.charged` says whether the provider took money for it."""

    error: ProviderError


class CancelAnswer(StrEnum):
    """What the provider said to a cancel."""

    CANCELED = "canceled"
    TOO_LATE = "too_late"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A verified call from a provider. `result` is None where the call is a hint only, and a poll must follow."""

    remote_id: str
    result: Finished | Failed | None = None
    addresses: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KeyReport:
    """A key that the provider takes; `balance` in words ("$12.40") where it says how much is left."""

    balance: str | None = None


class Provider(Protocol):
    """One image service and one key for it. Session, key and settings are handed to the constructor."""

    name: ClassVar[str]
    """As in the catalogue: "sketch", "fal"."""

    is_repeatable: ClassVar[bool]
    """Whether `submit` may be repeated without paying twice: it is free and gives the same picture again."""

    async def submit(self, order: PaintOrder) -> Waiting | Finished:
        """Hand in an order. Raises ProviderError; ProviderUnknown where it may have been accepted."""
        ...

    async def poll(self, handle: Handle) -> Running | Finished | Failed:
        """Return how far the order is. Raises ProviderError when that cannot be told now."""
        ...

    async def cancel(self, handle: Handle) -> CancelAnswer:
        """Ask the provider to stop; never raises for an order that has ended."""
        ...

    async def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice:
        """Return the notice of a call whose signature fits. Raises ProviderRejected("bad_webhook") otherwise."""
        ...

    async def check_key(self) -> KeyReport:
        """Ask whether the key is good, with a call that costs nothing.

        Raises ProviderRefusedKey where it is not, ProviderBusy or ProviderBroken where that cannot be told now.
        """
        ...

    def may_fetch(self, url: str) -> bool:
        """Tell whether `url` can be where this provider keeps pictures. No key is ever sent there."""
        ...
