"""Column types and SQL functions that mean the same on SQLite and PostgreSQL."""

import json
import re
from importlib import import_module
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from services.models import JsonValue

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

# julianday('now') has the clock's milliseconds; a double holds such a Julian day to 0.04 ms, hence ROUND.
# Source: sqlite.org/lang_datefunc.html (unixepoch's 'subsec' came with 3.42, too late for us).
_SQLITE_NOW_MS: Final = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"

# clock_timestamp, not now(): now() stands still for the whole transaction, and a lease needs the time it is.
_POSTGRESQL_NOW_MS: Final = "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)"


class database_now_ms(FunctionElement[int]):  # noqa: N801 - used like a function, as SQLAlchemy's own are
    """The time now by the database's clock: UTC epoch milliseconds, usable wherever a column is."""

    type = sa.BigInteger()
    inherit_cache = True
    name = "database_now_ms"


@compiles(database_now_ms, "sqlite")
def _sqlite_now(_element: database_now_ms, _compiler: SQLCompiler, **_: object) -> str:
    return _SQLITE_NOW_MS


@compiles(database_now_ms, "postgresql")
def _postgresql_now(_element: database_now_ms, _compiler: SQLCompiler, **_: object) -> str:
    return _POSTGRESQL_NOW_MS


def insert_for(dialect_name: str, table: sa.Table) -> Any:  # noqa: ANN401 - either dialect's, with no common type
    """Return an INSERT into `table` that has its dialect's ON CONFLICT."""
    # Whoever has a connection has loaded its dialect; the other one is not loaded for this.
    return import_module(f"sqlalchemy.dialects.{dialect_name}").insert(table)


def is_word(column: sa.ColumnElement[Any], *words: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column is one of our own words, written into the statement's text.

    SQLite uses a partial index only where the statement says the index's condition in the same words; a bound value
    is none. The words are states of ours, never what somebody typed.
    """
    literals: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{word}'") for word in words if word.isidentifier()
    ]
    return column == literals[0] if len(literals) == 1 else column.in_(literals)


# An odd number of backslashes before u0000: an even one is text that only looks like the escape.
_ESCAPED_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def canonical_json(value: JsonValue) -> str:
    """Return JSON with sorted keys and no spaces: the same text for the same value.

    Raises ValueError for NaN, infinities and U+0000 (PostgreSQL's JSONB cannot hold it, so SQLite may not either),
    TypeError for what JSON has no word for.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if _ESCAPED_NUL.search(text):
        raise ValueError("JSON in the database cannot hold U+0000")
    return text


def _with_sorted_keys(value: JsonValue) -> JsonValue:
    """Return the value as canonical JSON orders it: JSONB hands keys back by their length."""
    if isinstance(value, dict):
        return {key: _with_sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_with_sorted_keys(part) for part in value]
    return value


class JsonText(TypeDecorator[JsonValue]):
    """A JSON value: canonical text in a TEXT column on SQLite, JSONB on PostgreSQL; None is SQL's NULL.

    Gives plain dicts (keys sorted), lists, strings and numbers. Numbers are JSONB's on PostgreSQL: a float without a
    fraction above 1e16 comes back as an int, and -0.0 as 0.0.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of this database."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(sa.Text())
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - nothing that SQLite needs

        return dialect.type_descriptor(JSONB(none_as_null=True))

    def process_bind_param(self, value: JsonValue, dialect: Dialect) -> JsonValue:
        """Return what the driver takes, refusing on both databases what either of them cannot hold."""
        if value is None:
            return None
        text = canonical_json(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: JsonValue, dialect: Dialect) -> JsonValue:
        """Return the plain value of a stored one."""
        if dialect.name == "postgresql":
            return _with_sorted_keys(value)
        return cast("JsonValue", json.loads(value)) if isinstance(value, str) else None
