"""How long after its submit an order certainly gives no picture any more."""

from typing import Final

from services.context import Context
from services.errors import UserError

LONGEST_S: Final = 8_100.0
"""For models that the catalogue does not have (any more): fal repeats its webhook for two hours."""


def known_after_s(context: Context, model_id: str) -> float:
    """Return the seconds of the catalogue, the longest we know for a model that was taken out of it."""
    try:
        return context.catalog.find(model_id).outcome_known_after_s
    except UserError:
        return LONGEST_S
