"""Reads `catalog.toml`, or another file of that form, and refuses one that is wrong with the place of its mistake."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeGuard

from services.models import JsonValue, Parameters
from services.providers.fitting import ASPECTS
from services.providers.model import Capabilities, Model, Price, PriceUnit, ProviderEntry
from services.providers.parameters import Parameter, ParameterType, ParameterValue
from services.providers.toml_table import Table, is_number, open_toml

NEWEST_SCHEMA: Final = 1
"""The version of the file's form that this code reads."""

ALL_CORES: Final = "cores"
"""Written as `running_cap` for a provider that works on this machine."""

DEAREST_MICRO_USD: Final = 100_000_000
_LARGEST_NUMBER: Final = 2**31
_LONGEST_WAIT_S: Final = 7 * 86_400
_MOST_REFERENCES: Final = 64
_LARGEST_SIDE_PX: Final = 16_384
_LONGEST_TEXT_PARAMETER: Final = 4000
_SIDES: Final = ("width", "height")


@dataclass(frozen=True, slots=True)
class CatalogContent:
    """What a catalogue file says, in its order. `preferred` are model ids, the first choice first."""

    providers: Mapping[str, ProviderEntry]
    models: tuple[Model, ...]
    preferred: tuple[str, ...]


def read_catalog_file(path: Path) -> CatalogContent:
    """Return the content of the file at `path`.

    Raises StartError("bad_catalog") with the file, the table, the key, what was expected and what was found.
    """
    root = open_toml(path)
    root.integer("schema", NEWEST_SCHEMA, NEWEST_SCHEMA)
    providers = _read_providers(root.table("providers"))
    models: dict[str, Model] = {}
    tables = root.tables("models")
    for table in tables:
        model = _read_model(table, providers)
        if model.id in models:
            table.refuse("id", "an id that no other model has")
        models[model.id] = model
    for table, model in zip(tables, models.values(), strict=True):
        _check_ids(table, "equivalents", model.equivalents, models.keys() - {model.id})
    preferred = root.texts("preferred")
    _check_ids(root, "preferred", preferred, models.keys())
    root.finish()
    return CatalogContent(providers, tuple(models.values()), preferred)


def _check_ids(table: Table, key: str, ids: tuple[str, ...], known: Collection[str]) -> None:
    for each in ids:
        if each not in known:
            table.refuse(key, f"ids of other models of this file ({each[:60]!r} is none)")


def _read_providers(table: Table) -> Mapping[str, ProviderEntry]:
    if not table.keys:
        table.refuse("sketch", "a table of at least one provider")
    return MappingProxyType({name: _read_provider(name, table.table(name)) for name in table.keys})


def _read_provider(name: str, table: Table) -> ProviderEntry:
    entry = ProviderEntry(
        name=name,
        title=table.text("title"),
        home=_read_home(table),
        key_setting=table.text("key_setting") if table.has("key_setting") else None,
        running_cap=_read_running_cap(table),
        sizes=_read_sizes(table.table("sizes")),
    )
    table.finish()
    return entry


def _read_home(table: Table) -> str | None:
    if not table.has("home"):
        return None
    home = table.text("home")
    if not home.startswith("https://"):
        table.refuse("home", "an https address")
    return home


def _read_running_cap(table: Table) -> int:
    if table.value("running_cap") == ALL_CORES:
        return os.cpu_count() or 1
    return table.integer("running_cap", 1, 10_000)


def _read_sizes(table: Table) -> Mapping[str, tuple[int, int]]:
    sizes: dict[str, tuple[int, int]] = {}
    for word in table.keys:
        match table.value(word):
            case [int(width), int(height)] if (
                0 < min(width, height) <= max(width, height) <= _LARGEST_SIDE_PX
            ):
                sizes[word] = (width, height)
            case _:
                table.refuse(word, f"[width, height] in 1..{_LARGEST_SIDE_PX}")
    return MappingProxyType(sizes)


def _is_side(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_SIDE_PX


def _read_model(table: Table, providers: Mapping[str, ProviderEntry]) -> Model:
    # From here on, errors name the model and not only its number.
    table.name = f"models {table.text('id')}"
    provider = providers[table.one_of("provider", providers)]
    parameters = _read_parameters(table.table("parameters"))
    model = Model(
        id=_read_id(table, provider.name),
        provider=provider.name,
        title=table.text("title"),
        endpoint=table.text("endpoint"),
        version=table.text("version"),
        description=table.text("description"),
        parameters=parameters,
        capabilities=_read_capabilities(table.table("capabilities")),
        aspects=_read_aspects(table.table("aspects"), parameters, provider),
        price=_read_price(table.table("price")) if table.has("price") else None,
        expected_s=table.number("expected_s", 0.01, _LONGEST_WAIT_S),
        outcome_known_after_s=table.number("outcome_known_after_s", 1, _LONGEST_WAIT_S),
        may_be_retired=table.flag("may_be_retired", default=False),
        equivalents=table.texts("equivalents"),
        sizes=provider.sizes,
    )
    table.finish()
    _check_price(table, model)
    return model


def _read_id(table: Table, provider: str) -> str:
    """Return the id: the provider's name alone, or followed by a slash and the model's own name."""
    model_id = table.text("id")
    is_plain = all(character.isalnum() or character in "/.-_" for character in model_id)
    has_prefix = model_id == provider or model_id.startswith(f"{provider}/")
    if not (model_id.isascii() and is_plain and has_prefix and len(model_id) <= 80):
        table.refuse(
            "id", f"{provider!r}, or '{provider}/' and letters, digits, '.', '-', at most 80 characters"
        )
    return model_id


def _read_capabilities(table: Table) -> Capabilities:
    references = table.integer("references", 0, _MOST_REFERENCES, default=0)
    capabilities = Capabilities(
        seed=table.flag("seed", default=True),
        references=references,
        references_needed=table.integer("references_needed", 0, references, default=0),
        negative_prompt=table.flag("negative_prompt", default=False),
        pictures_per_call=table.integer("pictures_per_call", 1, 100, default=1),
        cancel=table.flag("cancel", default=False),
        webhook=table.flag("webhook", default=False),
        is_deterministic=table.flag("is_deterministic", default=False),
    )
    if capabilities.is_deterministic and not capabilities.seed:
        table.refuse("is_deterministic", "false for a model without a seed")
    table.finish()
    return capabilities


def _read_price(table: Table) -> Price:
    price = Price(
        micro_usd=table.integer("micro_usd", 0, DEAREST_MICRO_USD),
        per=PriceUnit(table.one_of("per", tuple(PriceUnit))),
    )
    table.finish()
    return price


def _check_price(table: Table, model: Model) -> None:
    """Refuse a price by size for a model some of whose sizes are not known, its own default included."""
    for parameters in ({}, *model.aspects.values()):
        if model.price is not None and model.price_micro_usd(parameters) is None:
            table.refuse(
                "price", f"a price per picture: the size of {dict(parameters) or 'its default'} is unknown"
            )


def _read_parameters(table: Table) -> Mapping[str, Parameter]:
    return MappingProxyType({name: _read_parameter(name, table.table(name)) for name in table.keys})


def _read_parameter(name: str, table: Table) -> Parameter:
    kind = ParameterType(table.one_of("type", tuple(ParameterType)))
    low, high = _read_range(table, kind)
    parameter = Parameter(
        name=name,
        type=kind,
        description=table.text("description"),
        default=_read_default(table),
        low=low,
        high=high,
        step=table.integer("step", 1, _LARGEST_NUMBER) if table.has("step") else None,
        choices=_read_choices(table, kind),
    )
    if parameter.default is not None and not parameter.accepts(parameter.default):
        table.refuse("default", f"a value of this parameter ({parameter.allowed})")
    table.finish()
    return parameter


def _read_range(table: Table, kind: ParameterType) -> tuple[int | float | None, int | float | None]:
    """Return the inclusive bounds: of numbers their `range`, of texts 1 and their `longest` length."""
    if kind is ParameterType.TEXT:
        return 1, table.integer("longest", 1, _LONGEST_TEXT_PARAMETER)
    if kind not in {ParameterType.INT, ParameterType.FLOAT}:
        return None, None
    match table.value("range"):
        case [low, high] if is_number(low) and is_number(high) and low < high:
            if kind is ParameterType.INT and not (isinstance(low, int) and isinstance(high, int)):
                table.refuse("range", "two whole numbers")
            return low, high
        case _:
            return table.refuse("range", "[lowest, highest]")


def _read_choices(table: Table, kind: ParameterType) -> tuple[str, ...]:
    if kind is not ParameterType.CHOICE:
        return ()
    choices = table.texts("choices")
    if not choices:
        table.refuse("choices", "a list of different texts")
    return choices


def _read_default(table: Table) -> ParameterValue | None:
    value = table.value("default")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return table.refuse("default", "a text, a number, true or false")


def _read_aspects(
    table: Table, parameters: Mapping[str, Parameter], provider: ProviderEntry
) -> Mapping[str, Parameters]:
    """Return the aspects in their fixed order, each with parameters that the model itself would accept."""
    given = {
        aspect: _read_aspect(table.table(aspect), parameters, provider)
        for aspect in ASPECTS
        if table.has(aspect)
    }
    table.finish()
    if not given:
        table.refuse("1:1", "at least one aspect")
    return MappingProxyType(given)


def _read_aspect(table: Table, parameters: Mapping[str, Parameter], provider: ProviderEntry) -> Parameters:
    values = {key: _read_aspect_value(table, key, provider) for key in table.keys}
    for key, value in values.items():
        if key in parameters and not isinstance(value, dict) and not parameters[key].accepts(value):
            table.refuse(key, f"a value of that parameter ({parameters[key].allowed})")
    if not values:
        table.refuse("width", "the parameters that give this aspect")
    return MappingProxyType(values)


def _read_aspect_value(table: Table, key: str, provider: ProviderEntry) -> JsonValue:
    match table.value(key):
        case str() as word if key != "image_size" or word in provider.sizes:
            return word
        case side if key in _SIDES and _is_side(side):
            return side
        case {"width": width, "height": height} if _is_side(width) and _is_side(height):
            return {"width": width, "height": height}
        case _:
            return table.refuse(key, "a word, a side in px, or a size of the provider")
