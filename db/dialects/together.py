"""Changes of one transaction that go to PostgreSQL in one statement: most take less time there than the way to it.

done = together(conn, move=(_MOVE, {"job": 7}), image=(_INSERT_IMAGE, {...}))

SQLite, where there is no way, runs them one after the other. PostgreSQL runs all over what was there before the first:
so no change may read what another one writes, or change a row that another one changes. What it needs of one before it
is said by `of_part` and `has_run`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from db.dialects.prepared import Form, Prepared, Row, Values, driver_of
from services.errors import BugError

T = TypeVar("T")

Part = tuple[Prepared, Values]
"""A change and its parameters."""

_PLACE: Final = re.compile(r"\$(\d+)")


class _OfPart(FunctionElement[Any]):
    """A value of the row that another part returns."""

    inherit_cache = True
    name = "of_part"

    def __init__(self, part: str, column: str, type_: TypeEngine[Any]) -> None:
        self.part, self.column, self.type = part, column, type_
        super().__init__(sa.literal_column(f"'{part}.{column}'"))  # tells one from another


class _HasRun(FunctionElement[bool]):
    """Whether another part has changed a row."""

    inherit_cache = True
    name = "has_run"
    type = sa.Boolean()

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(sa.literal_column(f"'{part}'"))


def of_part(part: str, column: sa.Column[T]) -> sa.ColumnElement[T]:
    """Return what a column holds in the row that a part before returns, NULL where it returns none."""
    return _OfPart(part, str(column.key), column.type)


def has_run(part: str) -> sa.ColumnElement[bool]:
    """Return the condition that a part before, which returns its row, has changed one."""
    return _HasRun(part)


# What asks for another part stands alone and names no column of its own statement: it is computed once, and holds where
# a row that others had locked is looked at again. A part that changes rows cannot be run for that a second time.
@compiles(_OfPart, "postgresql")
def _from_part(element: _OfPart, _compiler: SQLCompiler, **_: object) -> str:
    return f"(SELECT {element.column} FROM part_{element.part})"  # noqa: S608 - names of ours


@compiles(_HasRun, "postgresql")
def _part_is_there(element: _HasRun, _compiler: SQLCompiler, **_: object) -> str:
    return f"EXISTS (SELECT FROM part_{element.part})"


@compiles(_OfPart, "sqlite")
def _value_of_part(element: _OfPart, compiler: SQLCompiler, **named: object) -> str:
    name = _name_of(element.part, element.column)
    return compiler.process(sa.bindparam(name, type_=element.type), **named)


@compiles(_HasRun, "sqlite")
def _said_of_part(element: _HasRun, compiler: SQLCompiler, **named: object) -> str:
    return compiler.process(sa.bindparam(_name_of(element.part, ""), type_=sa.Boolean), **named)


def _name_of(part: str, column: str) -> str:
    """Return the parameter by which SQLite is given what another part returned."""
    return f"part_{part}_{column}"


def together(conn: Connection, /, **parts: Part) -> dict[str, Row | None]:
    """Run changes in this order; return the first row of each, () where it returns none, None where it changed none.

    What the driver raises comes out as it is, as from `Prepared`.
    """
    return (_one_by_one if conn.dialect.name == "sqlite" else _at_once)(conn, parts)


def id_of(done: Mapping[str, Row | None], part: str) -> int:
    """Return the id with which the row of a part begins. Raises BugError where it made none."""
    row = done[part]
    if not row:
        raise BugError("no_row", f"{part} has made no row")
    return int(row[0])


def _one_by_one(conn: Connection, parts: dict[str, Part]) -> dict[str, Row | None]:
    rows: dict[str, Row | None] = {}
    come: dict[str, Any] = {}
    for name, (prepared, values) in parts.items():
        given = {**values, **come}
        names = prepared.form_for(conn, given).names
        row = rows[name] = prepared.first(conn, given) if names else _changed(prepared.change(conn, given))
        come[_name_of(name, "")] = row is not None
        come |= {_name_of(name, each): None if row is None else row[at] for at, each in enumerate(names)}
    return rows


def _changed(count: int) -> Row | None:
    return () if count else None


def _at_once(conn: Connection, parts: dict[str, Part]) -> dict[str, Row | None]:
    forms = [prepared.form_for(conn, values) for prepared, values in parts.values()]
    sql = _joined(tuple(parts), tuple(forms))
    arguments: list[Any] = []
    for form, (_, values) in zip(forms, parts.values(), strict=True):
        arguments += form.arguments(values)
    found = driver_of(conn).run_async(lambda driver: driver.fetchrow(sql, *arguments))
    return {name: _read(form, row) for name, form, row in zip(parts, forms, found, strict=True)}


def _read(form: Form, row: Row | None) -> Row | None:
    if row is None:
        return None
    return form.row(row) if form.names else ()


# The forms are kept by their statements, so that these stay the same few.
@lru_cache(maxsize=512)
def _joined(names: tuple[str, ...], forms: tuple[Form, ...]) -> str:
    """Return one statement of several, whose parameters follow one another; its columns are the row of each."""
    parts, before = [], 0
    for name, form in zip(names, forms, strict=True):
        sql = _PLACE.sub(lambda place, before=before: f"${int(place[1]) + before}", form.sql)  # type: ignore[misc]
        parts.append(f"part_{name} AS ({sql if form.is_returning else f'{sql} RETURNING 1'})")
        before += len(form.takes)
    # The columns are asked for from left to right, and by that the parts run in their order.
    # Source: PostgreSQL manual, 7.8.4, leaves it open otherwise.
    columns = (f"(SELECT part_{name} FROM part_{name} LIMIT 1)" for name in names)  # noqa: S608 - as above
    return f"WITH {', '.join(parts)} SELECT {', '.join(columns)}"
