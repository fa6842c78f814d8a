"""What a provider brings along to be held to the contract.

A member says how to open itself, how to bring about each situation on the other side, and which situations it can be
in at all.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.providers.base import Finished, Handle, PaintOrder, Provider

RETRY_AFTER_S: Final = 2
"""What a busy provider asks for, where it asks in seconds."""
MOST_FETCHED_BYTES: Final = 8 * 1024 * 1024
"""What `Bench.fetch` takes at most: pictures of the contract are smaller, an oversized one need not be 40 MiB."""


class Situation(StrEnum):
    """What happens on the other side. Those about the submit have the order accepted and paid only where they say so.

    A member that has a line brings about SLOW by holding the order back until `Bench.release`.
    """

    SUCCESS = "success"
    DETERMINISM = "determinism"
    SLOW = "slow"
    CANCELED = "canceled"
    LATE_CANCEL = "late cancel"

    BUSY = "busy, seconds"
    """429 with Retry-After: RETRY_AFTER_S."""
    BUSY_DATE = "busy, a date"
    """429 with an HTTP date some 90 s ahead."""
    BUSY_SILENT = "busy, no time named"
    BUSY_FOREVER = "busy, a day"
    """429 with Retry-After: 86400."""
    BUSY_IN_BODY = "busy, seconds in the body"
    """429 with RETRY_AFTER_S under `retry_after` in the body and no header."""

    BROKEN_THEN_FINE = "broken then fine"
    """A 5xx that proves that nothing was accepted."""
    UNREACHABLE = "unreachable"
    REFUSED_KEY = "refused key"
    NO_BALANCE = "no balance"
    MODEL_GONE = "model gone"
    REJECTED = "rejected"
    """Refused at once by moderation, while submitting."""
    BAD_OPTION = "bad option"
    """A value that the vendor does not take, whether that shows while submitting or later."""

    SUBMIT_500 = "submit: accepted, then 500"
    GARBAGE = "submit: accepted, then broken JSON"
    HTML = "submit: accepted, then HTML"
    CUT = "submit: accepted, then cut off"
    OVERSIZE = "submit: accepted, then an endless answer"
    UNKNOWN = "submit: accepted, then never an answer"

    FAILED_RUN = "failed run"
    MODERATED_INPUT = "input moderated"
    """The order ends because of what was asked for: while submitting or later."""
    WITHHELD = "output moderated"
    """The finished picture is withheld, and charged."""
    LOST = "lost"
    STRANGE_STATUS = "status: an unknown word"
    STATUS_BROKEN_THEN_FINE = "status: 500 then fine"
    STATUS_BUSY = "status: 429 then fine"
    STATUS_HTML = "status: HTML then fine"
    STATUS_CUT = "status: cut off then fine"
    STATUS_OVERSIZE = "status: endless then fine"
    STATUS_NEVER = "status: never an answer, then fine"

    EXPIRED_LINK = "picture: link expired"
    PICTURE_CUT = "picture: cut off then fine"
    PICTURE_OVERSIZE = "picture: too large"

    WEBHOOK = "webhook"
    FORGED_WEBHOOK = "forged webhook"


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Bench:
    """One opened member.

    `arrange` brings a situation about, before the order is submitted (that of a picture: before it is fetched);
    `release` lets go of what SLOW holds back.
    `fetch` returns the bytes of a finished picture, wherever they are, MOST_FETCHED_BYTES at most; `call_back` returns
    body and headers of the vendor's webhook for an order; `paid` counts the orders that were charged.
    """

    provider: Provider
    order: PaintOrder
    arrange: Callable[[Situation], None]
    fetch: Callable[[Finished], Awaitable[bytes]]
    call_back: Callable[[Handle], Awaitable[tuple[bytes, Mapping[str, str]]]]
    paid: Callable[[], int]
    release: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Member:
    """A provider that keeps the contract, and the situations that it can be in."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[Bench]]
    can: frozenset[Situation]
