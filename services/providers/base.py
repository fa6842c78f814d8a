"""The contract of an image provider: four calls over plain values.

    submit         hand in one picture's order            -> Waiting(handle) or Finished(...)
    poll           ask after a handle                     -> Running(...), Finished(...) or Failed(error)
    cancel         ask to stop                            -> CancelAnswer
    parse_webhook  read a call that the provider made     -> WebhookNotice

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
from services.models import NO_PARAMETERS, Face, JsonValue, Parameters


@dataclass(frozen=True, slots=True)
class PaintOrder:
    """One picture to make. `parameters` are already fitted to the model by the catalogue.

    `features` are for painters that draw from them; `webhook_url` is the address to call back, None without a public
    address; `deadline_s` is how long the provider may keep it in its line.
    """

    model: str
    endpoint: str
    prompt: str
    image_seed: int | None
    parameters: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    features: Face = ()
    webhook_url: str | None = None
    deadline_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Handle:
    """What brings a submitted order back: the provider's id and the addresses that its answer gave."""

    remote_id: str
    addresses: Mapping[str, str]
    model: str = ""

    def to_json(self) -> dict[str, JsonValue]:
        """Return the stored form."""
        return {"remote_id": self.remote_id, "addresses": dict(self.addresses), "model": self.model}

    @classmethod
    def from_json(cls, value: Mapping[str, JsonValue]) -> "Handle":
        """Read the stored form."""
        addresses = value.get("addresses")
        pairs = addresses.items() if isinstance(addresses, dict) else ()
        return cls(str(value["remote_id"]), {k: str(v) for k, v in pairs}, str(value.get("model", "")))


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture: its bytes, or the address to fetch them from (exactly one of the two)."""

    data: bytes | None = None
    url: str | None = None


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
    poll_after_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture exists: what it cost where the vendor says so, the seed used, and notes in words for the reply."""

    picture: Picture
    seed: int | None = None
    cost_micro_usd: int | None = None
    notes: tuple[str, ...] = ()


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


class Provider(Protocol):
    """One image service. Session, key and settings are handed to the constructor."""

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
