"""Reads `catalog.toml`, or another file of that form, and refuses one that is wrong with the place of its mistake."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from services.models import Parameters
from services.providers.model import Capabilities, Model, ProviderEntry, ReferenceForm
from services.providers.parameter_table import (
    LARGEST_SIDE_PX,
    Sizes,
    is_side,
    read_aspects,
    read_parameters,
    read_shared_aspects,
    read_shared_parameters,
)
from services.providers.parameters import Parameter
from services.providers.price_table import check_price, read_price, read_token_prices
from services.providers.toml_table import Table, open_toml
from services.providers.variation_table import check_variation, read_variation

NEWEST_SCHEMA: Final = 1
"""The version of the file's form that this code reads."""

ALL_CORES: Final = "cores"
"""Written as `running_cap` for a provider that works on this machine."""

_LONGEST_WAIT_S: Final = 7 * 86_400
_MOST_REFERENCES: Final = 64


@dataclass(frozen=True, slots=True)
class CatalogContent:
    """What a catalogue file says, in its order. `preferred...` are model ids, the first choice first."""

    providers: Mapping[str, ProviderEntry]
    models: tuple[Model, ...]
    preferred: tuple[str, ...]
    preferred_with_references: tuple[str, ...] = ()
    preferred_faces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the models of one provider may take by name."""

    provider: ProviderEntry
    parameters: Mapping[str, Parameter]
    aspects: Mapping[str, Mapping[str, Parameters]]


def read_catalog_file(path: Path) -> CatalogContent:
    """Return the content of the file at `path`.

    Raises StartError("bad_catalog") with the file, the table, the key, what was expected and what was found.
    """
    root = open_toml(path)
    root.integer("schema", NEWEST_SCHEMA, NEWEST_SCHEMA)
    shared = _read_providers(root.table("providers"))
    models: dict[str, Model] = {}
    tables = root.tables("models")
    for table in tables:
        model = _read_model(table, shared)
        if model.id in models:
            table.refuse("id", "an id that no other model has")
        models[model.id] = model
    for table, model in zip(tables, models.values(), strict=True):
        _check_ids(table, "equivalents", model.equivalents, models.keys() - {model.id})
        check_variation(table, model, models)
    preferred = root.texts("preferred")
    _check_ids(root, "preferred", preferred, models.keys())
    able = [(model.id, model.capabilities) for model in models.values()]
    with_references = [model_id for model_id, can in able if can.references]
    preferred_with_references = _read_preferred(root, "preferred_with_references", with_references)
    keepers = [model_id for model_id, can in able if can.keeps_face]
    preferred_faces = _read_preferred(root, "preferred_faces", keepers)
    root.finish()
    providers = MappingProxyType({name: each.provider for name, each in shared.items()})
    return CatalogContent(
        providers, tuple(models.values()), preferred, preferred_with_references, preferred_faces
    )


def _read_preferred(root: Table, key: str, known: Collection[str]) -> tuple[str, ...]:
    if not root.has(key):
        return ()
    ids = root.texts(key)
    _check_ids(root, key, ids, known)
    return ids


def _check_ids(table: Table, key: str, ids: tuple[str, ...], known: Collection[str]) -> None:
    for each in ids:
        if each not in known:
            table.refuse(key, f"ids of other models of this file ({each[:60]!r} is none)")


def _read_providers(table: Table) -> Mapping[str, _Shared]:
    if not table.keys:
        table.refuse("sketch", "a table of at least one provider")
    return {name: _read_provider(name, table.table(name)) for name in table.keys}


def _read_provider(name: str, table: Table) -> _Shared:
    entry = ProviderEntry(
        name=name,
        title=table.text("title"),
        home=_read_home(table),
        key_setting=table.text("key_setting") if table.has("key_setting") else None,
        running_cap=_read_running_cap(table),
        sizes=_read_sizes(table.table("sizes")),
    )
    parameters = read_shared_parameters(table.table("parameters"))
    aspects = table.table("aspects")
    named = {word: read_shared_aspects(aspects.table(word), entry.sizes) for word in aspects.keys}
    table.finish()
    return _Shared(entry, parameters, named)


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


def _read_sizes(table: Table) -> Sizes:
    sizes: dict[str, tuple[int, int]] = {}
    for word in table.keys:
        match table.value(word):
            case [width, height] if is_side(width) and is_side(height):
                sizes[word] = (width, height)
            case _:
                table.refuse(word, f"[width, height] in 1..{LARGEST_SIDE_PX}")
    return MappingProxyType(sizes)


def _read_model(table: Table, providers: Mapping[str, _Shared]) -> Model:
    # From here on, errors name the model and not only its number.
    table.name = f"models {table.text('id')}"
    shared = providers[table.one_of("provider", providers)]
    provider = shared.provider
    parameters = read_parameters(table, shared.parameters)
    model = Model(
        id=_read_id(table, provider.name),
        provider=provider.name,
        title=table.text("title"),
        endpoint=table.text("endpoint"),
        version=table.text("version"),
        description=table.text("description"),
        parameters=parameters,
        capabilities=_read_capabilities(table.table("capabilities")),
        aspects=read_aspects(table, shared.aspects, parameters, provider.sizes),
        price=read_price(table.table("price"), parameters) if table.has("price") else None,
        expected_s=table.number("expected_s", 0.01, _LONGEST_WAIT_S),
        outcome_known_after_s=table.number("outcome_known_after_s", 1, _LONGEST_WAIT_S),
        may_be_retired=table.flag("may_be_retired", default=False),
        equivalents=table.texts("equivalents"),
        sizes=provider.sizes,
        token_prices=read_token_prices(table.table("token_prices")) if table.has("token_prices") else None,
        vary=read_variation(table.table("vary"), table.text("id")) if table.has("vary") else None,
    )
    table.finish()
    _check_shape(table, model)
    check_price(table, model)
    return model


def _check_shape(table: Table, model: Model) -> None:
    """Refuse a model whose picture has no shape: it has aspects, or keeps that of its reference."""
    can = model.capabilities
    if not model.aspects and not (can.keeps_size and can.references_needed):
        table.refuse("aspects", "at least one aspect, or keeps_size and references_needed")
    if can.upscales and not (can.keeps_size and can.references_needed and can.scaled_by):
        table.refuse("capabilities", "keeps_size, references_needed and scaled_by beside upscales")
    if can.scaled_by and can.scaled_by not in model.parameters:
        table.refuse("capabilities", f"a parameter of this model as scaled_by, not {can.scaled_by!r}")


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
        takes_prompt=table.flag("takes_prompt", default=True),
        references=references,
        references_needed=table.integer("references_needed", 0, references, default=0),
        reference_field=table.text("reference_field", default="") if references else "",
        reference_form=ReferenceForm(_read_form(table)),
        keeps_size=table.flag("keeps_size", default=False),
        scaled_by=table.text("scaled_by", default=""),
        upscales=table.flag("upscales", default=False),
        largest_side_px=table.integer("largest_side_px", 1, LARGEST_SIDE_PX, default=0),
        keeps_face=_read_keeps_face(table, references),
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


def _read_keeps_face(table: Table, references: int) -> bool:
    keeps_face = table.flag("keeps_face", default=False)
    if keeps_face and not references:
        table.refuse("keeps_face", "false for a model that looks at no reference")
    return keeps_face


def _read_form(table: Table) -> str:
    has_form = table.has("reference_form")
    return table.one_of("reference_form", tuple(ReferenceForm)) if has_form else ReferenceForm.ONE
