"""Reads the prices of a catalogue file, and puts the operator's estimates in their place."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from services.errors import StartError
from services.models import JsonValue
from services.providers.model import Model
from services.providers.parameters import Parameter
from services.providers.price import Price, PriceRow, PriceUnit, TokenPrices
from services.providers.toml_table import Table

DEAREST_MICRO_USD: Final = 100_000_000
_MOST_MEGAPIXELS: Final = 256
_NOMINAL_REFERENCE: Final = (1024, 1024)


def read_price(table: Table, parameters: Mapping[str, Parameter]) -> Price:
    """Return the price of a model with these parameters."""
    per = PriceUnit(table.one_of("per", tuple(PriceUnit)))
    price = Price(
        micro_usd=_read_micro_usd(table, "micro_usd"),
        per=per,
        further_micro_usd=_read_micro_usd(table, "further_micro_usd")
        if table.has("further_micro_usd")
        else None,
        reference_micro_usd=table.integer("reference_micro_usd", 0, DEAREST_MICRO_USD, default=0),
        most_megapixels=table.integer("most_megapixels", 1, _MOST_MEGAPIXELS)
        if table.has("most_megapixels")
        else None,
        rows=tuple(_read_row(row, parameters) for row in table.tables("rows")) if table.has("rows") else (),
    )
    if price.rows and per is PriceUnit.MEGAPIXEL:
        table.refuse("rows", "a price per picture beside them")
    if price.further_micro_usd is not None and per is PriceUnit.PICTURE:
        table.refuse("further_micro_usd", "a price per megapixel beside it")
    table.finish()
    return price


def read_token_prices(table: Table) -> TokenPrices:
    """Return what a million tokens cost."""
    prices = TokenPrices(
        text_in=_read_micro_usd(table, "text_in"),
        image_in=_read_micro_usd(table, "image_in"),
        image_out=_read_micro_usd(table, "image_out"),
        cached_text_in=_read_micro_usd(table, "cached_text_in"),
        cached_image_in=_read_micro_usd(table, "cached_image_in"),
    )
    table.finish()
    return prices


def check_price(table: Table, model: Model) -> None:
    """Refuse a price by size for a model some of whose sizes are not known, its own default included."""
    references = [_NOMINAL_REFERENCE] * model.capabilities.references_needed
    for parameters in ({}, *model.aspects.values()):
        if model.price is not None and model.price_micro_usd(parameters, references) is None:
            size = dict(parameters) or "its default"
            table.refuse("price", f"most_megapixels, or a price per picture: the size of {size} is unknown")


def with_estimates(models: tuple[Model, ...], estimates: Mapping[str, int]) -> tuple[Model, ...]:
    """Return the models with the operator's prices, micro-dollars a picture by model id, in place of the file's.

    Raises StartError("bad_settings") for an id that no model has; ids are compared without case.
    """
    prices = {model_id.lower(): micro_usd for model_id, micro_usd in estimates.items()}
    ids = {model.id.lower() for model in models}
    for place, model_id in enumerate(prices, start=1):
        if model_id not in ids:
            near = get_close_matches(model_id[:80], ids, n=1)
            # What was typed is not repeated: it may be a key that went into the wrong line.
            hint = f"did you mean {near[0]}?" if near else "docs/models.md lists the ids"
            raise StartError("bad_settings", f"LIMNER_PRICES: entry {place} names no model; {hint}")
    return tuple(_estimated(model, prices.get(model.id.lower())) for model in models)


def _estimated(model: Model, micro_usd: int | None) -> Model:
    return model if micro_usd is None else replace(model, price=Price(micro_usd, is_estimate=True))


def _read_micro_usd(table: Table, key: str) -> int:
    return table.integer(key, 0, DEAREST_MICRO_USD)


def _read_row(table: Table, parameters: Mapping[str, Parameter]) -> PriceRow:
    values: dict[str, JsonValue] = {}
    for name in table.keys:
        if name == "micro_usd":
            continue
        value = table.value(name)
        if name not in parameters or not isinstance(value, str | int | float):
            table.refuse(name, "a parameter of this model and one of its values")
        if not parameters[name].accepts(value):
            table.refuse(name, f"a value of that parameter ({parameters[name].allowed})")
        values[name] = value
    row = PriceRow(MappingProxyType(values), _read_micro_usd(table, "micro_usd"))
    table.finish()
    return row
