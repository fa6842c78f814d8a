"""Pages of somebody's pictures, newest first: all of them, or those that have certain terms (`db/search_schema.py`).

A page is found by its edge, the recipe that it begins after, so that it costs the same however far back it is. Nothing
that somebody typed becomes part of a query's syntax: terms are letters and digits, checked here once more.
"""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.schema import images, jobs, recipes, requests, searches
from db.search_schema import FTS, TERMS
from db.types import database_now_ms
from services.errors import BugError
from services.models import JsonValue, Visibility
from services.search_terms import AllOf, Sought, Term

_Statement = sa.Select[int, int, int]
_Key = sa.ColumnElement[int]

KEPT_MS: Final = 7 * 24 * 3600 * 1000
"""How long it is remembered what a list was asked for."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees a list beside its owner: everybody where it is posted, in a server or (None) outside of any."""

    guild_id: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose pictures, with which terms, asked for from `since_ms` on and before `until_ms`.

    `audience` None: the owner alone sees the list, and everything in it. Else it has only what those may see anyhow.
    """

    user_id: int
    sought: Sought | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a page begins: after the recipe `recipe_id`, towards older or newer ones."""

    recipe_id: int
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One picture of a page: its recipe and job, and when it was asked for (UTC epoch ms)."""

    recipe_id: int
    job_id: int
    created_at_ms: int


def _term(owner: str, term: Term) -> str:
    # Anything but letters and digits would be an operator to one of the databases, or part the term in two.
    if not term.text.isalnum():
        raise BugError("bad_term", repr(term.text)[:100])
    return owner + term.text


def _query(owner: str, sought: Sought, and_or: tuple[str, str], quoted: tuple[str, str]) -> str:
    """Return the text of a query; `quoted` are the forms of a term and of a beginning."""
    if isinstance(sought, Term):
        return quoted[sought.is_beginning].format(_term(owner, sought))
    word = and_or[0] if isinstance(sought, AllOf) else and_or[1]
    return f"({word.join(_query(owner, part, and_or, quoted) for part in sought.parts)})"


def _owner(user_id: int) -> str:
    return f"{user_id:016x}"


def _searched_on_sqlite(statement: _Statement, wanted: Wanted, sought: Sought) -> tuple[_Statement, _Key]:
    """Source: sqlite.org/fts5.html, "Full-text Query Syntax".

    The key is the index's own: it gives its rows in their order, from the edge on, and stops when there are enough.
    """
    words = sa.table(FTS, sa.column("rowid", sa.Integer), sa.column(FTS, sa.Text))
    query = _query(_owner(wanted.user_id), sought, (" AND ", " OR "), ('"{}"', '"{}"*'))
    joined = statement.join(words, words.c.rowid == recipes.c.id)
    return joined.where(words.c[FTS].op("MATCH")(query)), words.c.rowid


def _searched_on_postgresql(statement: _Statement, wanted: Wanted, sought: Sought) -> tuple[_Statement, _Key]:
    """Source: PostgreSQL manual, "tsquery".

    What has the terms is found first: the planner guesses badly how many rows that are, and would rather read all
    of somebody's, one by one.
    """
    from sqlalchemy.dialects.postgresql import TSQUERY  # noqa: PLC0415 - nothing that SQLite needs

    query = _query(_owner(wanted.user_id), sought, (" & ", " | "), ("'{}'", "'{}':*"))
    terms: sa.ColumnElement[Any] = sa.literal_column(TERMS)
    found = sa.select(recipes.c.id).where(terms.op("@@")(sa.cast(query, TSQUERY))).cte("found")
    found = found.prefix_with("MATERIALIZED", dialect="postgresql")
    return statement.join(found, found.c.id == recipes.c.id), recipes.c.id


def _bounds(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the days, and the row ids that lie in them: an index finds those at once.

    Both, because a clock that was put back has given a later row an earlier time.
    """
    if wanted.since_ms is None and wanted.until_ms is None:
        return []
    other = recipes.alias("other")
    ids = sa.select(sa.func.min(other.c.id), sa.func.max(other.c.id)).where(
        other.c.user_id == wanted.user_id, *_days(other.c.created_at_ms, wanted)
    )
    first, last = (ids.with_only_columns(each).scalar_subquery() for each in ids.selected_columns)
    return [*_days(recipes.c.created_at_ms, wanted), recipes.c.id >= first, recipes.c.id <= last]


def _days(at_ms: sa.ColumnElement[int], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    since = [] if wanted.since_ms is None else [at_ms >= wanted.since_ms]
    return since if wanted.until_ms is None else [*since, at_ms < wanted.until_ms]


def _open_to(audience: Audience) -> sa.ColumnElement[bool]:
    return sa.and_(
        requests.c.visibility == Visibility.PUBLIC,
        requests.c.guild_id.is_(None)
        if audience.guild_id is None
        else requests.c.guild_id == audience.guild_id,
    )


def _statement(dialect: str, wanted: Wanted) -> tuple[_Statement, _Key]:
    """Return the statement without its edge, and the column that pages go by."""
    statement = (
        sa.select(recipes.c.id, jobs.c.id, recipes.c.created_at_ms)
        .join(jobs, jobs.c.recipe_id == recipes.c.id)
        .join(images, images.c.job_id == jobs.c.id)
        .where(recipes.c.user_id == wanted.user_id, *_bounds(wanted))
    )
    if wanted.audience is not None:
        statement = statement.join(requests, requests.c.id == jobs.c.request_id)
        statement = statement.where(_open_to(wanted.audience))
    if wanted.sought is None:
        return statement, recipes.c.id
    search = _searched_on_sqlite if dialect == "sqlite" else _searched_on_postgresql
    return search(statement, wanted, wanted.sought)


def list_pictures(conn: Connection, wanted: Wanted, edge: Edge | None, limit: int) -> list[ListedRow]:
    """Return the `limit` pictures next to an edge, newest first in either direction; without an edge the newest ones.

    Raises BugError for a term that is none.
    """
    statement, key = _statement(conn.dialect.name, wanted)
    if edge is not None:
        statement = statement.where(key > edge.recipe_id if edge.is_newer else key < edge.recipe_id)
    is_newer = edge is not None and edge.is_newer
    ordered = statement.order_by(key if is_newer else key.desc()).limit(limit)
    rows = [ListedRow(row[0], row[1], row[2]) for row in conn.execute(ordered)]
    return sorted(rows, key=lambda row: -row.recipe_id)


def keep_search(conn: Connection, user_id: int, asked: dict[str, JsonValue]) -> int:
    """Remember what a list was asked for, and return the row id."""
    statement = sa.insert(searches).values(user_id=user_id, wanted=asked, created_at_ms=database_now_ms())
    return int(conn.execute(statement.returning(searches.c.id)).scalar_one())


def read_search(conn: Connection, user_id: int, search_id: int) -> dict[str, JsonValue] | None:
    """Return what a person's list was asked for, None where that is forgotten."""
    statement = sa.select(searches.c.wanted).where(searches.c.id == search_id, searches.c.user_id == user_id)
    found: dict[str, JsonValue] | None = conn.execute(statement).scalar()
    return found


def forget_old_searches(conn: Connection) -> int:
    """Delete what lists were asked for so long ago; return how many."""
    old = searches.c.created_at_ms < database_now_ms() - KEPT_MS
    return conn.execute(sa.delete(searches).where(old)).rowcount
