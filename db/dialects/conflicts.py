"""What a refused row says: which rule of the schema it broke, by the same name on both databases."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import sqlalchemy as sa

from db.tables.schema import metadata
from services.errors import StorageError

Kind = Literal["unique", "foreign_key", "check", "not_null", "other"]

# Source: PostgreSQL manual, appendix A, class 23.
_KINDS_BY_SQLSTATE: Final[dict[str, Kind]] = {
    "23001": "foreign_key",
    "23502": "not_null",
    "23503": "foreign_key",
    "23505": "unique",
    "23514": "check",
}
_KINDS_BY_WORD: Final[dict[str, Kind]] = {
    "UNIQUE": "unique",
    "FOREIGN KEY": "foreign_key",
    "CHECK": "check",
    "NOT NULL": "not_null",
}
_SQLITE_MESSAGE: Final = re.compile(
    r"(UNIQUE|FOREIGN KEY|CHECK|NOT NULL) constraint failed(?:: (?:index ')?([^'\n]*))?"
)


class ConflictError(StorageError):
    """A rule of the schema refused the row, and nothing of the transaction was written.

    `kind` says which sort of rule, `constraint` its name ("uq_requests_origin_origin_id"); for `not_null` it is
    "table.column". It is empty for a foreign key on SQLite, which does not tell which one.
    """

    may_retry = False

    def __init__(self, message: str, *, kind: Kind, constraint: str) -> None:
        super().__init__("conflict", message, kind=kind, constraint=constraint)
        self.kind: Kind = kind
        self.constraint = constraint


def _unique_rules(table: sa.Table) -> Iterator[tuple[frozenset[str], str]]:
    """Yield (column names, name) of everything in a table that must be unique."""
    rules = [
        rule for rule in table.constraints if isinstance(rule, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    ]
    for rule in (*rules, *(index for index in table.indexes if index.unique)):
        if rule.name is not None:
            yield frozenset(column.name for column in rule.columns), str(rule.name)


def unique_name(columns: str) -> str:
    """Return the schema's name for "requests.origin, requests.origin_id"; the text itself for an unknown table."""
    parts = [part.strip().partition(".") for part in columns.split(",")]
    table = metadata.tables.get(parts[0][0])
    if table is None:
        return columns
    return dict(_unique_rules(table)).get(frozenset(column for _, _, column in parts), columns)


def _on_sqlite(message: str) -> ConflictError:
    found = _SQLITE_MESSAGE.search(message)
    if found is None:
        return ConflictError(message, kind="other", constraint="")
    kind, named = _KINDS_BY_WORD[found[1]], (found[2] or "").strip()
    return ConflictError(message, kind=kind, constraint=unique_name(named) if kind == "unique" else named)


def _postgresql_name(error: BaseException) -> str:
    table, column, constraint = (
        getattr(error, field, None) for field in ("table_name", "column_name", "constraint_name")
    )
    return constraint or (f"{table}.{column}" if column else "")


def conflict(message: str, *, sqlstate: str | None, causes: Iterable[BaseException]) -> ConflictError:
    """Return the error for a row that the database refused; `causes` are the driver's own errors."""
    if sqlstate is None:
        return _on_sqlite(message)
    kind = _KINDS_BY_SQLSTATE.get(sqlstate, "other")
    names = (_postgresql_name(cause) for cause in causes)
    return ConflictError(message, kind=kind, constraint=next((name for name in names if name), ""))
