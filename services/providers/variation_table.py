"""Reads how a model's pictures are varied, and checks that the model which is to do it can."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.models import Parameters
from services.providers.model import Model, Strength, Variation, VaryBy
from services.providers.toml_table import Table

_LARGEST_NUMBER: Final = 1000


def read_variation(table: Table, own_id: str) -> Variation:
    """Return what `[models.vary]` says: without a `model` it is done by the model itself."""
    variation = Variation(
        by=VaryBy(table.one_of("by", tuple(VaryBy))),
        model_id=table.text("model", default=own_id),
        parameters=MappingProxyType({each: _read_parameters(table.table(each)) for each in Strength}),
    )
    table.finish()
    return variation


def _read_parameters(table: Table) -> Parameters:
    values = {name: table.number(name, -_LARGEST_NUMBER, _LARGEST_NUMBER) for name in table.keys}
    table.finish()
    # A whole number stays one: parameters that count take no other.
    return MappingProxyType(
        {name: int(value) if isinstance(table.value(name), int) else value for name, value in values.items()}
    )


def check_variation(table: Table, model: Model, models: Mapping[str, Model]) -> None:
    """Refuse a variation by a model that is not there or cannot do it, or with parameters that it does not take."""
    vary = model.vary
    if vary is None:
        return
    target = models.get(vary.model_id)
    if target is None:
        table.refuse("vary", f"the id of a model of this file ({vary.model_id[:60]!r} is none)")
    if vary.by is not VaryBy.FEATURES and not (
        target.capabilities.references and target.capabilities.takes_prompt
    ):
        table.refuse("vary", f"a model that looks at a picture and takes words ({target.id} does not)")
    for strength, values in vary.parameters.items():
        for name, value in values.items():
            if name not in target.parameters or not target.parameters[name].accepts(value):
                table.refuse(
                    "vary", f"{strength}: a parameter of {target.id} in its range, not {name}={value:g}"
                )
    if vary.by is VaryBy.STRENGTH and not all(vary.parameters.values()):
        table.refuse("vary", "parameters for subtle and for strong")
