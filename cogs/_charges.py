"""What a picture that did not come has cost, and whom: one sentence, told by the job and not by the error's words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cogs._text import dollars
from services.jobs.courier import FailedResult
from services.models import JobState, Payer

_ACCOUNTS: Final[Mapping[Payer, str]] = MappingProxyType(
    {Payer.USER: "your own account", Payer.SERVER: "this server's account"}
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


def charge_text(failure: FailedResult) -> str:
    """Return whether a failed picture was charged, and whom.

    Where the bot's own account was to pay, the person's allowance is told of: it is given back unless the provider
    charges for what it withheld (`db/moves.py`, end_without_picture). What happens on somebody's own account only the
    provider knows.
    """
    account = _ACCOUNTS.get(failure.payer)
    is_doubtful = failure.code in _MAY_BE_PAID or failure.state == JobState.UNKNOWN
    if account is None:
        cost = failure.price_micro_usd if failure.cost_micro_usd is None else failure.cost_micro_usd
        used = f"The image service charges for it all the same: {dollars(cost)} of your allowance."
        return used if failure.is_charged and cost else "You are not charged."
    if failure.is_charged:
        return f"The image service charges {account} for it all the same."
    if is_doubtful:
        return f"The image service may have charged {account} for it."
    return "Nothing was charged."
