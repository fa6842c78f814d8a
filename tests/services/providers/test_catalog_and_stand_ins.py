"""The catalogue and the stand-ins were written down apart, from the same sources: what one sends the other takes."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.providers import bfl_models, fal_models, modelslab_checks, openai_models
from services.providers.catalog import Model, Parameter, ParameterType, load_catalog
from services.providers.parameters import written

CATALOG = load_catalog()
FAL = [model for model in CATALOG.models if model.provider == "fal"]
MODELSLAB = [model for model in CATALOG.models if model.provider == "modelslab"]
OPENAI = [model for model in CATALOG.models if model.provider == "openai"]
BFL = [model for model in CATALOG.models if model.provider == "bfl"]
KINDS = {
    ParameterType.INT: {"integer"},
    ParameterType.FLOAT: {"number"},
    ParameterType.BOOL: {"flag", "boolean"},
    ParameterType.CHOICE: {"choice"},
    ParameterType.TEXT: {"text"},
    ParameterType.SIZE: {"size"},
}


def named_fields(model: Model) -> Iterator[str]:
    """Yield every field that an order for `model` may have beside its prompt, its seed and its webhook."""
    yield from model.parameters
    yield from {name for parameters in model.aspects.values() for name in parameters}
    if model.capabilities.reference_field:
        yield model.capabilities.reference_field


def check_kind(parameter: Parameter, field: Any) -> None:  # noqa: ANN401 - the two stand-ins have each their own
    assert field.kind in KINDS[parameter.type]
    assert set(parameter.choices) <= {*field.choices, *fal_models.IMAGE_SIZES}
    if parameter.default is not None:
        assert field.default == parameter.default


@pytest.mark.parametrize("model", FAL, ids=lambda model: model.id)
def test_fals_stand_in_takes_what_the_catalogue_sends(model: Model) -> None:
    fields = fal_models.MODELS[model.endpoint].fields

    assert set(named_fields(model)) <= fields.keys()
    assert ("prompt" in fields) or not model.capabilities.takes_prompt
    for parameter in model.parameters.values():
        field = fields[parameter.name]
        check_kind(parameter, field)
        if field.least is not None and field.most is not None:
            assert parameter.low is not None
            assert parameter.high is not None
            assert field.least <= parameter.low <= parameter.high <= field.most


@pytest.mark.parametrize("model", BFL, ids=lambda model: model.id)
def test_bfls_stand_in_takes_what_the_catalogue_sends(model: Model) -> None:
    fields = {field.name: field for field in bfl_models.MODELS[model.endpoint].fields}

    assert set(named_fields(model)) <= fields.keys()
    for parameter in model.parameters.values():
        field = fields[parameter.name]
        check_kind(parameter, field)
        assert field.low is None or (parameter.low is not None and parameter.low >= field.low)
        assert field.high is None or (parameter.high is not None and parameter.high <= field.high)
        assert field.multiple is None or (parameter.step or 0) % field.multiple == 0


@pytest.mark.parametrize("model", MODELSLAB, ids=lambda model: model.id)
def test_modelslabs_stand_in_takes_what_the_catalogue_sends(model: Model) -> None:
    assert set(named_fields(model)) <= modelslab_checks.FIELDS
    assert {model.parameters[side].low for side in ("width", "height")} == {modelslab_checks.SMALLEST_SIDE}


@pytest.mark.parametrize("model", OPENAI, ids=lambda model: model.id)
def test_openais_stand_in_takes_what_the_catalogue_sends(model: Model) -> None:
    theirs = openai_models.MODELS[model.endpoint]
    sizes = [written(parameters["size"]) for parameters in model.aspects.values()]
    sizes += [*model.parameters["size"].choices, *model.parameters["size"].examples]

    assert set(model.parameters["quality"].choices) == {"auto", *theirs.qualities}
    assert ("input_fidelity" in model.parameters) == bool(theirs.fidelities)
    assert [theirs.size_fault(size) for size in sizes] == [""] * len(sizes)


@given(st.sampled_from(OPENAI), st.integers(1, 250), st.integers(1, 250), st.sampled_from([1, 8, 16]))
def test_openais_stand_in_refuses_the_same_sizes(model: Model, width: int, height: int, step: int) -> None:
    size = f"{width * step}x{height * step}"

    is_taken = model.parameters["size"].accepts(size)
    assert is_taken == (not openai_models.MODELS[model.endpoint].size_fault(size))
