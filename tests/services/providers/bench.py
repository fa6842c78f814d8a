"""What a provider brings along to be held to the contract.

A member says how to open itself, how to bring about each situation on the other side, and which situations it can be
in at all.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

from services.providers.base import Finished, Handle, PaintOrder, Provider


class Situation(StrEnum):
    """What happens on the other side."""

    SUCCESS = "success"
    DETERMINISM = "determinism"
    SLOW = "slow"
    BUSY = "busy"
    BROKEN_THEN_FINE = "broken then fine"
    UNREACHABLE = "unreachable"
    REFUSED_KEY = "refused key"
    REJECTED = "rejected"
    GARBAGE = "garbage"
    CANCELED = "canceled"
    LATE_CANCEL = "late cancel"
    UNKNOWN = "unknown"
    FAILED_RUN = "failed run"
    WITHHELD = "withheld"
    STATUS_BROKEN_THEN_FINE = "status broken then fine"
    LOST = "lost"
    WEBHOOK = "webhook"
    FORGED_WEBHOOK = "forged webhook"


@dataclass(frozen=True, slots=True)
class Bench:
    """One opened member.

    `arrange` brings a situation about; `fetch` returns the bytes of a finished picture, wherever they are; `call_back`
    returns body and headers of the vendor's webhook for an order; `paid` counts the orders that were charged.
    """

    provider: Provider
    order: PaintOrder
    arrange: Callable[[Situation], None]
    fetch: Callable[[Finished], Awaitable[bytes]]
    call_back: Callable[[Handle], tuple[bytes, Mapping[str, str]]]
    paid: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Member:
    """A provider that keeps the contract, and the situations that it can be in."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Bench]]
    can: frozenset[Situation]
