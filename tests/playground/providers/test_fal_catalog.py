"""The bot's catalogue and fal's stand-in were written apart from one sheet: what one offers, the other takes."""

from typing import Any

import pytest

from playground.providers.fal_checks import checked
from playground.providers.fal_models import MODELS
from services.providers.catalog import load_catalog
from services.providers.parameters import ParameterType

CATALOGUE = {model.endpoint: model for model in load_catalog().models if model.provider == "fal"}


def needed(endpoint: str) -> dict[str, Any]:
    """Return an input with nothing but what the model cannot do without."""
    fields = MODELS[endpoint].fields.items()
    return {name: ["x"] if field.kind == "pictures" else "x" for name, field in fields if field.is_required}


def test_every_model_of_the_catalogue_is_there_and_none_besides() -> None:
    assert set(CATALOGUE) == set(MODELS)


@pytest.mark.parametrize("endpoint", sorted(CATALOGUE))
def test_every_parameter_has_the_same_name_and_default(endpoint: str) -> None:
    fields = MODELS[endpoint].fields
    differing = {
        name: (parameter.default, fields[name].default if name in fields else "unknown")
        for name, parameter in CATALOGUE[endpoint].parameters.items()
        if name not in fields or parameter.default not in (None, fields[name].default)
    }
    assert differing == {}


@pytest.mark.parametrize("endpoint", sorted(CATALOGUE))
def test_the_ends_of_every_range_and_every_choice_are_taken(endpoint: str) -> None:
    for name, parameter in CATALOGUE[endpoint].parameters.items():
        is_number = parameter.type in (ParameterType.INT, ParameterType.FLOAT)
        ends = (parameter.low, parameter.high) if is_number else ()
        for value in (*ends, *parameter.choices):
            assert checked(MODELS[endpoint], needed(endpoint) | {name: value})


@pytest.mark.parametrize("endpoint", sorted(CATALOGUE))
def test_every_aspect_is_taken(endpoint: str) -> None:
    for values in CATALOGUE[endpoint].aspects.values():
        assert checked(MODELS[endpoint], needed(endpoint) | dict(values))


@pytest.mark.parametrize("endpoint", sorted(CATALOGUE))
def test_the_reference_has_the_same_name(endpoint: str) -> None:
    kinds = {name for name, field in MODELS[endpoint].fields.items() if field.kind in ("picture", "pictures")}
    named = CATALOGUE[endpoint].capabilities.reference_field
    assert kinds == ({named} if named else set())


@pytest.mark.parametrize("endpoint", sorted(name for name, model in CATALOGUE.items() if model.price))
def test_the_price_is_for_the_unit_that_is_billed(endpoint: str) -> None:
    price = CATALOGUE[endpoint].price
    assert price is not None
    assert price.per.value == MODELS[endpoint].bills
