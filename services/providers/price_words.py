"""Prices as people read them, short for lists and whole for a model's own page."""

from services.languages import ENGLISH, say
from services.providers.model import Model
from services.providers.price import Price, PriceUnit


def price_words(price: Price | None, language: str = ENGLISH) -> str:
    """Return a price in a few words: "free", "$0.06", "$0.025 a megapixel", "from $0.03", "about $0.05"."""
    if price is None:
        return say(language, "prices.not_set")
    if price.micro_usd == 0 and not price.rows:
        return say(language, "prices.free")
    amount = _dollars(price.micro_usd)
    if price.is_estimate:
        return say(language, "prices.about", price=amount)
    if price.rows:
        amounts = [row.micro_usd for row in price.rows] + [price.micro_usd]
        return say(language, "prices.between", least=_dollars(min(amounts)), most=_dollars(max(amounts)))
    if price.reference_micro_usd or price.further_micro_usd is not None:
        return say(language, "prices.at_least", price=amount)
    return say(language, "prices.a_megapixel", price=amount) if _is_by_size(price) else amount


def price_sentence(model: Model, language: str = ENGLISH) -> str:
    """Return how a model's pictures are priced, everything said."""
    price = model.price
    if price is None:
        tokens = _tokens(model, language) or say(language, "prices.unpublished")
        return say(language, "prices.off", price=tokens)
    words = price_words(price, language)
    if price.micro_usd == 0 and not price.rows:
        return say(language, "prices.free_estimated") if price.is_estimate else words
    if price.is_estimate:
        return say(language, "prices.estimated", price=words)
    if price.rows:
        return say(language, "prices.by", price=words, parameters=_deciding(price, language))
    parts = [_base(price, language)]
    if price.further_micro_usd is not None:
        parts.append(say(language, "prices.further", price=_dollars(price.further_micro_usd)))
    if price.reference_micro_usd:
        parts.append(say(language, "prices.reference", price=_dollars(price.reference_micro_usd)))
    if model.capabilities.scaled_by:
        parts.append(say(language, "prices.enlarged"))
    return ", ".join(parts)


def _deciding(price: Price, language: str) -> str:
    """Return the parameters that decide about the price."""
    first, *others = dict.fromkeys(name for row in price.rows for name in row.values)
    for other in others:
        first = say(language, "prices.also", first=first, other=other)
    return first


def _tokens(model: Model, language: str) -> str:
    """Return what tokens cost, "" where none are counted."""
    prices = model.token_prices
    if prices is None:
        return ""
    return say(
        language,
        "prices.tokens",
        text=_dollars(prices.text_in),
        reference=_dollars(prices.image_in),
        picture=_dollars(prices.image_out),
    )


def _base(price: Price, language: str) -> str:
    amount = _dollars(price.micro_usd)
    if not _is_by_size(price):
        return say(language, "prices.picture", price=amount)
    if price.further_micro_usd is None:
        return say(language, "prices.each_megapixel", price=amount)
    return say(language, "prices.first_megapixel", price=amount)


def _is_by_size(price: Price) -> bool:
    return price.per is PriceUnit.MEGAPIXEL


def _dollars(micro_usd: int) -> str:
    dollars = f"{micro_usd / 1_000_000:.6f}".rstrip("0")
    return "$" + dollars + "0" * (2 - len(dollars.partition(".")[2]))
