"""Measures of a part as a base and adjustments: a table row says by how much a value moves which measure."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = Mapping[str, float]
Table = Mapping[str, Row]

FormT = TypeVar("FormT", bound="DataclassInstance")


def adjusted(base: FormT, *rows: Row) -> FormT:
    """Return `base`, a dataclass of floats, with the sum of the rows added to the fields that they name."""
    names = {field.name for field in fields(base)}
    total: dict[str, Any] = {}
    for row in rows:
        for name, amount in row.items():
            if name not in names:
                raise KeyError(f"{type(base).__name__} has no measure {name}")
            total[name] = total.get(name, getattr(base, name)) + amount
    return replace(base, **total)
