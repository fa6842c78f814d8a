"""A small catalogue of the vendor's models, each with what a test needs of it."""

from types import MappingProxyType
from typing import Any, Final

from services.providers.catalog import Catalog
from services.providers.model import Capabilities, Model, ReferenceForm
from services.providers.parameters import Parameter, ParameterType


def _side(name: str) -> Parameter:
    return Parameter(name, ParameterType.INT, "", 1024, 256, 1440, 32)


_PARAMETERS: Final = {
    parameter.name: parameter
    for parameter in (
        _side("width"),
        _side("height"),
        Parameter("steps", ParameterType.INT, "", 28, 1, 50),
        Parameter("guidance", ParameterType.FLOAT, "", 3.0, 1.5, 5),
        Parameter("prompt_upsampling", ParameterType.BOOL, "", default=False),
        Parameter("safety_tolerance", ParameterType.INT, "", 2, 0, 6),
        Parameter("output_format", ParameterType.CHOICE, "", "jpeg", choices=("jpeg", "png", "webp")),
    )
}


def _model(endpoint: str, capabilities: Capabilities) -> Model:
    values: dict[str, Any] = {
        "id": f"bfl/{endpoint}",
        "provider": "bfl",
        "title": endpoint.upper(),
        "endpoint": endpoint,
        "version": "1",
        "description": "",
        "parameters": MappingProxyType(_PARAMETERS),
        "capabilities": capabilities,
        "aspects": {},
        "price": None,
        "expected_s": 8.0,
        "outcome_known_after_s": 600.0,
        "may_be_retired": False,
        "equivalents": (),
        "sizes": {},
    }
    return Model(**values)


MODELS: Final = (
    _model("flux-dev", Capabilities(references=1, reference_field="image_prompt", webhook=True)),
    _model("flux-pro-1.1", Capabilities(references=1, reference_field="image_prompt", webhook=True)),
    _model("flux-kontext-max", Capabilities(references=4, reference_field="input_image", webhook=True)),
    _model(
        "flux-kontext-pro",
        Capabilities(
            references=4, reference_field="input_image", reference_form=ReferenceForm.NUMBERED, webhook=True
        ),
    ),
)

CATALOG: Final = Catalog({}, MODELS, (), {model.id: model for model in MODELS})


def model_of(endpoint: str) -> Model:
    """Return one of the models."""
    return CATALOG.by_id[f"bfl/{endpoint}"]
