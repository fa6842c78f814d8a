"""How long the orders of a model take, and after how long one certainly gives no picture any more."""

from typing import Final

from services.context import Context
from services.errors import UserError

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


def expected_s(context: Context, model_id: str) -> float:
    """Return how long a picture of the model usually takes, in seconds."""
    try:
        return context.catalog.find(model_id).expected_s
    except UserError:
        return USUAL_S
