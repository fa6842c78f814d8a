"""How failures of the outside become `ProviderError`s: foreign exceptions and statuses, each in one table.

Two things decide: what the request was for, and whether it may have reached the other side.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Final

import aiohttp

from services.addresses import RefusedAddress
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.retry_after import read_retry_after_s


class Purpose(StrEnum):
    """What a request is for; it decides what a failure means."""

    SUBMIT = "submit"
    """May be paid for: never sent again when it may have arrived."""
    POLL = "poll"
    """A look at an order, or a cancel: a failure says nothing about the order."""
    FETCH = "fetch"
    """A picture's address: may be repeated."""


class Fate(Enum):
    """Whether a failed request can have reached the other side."""

    NOT_SENT = auto()
    MAYBE_SENT = auto()


CROSSINGS: Final[tuple[tuple[type[Exception], Fate], ...]] = (
    # Most specific first. Source: aiohttp 3.14, client_exceptions.py; where raised: connector.py, client.py.
    (aiohttp.ClientConnectorError, Fate.NOT_SENT),  # refused, DNS, TLS, certificate, proxy, unix socket
    (aiohttp.ClientHttpProxyError, Fate.NOT_SENT),  # the proxy refused CONNECT
    (aiohttp.ServerFingerprintMismatch, Fate.NOT_SENT),
    (aiohttp.ConnectionTimeoutError, Fate.NOT_SENT),
    # A redirect that cannot be followed is itself an answer, so these stand before the plain address errors.
    (aiohttp.RedirectClientError, Fate.MAYBE_SENT),
    (aiohttp.InvalidURL, Fate.NOT_SENT),
    (aiohttp.NonHttpUrlClientError, Fate.NOT_SENT),
    (aiohttp.UploadAbortedError, Fate.MAYBE_SENT),
    (aiohttp.ClientPayloadError, Fate.MAYBE_SENT),
    (aiohttp.ClientResponseError, Fate.MAYBE_SENT),
    (aiohttp.ServerTimeoutError, Fate.MAYBE_SENT),
    (aiohttp.ServerConnectionError, Fate.MAYBE_SENT),
    (aiohttp.ClientOSError, Fate.MAYBE_SENT),  # reset while writing or reading
    (aiohttp.ClientConnectionResetError, Fate.MAYBE_SENT),
)
"""Every exception of aiohttp's client and what it says about the request."""

# These repeat the address or the request's headers, key included, in their text: they are named, not kept as cause.
_TELLTALE: Final = (
    aiohttp.ClientResponseError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    aiohttp.RedirectClientError,
)


_STATUS_ERRORS: Final[Mapping[Purpose, Mapping[int, tuple[type[ProviderError], str]]]] = MappingProxyType(
    {
        Purpose.SUBMIT: {
            401: (ProviderRefusedKey, "provider_refused_key"),
            402: (ProviderRefusedKey, "provider_no_balance"),
            403: (ProviderRefusedKey, "provider_refused_key"),
            404: (ProviderRefusedKey, "provider_model_gone"),
            408: (ProviderUnknown, "provider_unknown"),
            409: (ProviderBroken, "provider_broken"),
            410: (ProviderRefusedKey, "provider_model_gone"),
            499: (ProviderUnknown, "provider_unknown"),
        },
        Purpose.POLL: {
            401: (ProviderRefusedKey, "provider_refused_key"),
            402: (ProviderRefusedKey, "provider_no_balance"),
            403: (ProviderRefusedKey, "provider_refused_key"),
            404: (ProviderBroken, "provider_lost_order"),
            408: (ProviderBusy, "provider_unreachable"),
            410: (ProviderBroken, "provider_lost_order"),
        },
        Purpose.FETCH: {
            401: (ProviderBroken, "result_expired"),
            403: (ProviderBroken, "result_expired"),
            404: (ProviderBroken, "result_expired"),
            408: (ProviderBroken, "provider_broken"),
            410: (ProviderBroken, "result_expired"),
        },
    }
)
"""What a status means where the vendor's body says nothing better. 429 is `ProviderBusy` for every purpose."""

# The rest by the first digit: 4xx is a refusal of this request, everything else (5xx, stray 1xx and 3xx) a failure.
_OTHER_4XX: Final = (ProviderRejected, "provider_rejected")
_OTHER: Final[Mapping[Purpose, tuple[type[ProviderError], str]]] = MappingProxyType(
    {
        Purpose.SUBMIT: (ProviderUnknown, "provider_unknown"),
        Purpose.POLL: (ProviderBusy, "provider_unreachable"),
        Purpose.FETCH: (ProviderBroken, "provider_broken"),
    }
)


def fate_of(error: Exception) -> Fate | None:
    """Return what `error` says about its request; None for those that do not say how far it came (TimeoutError)."""
    return next((fate for kind, fate in CROSSINGS if isinstance(error, kind)), None)


def crossed(purpose: Purpose, error: Exception, text: str) -> ProviderError:
    """Return the error that a foreign `error` becomes; the vague ones may have been sent."""
    if purpose is Purpose.FETCH and isinstance(error, aiohttp.ClientConnectorError):
        refused = error.os_error
        if isinstance(refused, RefusedAddress):
            return ProviderBroken("result_elsewhere", f"{text}: {refused}")
    failure = failure_of(purpose, fate_of(error) or Fate.MAYBE_SENT, f"{text}: {type(error).__name__}")
    if not isinstance(error, _TELLTALE):
        failure.__cause__ = error
    return failure


def failure_of(purpose: Purpose, fate: Fate, text: str) -> ProviderError:
    """Return the error of a transport failure, by what the request was for and whether it may have arrived."""
    if purpose is Purpose.POLL:
        return ProviderBusy("provider_unreachable", text)
    if fate is Fate.NOT_SENT:
        return ProviderBroken("provider_unreachable", text)
    kind, code = _OTHER[purpose]
    return kind(code, text)


def status_error(purpose: Purpose, status: int, retry_after: str | None, text: str) -> ProviderError:
    """Return what a `status` other than 2xx means where the vendor's body says nothing better.

    429 is ProviderBusy for every purpose, with `retry_after_s` (1..120) from the `retry_after` header.
    """
    if status == 429:
        return ProviderBusy("provider_busy", text, retry_after_s=read_retry_after_s(retry_after))
    is_refusal = 400 <= status < 500 and purpose is not Purpose.FETCH
    kind, code = _STATUS_ERRORS[purpose].get(status) or (_OTHER_4XX if is_refusal else _OTHER[purpose])
    return kind(code, text)
