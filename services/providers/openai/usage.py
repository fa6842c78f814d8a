"""What a picture cost: by the tokens that OpenAI says it used, or by the quality and size that it says it painted.

*Source:* openai-python 3.52.0, types/images_response.py `Usage`; the prices stand in the catalogue.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.models import JsonValue
from services.providers.base import PaintOrder
from services.providers.model import Model, TokenPrices
from services.providers.openai.answers import PAINTED_AS, Made

AUTO: Final = "auto"
_A_MILLION: Final = 1_000_000
_MOST_TOKENS: Final = 100_000_000
"""What is more than this is no count of a picture's tokens, and would cost more than the database can write down."""


class _Split(NamedTuple):
    """Tokens of text and of pictures."""

    text: int
    image: int


def spent_micro_usd(made: Made, order: PaintOrder, model: Model) -> int | None:
    """Return what a picture cost in micro-dollars, None where that is not known: what was held for it stays then."""
    has_references = bool(order.references)
    if model.token_prices is not None:
        return cost_micro_usd(made.usage, model.token_prices, has_references=has_references)
    # The rows are prices of pictures without references; those cost more, and how much is not published.
    return None if has_references else _by_row(made, order, model)


def _by_row(made: Made, order: PaintOrder, model: Model) -> int | None:
    """Return the price of what was painted, where the vendor's prices go by quality and size."""
    parameters = [model.parameters.get(name) for name in PAINTED_AS]
    values = [made.painted.get(name) for name in PAINTED_AS]
    is_told = all(
        value != AUTO and parameter is not None and parameter.accepts(value)
        for value, parameter in zip(values, parameters, strict=True)
    )
    if not is_told or model.price is None or model.price.is_estimate or not model.price.rows:
        return None
    return model.price_micro_usd({**order.parameters, **made.painted})


def cost_micro_usd(
    usage: Mapping[str, JsonValue], prices: TokenPrices | None, *, has_references: bool
) -> int | None:
    """Return the cost in micro-dollars, None where the vendor does not say what it used or the prices are not known.

    Where the answer leaves open what kind a token is, it counts as the dearer one.
    """
    used_out = _count(usage, "output_tokens")
    used_in = _input_of(usage, has_references=has_references)
    if prices is None or used_out is None or used_in is None:
        return None
    cached = _cached_of(_object(usage, "input_tokens_details"), used_in)
    total = (
        (used_in.text - cached.text) * prices.text_in
        + cached.text * prices.cached_text_in
        + (used_in.image - cached.image) * prices.image_in
        + cached.image * prices.cached_image_in
        # Output may be split into text and pictures; text has no price of its own on the vendor's page.
        + used_out * prices.image_out
    )
    return round(total / _A_MILLION)


def _input_of(usage: Mapping[str, JsonValue], *, has_references: bool) -> _Split | None:
    details = _object(usage, "input_tokens_details")
    text, image = _count(details, "text_tokens"), _count(details, "image_tokens")
    if text is not None and image is not None:
        return _Split(text, image)
    total = _count(usage, "input_tokens")
    if total is None:
        return None
    if text is None and image is None:
        # Without references there is nothing but words.
        return _Split(0, total) if has_references else _Split(total, 0)
    rest = max(total - (text or image or 0), 0)
    return _Split(rest if text is None else text, rest if image is None else image)


def _cached_of(details: Mapping[str, JsonValue], used_in: _Split) -> _Split:
    """Return the input that the vendor had cached.

    Prices for it are published, its fields for pictures are not: both forms are habits of the vendor's other answers.
    """
    split = _object(details, "cached_tokens_details")
    if split:
        text, image = _count(split, "text_tokens") or 0, _count(split, "image_tokens") or 0
        return _Split(min(text, used_in.text), min(image, used_in.image))
    total = _count(details, "cached_tokens") or 0
    # Words first: that saves less.
    text = min(total, used_in.text)
    return _Split(text, min(total - text, used_in.image))


def _object(value: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _count(value: Mapping[str, JsonValue], name: str) -> int | None:
    found = value.get(name)
    is_count = isinstance(found, int) and not isinstance(found, bool)
    return found if is_count and isinstance(found, int) and 0 <= found <= _MOST_TOKENS else None
