"""Statements that run for every picture: put into their database's words once, and given to the driver as they are.

At each run SQLAlchemy looks a statement up by all its parts, and wraps what comes back; that takes as long as the
driver itself, and on SQLite longer than the statement (measured). What is written here once is the same statement with
the same types; only the way to the driver is shorter. What seldom runs needs none of this.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

Row = Sequence[Any]
Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]

_NOTHING: Final[Values] = {}


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one parameter of the driver is: by its name, or `fixed`, a value that stands in the statement."""

    name: str
    convert: _Convert | None
    is_fixed: bool
    fixed: Any

    def of(self, values: Values) -> Any:  # noqa: ANN401 - whatever a column holds
        if self.is_fixed:
            return self.fixed
        value = values[self.name]
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A statement in the words of one driver. `is_returning`: it gives rows, also where none were asked for."""

    sql: str
    is_returning: bool
    takes: tuple[_Taken, ...]
    names: tuple[str, ...]
    converts: tuple[tuple[int, _Convert], ...]
    """Columns of a row that are not yet what their type says, each with what makes it so."""

    def arguments(self, values: Values) -> list[Any]:
        """Return what the driver is given beside the statement."""
        return [taken.of(values) for taken in self.takes]

    def row(self, given: Row) -> Row:
        """Return a row as SQLAlchemy would, without its names."""
        if not self.converts:
            return tuple(given)
        row = list(given)
        for at, convert in self.converts:
            row[at] = convert(row[at])
        return tuple(row)


def _taken(name: str, bound: sa.BindParameter[Any], dialect: Dialect, values: Values) -> _Taken:
    convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
    if name in values:
        return _Taken(name, convert, is_fixed=False, fixed=None)
    if bound.required:
        raise KeyError(name)
    fixed = bound.effective_value
    return _Taken(name, None, is_fixed=True, fixed=fixed if convert is None else convert(fixed))


def _reading(column: sa.ColumnElement[Any], dialect: Dialect) -> _Convert | None:
    """Return what makes of a driver's value what the column's type says; a fraction stays what the driver gives."""
    if isinstance(column.type, sa.Numeric | sa.Float):
        return None
    return column.type.dialect_impl(dialect).result_processor(dialect, None)


def _columns_of(statement: Any) -> Sequence[sa.ColumnElement[Any]]:  # noqa: ANN401 - a select or what changes rows
    return list(statement.exported_columns) if isinstance(statement, sa.Select) else _returned(statement)


def _returned(statement: Any) -> Sequence[sa.ColumnElement[Any]]:  # noqa: ANN401 - as above
    return [each["expr"] for each in statement.returning_column_descriptions]


def _form(statement: Any, dialect: Dialect, values: Values) -> Form:  # noqa: ANN401 - as above
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    sql = str(compiled)
    if "POSTCOMPILE" in sql:
        raise TypeError("a list is of another length each time: is_word, or SQLAlchemy itself")
    columns = _columns_of(statement)
    return Form(
        sql=sql,
        is_returning=bool(getattr(compiled, "effective_returning", None)),
        takes=tuple(
            _taken(name, compiled.binds[name], dialect, values) for name in compiled.positiontup or ()
        ),
        names=tuple(str(each.key) for each in columns),
        converts=tuple(
            (at, convert)
            for at, convert in enumerate(_reading(each, dialect) for each in columns)
            if convert is not None
        ),
    )


class Prepared:
    """A statement that is put together once; its parameters are `sa.bindparam`s, and columns where it inserts.

    To be used with a connection of `Database`. What the driver raises comes out as it is, as
    `db/dialects/crossing.py` knows it. Raises KeyError where a parameter has no value.
    """

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase) -> None:
        self._statement: Final = statement
        self._forms: Final[dict[tuple[str, ...], Form]] = {}

    @property
    def statement(self) -> Any:  # noqa: ANN401 - whatever it was made of
        """Return the statement, to be widened or looked at."""
        return self._statement

    def form_for(self, conn: Connection, values: Values) -> Form:
        """Return the statement as the connection's driver is given it with parameters of these names."""
        key = (conn.dialect.driver, *values)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _form(self._statement, conn.dialect, values)
        return form

    def _rows(self, conn: Connection, values: Values) -> tuple[Form, Sequence[Row]]:
        form = self.form_for(conn, values)
        return form, _FETCHES[conn.dialect.driver](conn, form.sql, form.arguments(values))

    def all(self, conn: Connection, values: Values = _NOTHING) -> list[Row]:
        """Return all rows."""
        form, rows = self._rows(conn, values)
        return [form.row(row) for row in rows]

    def first(self, conn: Connection, values: Values = _NOTHING) -> Row | None:
        """Return the first row, None where there is none."""
        form, rows = self._rows(conn, values)
        return form.row(rows[0]) if rows else None

    def one(self, conn: Connection, values: Values = _NOTHING) -> Row:
        """Return the one row. Raises ValueError where there is another number of them."""
        form, rows = self._rows(conn, values)
        (row,) = rows
        return form.row(row)

    def scalar(self, conn: Connection, values: Values = _NOTHING) -> Any:  # noqa: ANN401 - whatever a column holds
        """Return the first column of the first row, None where there is no row."""
        row = self.first(conn, values)
        return None if row is None else row[0]

    def named(self, conn: Connection, values: Values = _NOTHING) -> dict[str, Any] | None:
        """Return the first row by the names of its columns, None where there is none."""
        form, rows = self._rows(conn, values)
        return dict(zip(form.names, form.row(rows[0]), strict=True)) if rows else None

    def all_named(self, conn: Connection, values: Values = _NOTHING) -> list[dict[str, Any]]:
        """Return all rows by the names of their columns."""
        form, rows = self._rows(conn, values)
        return [dict(zip(form.names, form.row(row), strict=True)) for row in rows]

    def change(self, conn: Connection, values: Values = _NOTHING) -> int:
        """Run what returns no rows; return how many it has inserted, changed or deleted."""
        form = self.form_for(conn, values)
        return _CHANGES[conn.dialect.driver](conn, form.sql, form.arguments(values))


def driver_of(conn: Connection) -> Any:  # noqa: ANN401 - of one driver or another, which have no common type
    """Return the driver's connection as SQLAlchemy has it: sqlite3's own, or an asynchronous one that is adapted."""
    return conn.connection.dbapi_connection


def _fetch_sqlite(conn: Connection, sql: str, arguments: list[Any]) -> Sequence[Row]:
    return list(_execute_sqlite(conn, sql, arguments))


def _change_sqlite(conn: Connection, sql: str, arguments: list[Any]) -> int:
    return _execute_sqlite(conn, sql, arguments).rowcount


def _execute_sqlite(conn: Connection, sql: str, arguments: list[Any]) -> sqlite3.Cursor:
    driver: sqlite3.Connection = driver_of(conn)
    return driver.execute(sql, arguments)


def _fetch_aiosqlite(conn: Connection, sql: str, arguments: list[Any]) -> Sequence[Row]:
    rows: Iterator[Row] = driver_of(conn).run_async(lambda driver: driver.execute_fetchall(sql, arguments))
    return list(rows)


def _change_aiosqlite(conn: Connection, sql: str, arguments: list[Any]) -> int:
    return int(driver_of(conn).run_async(lambda driver: driver.execute(sql, arguments)).rowcount)


def _fetch_asyncpg(conn: Connection, sql: str, arguments: list[Any]) -> Sequence[Row]:
    rows: Sequence[Row] = driver_of(conn).run_async(lambda driver: driver.fetch(sql, *arguments))
    return rows


def _change_asyncpg(conn: Connection, sql: str, arguments: list[Any]) -> int:
    # "UPDATE 3", "INSERT 0 1". Source: PostgreSQL manual, 54.7, CommandComplete.
    done = driver_of(conn).run_async(lambda driver: driver.execute(sql, *arguments))
    return int(done.rpartition(" ")[2])


_FETCHES: Final = {"pysqlite": _fetch_sqlite, "aiosqlite": _fetch_aiosqlite, "asyncpg": _fetch_asyncpg}
_CHANGES: Final = {"pysqlite": _change_sqlite, "aiosqlite": _change_aiosqlite, "asyncpg": _change_asyncpg}
