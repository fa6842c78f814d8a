"""What a picture that did not come has cost, and whom: one sentence, told by the job and not by the error's words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cogs._text import dollars
from services.jobs.courier import FailedResult
from services.languages import ENGLISH, say
from services.models import JobState, Payer

_ACCOUNTS: Final[Mapping[Payer, str]] = MappingProxyType(
    {Payer.USER: "charges.own_account", Payer.SERVER: "charges.server_account"}
)

_MAY_BE_PAID: Final = frozenset(
    {
        "provider_failed_inside",
        "provider_lost_order",
        "provider_moderated",
        "provider_refused_key",
        "restored_meanwhile",
        "result_elsewhere",
        "result_empty",
        "result_expired",
        "result_lost",
        "result_too_large",
    }
)
"""Failures after which the provider may have taken money: it had painted, or we do not know."""


def charge_text(failure: FailedResult, language: str = ENGLISH) -> str:
    """Return whether a failed picture was charged, and whom.

    Where the bot's own account was to pay, the person's allowance is told of: it is given back unless the provider
    charges for what it withheld (`db/jobs/moves.py`, end_without_picture). What happens on somebody's own account
    only the provider knows.
    """
    name = _ACCOUNTS.get(failure.payer)
    if name is None:
        cost = failure.price_micro_usd if failure.cost_micro_usd is None else failure.cost_micro_usd
        is_used = failure.is_charged and cost > 0
        return (
            say(language, "charges.allowance", price=dollars(cost, language))
            if is_used
            else say(language, "charges.not_you")
        )
    account = say(language, name)
    if failure.is_charged:
        return say(language, "charges.account", account=account)
    if failure.code in _MAY_BE_PAID or failure.state == JobState.UNKNOWN:
        return say(language, "charges.maybe", account=account)
    return say(language, "charges.nothing")
