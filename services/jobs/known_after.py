"""How long the orders of a model take, and after how long one certainly gives no picture any more."""

from typing import Final

from services.context import Context
from services.errors import UserError
from services.line_waits import Facts, wait_s

LONGEST_S: Final = 8_100.0
"""For models that the catalogue does not have (any more): fal repeats its webhook for two hours."""
USUAL_S: Final = 10.0
"""The usual duration of such a model."""


def known_after_s(context: Context, model_id: str) -> float:
    """Return the seconds of the catalogue, the longest we know for a model that was taken out of it."""
    try:
        return context.catalog.find(model_id).outcome_known_after_s
    except UserError:
        return LONGEST_S


def line_wait_s(context: Context, model_id: str, ahead: int, usual_s: float) -> float | None:
    """Return in how many seconds the picture of a job in line is expected, with so many before it.

    None where nobody can say: its service is not spoken to (any more), or does not answer.
    """
    try:
        provider = context.catalog.find(model_id).provider
    except UserError:
        return None
    cap = context.registry.running_caps.get(provider)
    if cap is None or context.standing.is_down(provider):
        return None
    # Who stands in line stands there because the account is full, or nearly so.
    return wait_s(Facts(usual_s, ahead=ahead, account_running=cap, account_cap=cap))


def expected_s(context: Context, model_id: str) -> float:
    """Return how long a picture of the model usually takes, in seconds."""
    try:
        return context.catalog.find(model_id).expected_s
    except UserError:
        return USUAL_S
