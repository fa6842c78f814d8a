"""UPDATEs by what they change, each put together once: that takes longer than running one.

A change names columns and their new values: plain ones, `After` and `AfterUnlessCanceled` for a time from now on,
`FirstSaid` for what stays once it was said.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from db.tables.types import database_now_ms

Shape = tuple[tuple[str, str], ...]
"""The columns of a change in order, each with what kind of value it gets."""


class After(NamedTuple):
    """A time so many milliseconds from now, by the database's clock."""

    delay_ms: int = 0


class AfterUnlessCanceled(NamedTuple):
    """A time so many milliseconds from now for a job; now, where it is to be stopped."""

    delay_ms: int


class FirstSaid(NamedTuple):
    """A value for a column that has none yet; one that it has stays."""

    value: object


NOW: Final = After()
_SPECIAL: Final[Mapping[type, str]] = {
    After: "after",
    AfterUnlessCanceled: "unless_canceled",
    FirstSaid: "first",
}


def shape_of(values: Mapping[str, object]) -> Shape:
    """Return what tells one statement from another: the columns, not the values."""
    return tuple((name, _SPECIAL.get(type(value), "plain")) for name, value in sorted(values.items()))


def parameters_of(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values as the parameters of the statement with their shape."""
    return {
        f"new_{name}": value[0] if isinstance(value, After | AfterUnlessCanceled | FirstSaid) else value
        for name, value in values.items()
    }


def _assigned(column: sa.Column[Any], kind: str) -> sa.ColumnElement[Any]:
    value = sa.bindparam(f"new_{column.name}", type_=column.type)
    if kind == "after":
        return database_now_ms() + value
    if kind == "unless_canceled":
        is_going_on = column.table.c.cancel_requested_at_ms.is_(None)
        return database_now_ms() + sa.case((is_going_on, value), else_=0)
    return sa.func.coalesce(column, value) if kind == "first" else value


def assignments(table: sa.Table, shape: Shape) -> dict[str, sa.ColumnElement[Any]]:
    """Return what an UPDATE of `table` sets, as parameters that `parameters_of` gives."""
    return {name: _assigned(table.c[name], kind) for name, kind in shape}
