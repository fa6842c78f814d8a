"""Prices as people read them, short for lists and whole for a model's own page."""

from services.providers.model import Model
from services.providers.price import Price, PriceUnit

ESTIMATED_BY = "estimated by whoever runs this bot"


def price_words(price: Price | None) -> str:
    """Return a price in a few words: "free", "$0.06", "$0.025 a megapixel", "from $0.03", "about $0.05"."""
    if price is None:
        return "no price set"
    if price.micro_usd == 0 and not price.rows:
        return "free"
    if price.is_estimate:
        return f"about {_dollars(price.micro_usd)}"
    if price.rows:
        amounts = [row.micro_usd for row in price.rows] + [price.micro_usd]
        return f"{_dollars(min(amounts))} to {_dollars(max(amounts))}"
    is_by_size = price.per is PriceUnit.MEGAPIXEL
    if price.reference_micro_usd or price.further_micro_usd is not None:
        return f"from {_dollars(price.micro_usd)}"
    return _dollars(price.micro_usd) + (" a megapixel" if is_by_size else "")


def price_sentence(model: Model) -> str:
    """Return how a model's pictures are priced, everything said."""
    price = model.price
    if price is None:
        return f"{_tokens(model) or 'none is published'}; off until whoever runs this bot writes an estimate"
    if price.micro_usd == 0 and not price.rows:
        return f"free, {ESTIMATED_BY}" if price.is_estimate else "free"
    if price.is_estimate:
        return f"{price_words(price)} a picture, {ESTIMATED_BY}"
    if price.rows:
        names = dict.fromkeys(name for row in price.rows for name in row.values)
        return f"{price_words(price)} a picture, by {' and '.join(names)}"
    parts = [_base(price)]
    if price.further_micro_usd is not None:
        parts.append(f"{_dollars(price.further_micro_usd)} for each further one")
    if price.reference_micro_usd:
        parts.append(f"{_dollars(price.reference_micro_usd)} for each megapixel of a reference picture")
    if model.capabilities.scaled_by:
        parts.append("counted after enlarging")
    return ", ".join(parts)


def _tokens(model: Model) -> str:
    """Return what tokens cost, "" where none are counted."""
    prices = model.token_prices
    if prices is None:
        return ""
    kinds = (("of text", prices.text_in), ("of reference", prices.image_in), ("of picture", prices.image_out))
    words = ", ".join(f"{_dollars(micro_usd)} {kind}" for kind, micro_usd in kinds)
    return f"counted in tokens, for a million {words}, known only afterwards"


def _base(price: Price) -> str:
    if price.per is PriceUnit.PICTURE:
        return f"{_dollars(price.micro_usd)} a picture"
    if price.further_micro_usd is None:
        return f"{_dollars(price.micro_usd)} for each started megapixel"
    return f"{_dollars(price.micro_usd)} for the first megapixel"


def _dollars(micro_usd: int) -> str:
    dollars = f"{micro_usd / 1_000_000:.6f}".rstrip("0")
    return "$" + dollars + "0" * (2 - len(dollars.partition(".")[2]))
