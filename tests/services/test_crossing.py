"""The two tables in which failures of the outside become our errors."""

import aiohttp
import pytest

from services.crossing import CROSSINGS, Fate, Purpose, crossed, fate_of, status_error
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)

STATUSES = [
    (Purpose.SUBMIT, 400, ProviderRejected, "provider_rejected"),
    (Purpose.SUBMIT, 401, ProviderRefusedKey, "provider_refused_key"),
    (Purpose.SUBMIT, 402, ProviderRefusedKey, "provider_no_balance"),
    (Purpose.SUBMIT, 403, ProviderRefusedKey, "provider_refused_key"),
    (Purpose.SUBMIT, 404, ProviderRefusedKey, "provider_model_gone"),
    (Purpose.SUBMIT, 408, ProviderUnknown, "provider_unknown"),
    (Purpose.SUBMIT, 422, ProviderRejected, "provider_rejected"),
    (Purpose.SUBMIT, 429, ProviderBusy, "provider_busy"),
    (Purpose.SUBMIT, 302, ProviderUnknown, "provider_unknown"),
    (Purpose.SUBMIT, 500, ProviderUnknown, "provider_unknown"),
    (Purpose.SUBMIT, 503, ProviderUnknown, "provider_unknown"),
    (Purpose.SUBMIT, 599, ProviderUnknown, "provider_unknown"),
    (Purpose.POLL, 401, ProviderRefusedKey, "provider_refused_key"),
    (Purpose.POLL, 404, ProviderBroken, "provider_lost_order"),
    (Purpose.POLL, 422, ProviderRejected, "provider_rejected"),
    (Purpose.POLL, 429, ProviderBusy, "provider_busy"),
    (Purpose.POLL, 500, ProviderBusy, "provider_unreachable"),
    (Purpose.FETCH, 403, ProviderBroken, "result_expired"),
    (Purpose.FETCH, 404, ProviderBroken, "result_expired"),
    (Purpose.FETCH, 418, ProviderBroken, "provider_broken"),
    (Purpose.FETCH, 429, ProviderBusy, "provider_busy"),
    (Purpose.FETCH, 502, ProviderBroken, "provider_broken"),
]


@pytest.mark.parametrize(("purpose", "status", "kind", "code"), STATUSES)
def test_a_status_becomes_the_error_of_its_purpose(
    purpose: Purpose, status: int, kind: type[ProviderError], code: str
) -> None:
    error = status_error(purpose, status, None, "POST vendor/orders")

    assert (type(error), error.code) == (kind, code)


# The two roots are raised with a text only ("Connector is closed."); they do not say how far the request came.
ROOTS = {aiohttp.ClientError, aiohttp.ClientConnectionError}


def client_exceptions() -> list[type[Exception]]:
    """Return every exception class of aiohttp's client but the roots."""
    found: set[type[Exception]] = set()
    waiting: list[type[Exception]] = [aiohttp.ClientError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith("aiohttp.") and kind not in found:
            found.add(kind)
            waiting += kind.__subclasses__()
    return sorted(found - ROOTS, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", client_exceptions())
def test_every_exception_of_the_client_is_mapped(kind: type[Exception]) -> None:
    assert fate_of(kind.__new__(kind)) is not None


def test_the_roots_of_the_client_are_not_mapped_so_that_a_new_exception_is_noticed() -> None:
    assert not ROOTS & {kind for kind, _ in CROSSINGS}


@pytest.mark.parametrize("error", [aiohttp.ClientConnectionError("Connection closed"), TimeoutError()])
def test_a_failure_that_does_not_say_how_far_it_came_may_have_been_sent(error: Exception) -> None:
    failure = crossed(Purpose.SUBMIT, error, "POST vendor/orders")

    assert isinstance(failure, ProviderUnknown)
    assert failure.__cause__ is error


def test_no_entry_of_the_table_hides_behind_an_earlier_one() -> None:
    kinds = [kind for kind, _ in CROSSINGS]

    assert not [
        later for place, later in enumerate(kinds) for first in kinds[:place] if issubclass(later, first)
    ]


def test_a_connection_that_timed_out_before_it_stood_was_not_sent() -> None:
    assert fate_of(aiohttp.ConnectionTimeoutError()) is Fate.NOT_SENT
    assert fate_of(aiohttp.SocketTimeoutError()) is Fate.MAYBE_SENT
