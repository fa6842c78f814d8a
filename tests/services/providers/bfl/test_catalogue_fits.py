"""What the catalogue lets people send is what the vendor takes."""

import base64
import io

import pytest
from PIL import Image

from playground.providers.bfl_fields import check
from playground.providers.bfl_models import MODELS
from services.http import object_in
from services.providers.base import PaintOrder, Reference
from services.providers.bfl.orders import encode_order
from services.providers.catalog import Model, load_catalog
from services.providers.parameters import Parameter, ParameterValue

CATALOGUE = tuple(model for model in load_catalog().models if model.provider == "bfl")


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def refused(model: Model, parameters: dict[str, ParameterValue], references: int = 0) -> list[object]:
    """Return the rules that an order breaks at the vendor."""
    order = PaintOrder(
        model.id,
        model.endpoint,
        "a face",
        4_294_967_295,
        model.fit(parameters).parameters,
        references=(Reference(_picture(), "image/png", 8, 8),) * references,
        webhook_url="https://limner.example/hooks/bfl/1.mac",
    )
    body = object_in(encode_order(order, model.capabilities))
    return [*check(dict(body), MODELS[model.endpoint].fields).breaches]


def values_of(parameter: Parameter) -> list[ParameterValue]:
    """Return the ends of its range, its default and its choices."""
    known = [parameter.low, parameter.high, parameter.default, *parameter.choices]
    return [value for value in known if value is not None] or [True, False]


@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        pytest.param(model, parameter, value, id=f"{model.id} {parameter.name}={value}")
        for model in CATALOGUE
        for parameter in model.parameters.values()
        for value in values_of(parameter)
    ],
)
def test_every_value_that_the_catalogue_allows_is_taken(
    model: Model, parameter: Parameter, value: ParameterValue
) -> None:
    assert refused(model, {parameter.name: value}) == []


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.id)
def test_every_aspect_and_all_references_are_taken(model: Model) -> None:
    for aspect in model.aspects:
        sent = dict(model.fit({}, aspect).parameters)
        assert check({"prompt": "", **sent}, MODELS[model.endpoint].fields).breaches == []
    assert refused(model, {}, model.capabilities.references) == []


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.id)
def test_as_many_references_are_offered_as_the_vendor_has_fields(model: Model) -> None:
    kinds = {"picture", "picture or address"}
    fields = [field.name for field in MODELS[model.endpoint].fields if field.kind in kinds]
    body = object_in(
        encode_order(
            PaintOrder(
                model.id,
                model.endpoint,
                "",
                1,
                references=(Reference(b"x", "image/png", 1, 1),) * len(fields),
            ),
            model.capabilities,
        )
    )

    assert model.capabilities.references == len(fields)
    assert [body[name] for name in fields] == [base64.b64encode(b"x").decode()] * len(fields)


def test_the_catalogue_has_models_of_the_vendor() -> None:
    assert {model.endpoint for model in CATALOGUE} >= {
        "flux-dev",
        "flux-pro-1.1",
        "flux-kontext-pro",
        "flux-2-pro",
    }
