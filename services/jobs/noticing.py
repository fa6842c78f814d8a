"""What an answer of an image service says beyond its job: of the service's standing, in numbers, to the operator."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from db.jobs.moves import Claim
from services.circuit import Call
from services.context import Context
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.metrics import count, observe
from services.models import Payer
from services.standing import is_failure_of_service

OUTCOMES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ProviderBusy, "busy"),
    (ProviderRejected, "rejected"),
    (ProviderRefusedKey, "refused_key"),
    (ProviderBroken, "broken"),
    (ProviderUnknown, "unknown"),
    (ProviderError, "failed"),
)
"""What the metrics call an error, by its class, most specific first; everything else is a "bug"."""

KEY_ALERTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "provider_refused_key": "refused_key",
        "provider_not_permitted": "refused_key",
        "provider_no_balance": "no_balance",
    }
)
"""Code of an error -> kind of the alert, where the bot's own key was to pay."""

UNREACHABLE: Final = "provider_unreachable"
"""The one failure that does not depend on the key of a call."""


def outcome_of(error: Exception | None) -> str:
    """Return what the metrics call the end of a call."""
    if error is None:
        return "ok"
    return next((word for kind, word in OUTCOMES if isinstance(error, kind)), "bug")


def _is_for_everybody(claim: Claim, error: Exception | None) -> bool:
    """Return whether a failure says something of the service, and not of the one account that the key is of."""
    return claim.job.account.key_id is None or (
        isinstance(error, ProviderError) and error.code == UNREACHABLE
    )


def tell_if_new(context: Context) -> None:
    """See that what was found of a provider or a model is soon told to the other processes, where that has changed."""
    if context.standing.has_news():
        context.reload_bell.hear()  # `services/wakeups.py` writes it down


def notice(
    context: Context,
    claim: Claim,
    call: Call,
    error: Exception | None = None,
    *,
    took_s: float,
    counts_failures: bool = True,
) -> None:
    """Note how a call ended that took `took_s` seconds.

    Without `counts_failures`, or where it may lie in somebody's own key, a failure of the service stands in the
    numbers only; an answer counts in any case.
    """
    provider = claim.job.provider
    was_down = context.standing.is_down_here(provider)
    if not is_failure_of_service(error) or (counts_failures and _is_for_everybody(claim, error)):
        context.standing.record(provider, call, error)
    if was_down and not context.standing.is_down_here(provider):
        context.jobs_bell.ring()  # its line goes on
    tell_if_new(context)
    count("limner_provider_calls_total", provider=provider, call=call, outcome=outcome_of(error))
    observe("limner_provider_call_seconds", took_s, provider=provider, call=call)
    if isinstance(error, ProviderRefusedKey) and claim.job.account.payer is Payer.OPERATOR:
        kind = KEY_ALERTS.get(error.code)
        if kind is not None:
            context.alerts.note(kind, provider)
