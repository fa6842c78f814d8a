"""Pages of somebody's pictures, newest first: all, or those with certain terms (`db/tables/search_schema.py`).

A page is found by its edge, the recipe that it begins after, so that it costs the same however far back it is. Nothing
that somebody typed becomes part of a query's syntax: terms are letters and digits, checked here once more.
"""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import images, jobs, recipes, requests, searches
from db.tables.search_schema import FTS, TERMS
from db.tables.types import database_now_ms
from services.errors import BugError
from services.models import JsonValue, Visibility
from services.search_terms import AllOf, Sought, Term

MOST_AT_ONCE: Final = 4_000
"""Recipes in one look; both databases take as many bound values in a statement."""

_Ids = sa.Select[int]
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


def _edge_of(key: _Key, edge: Edge | None) -> list[sa.ColumnElement[bool]]:
    if edge is None:
        return []
    return [key > edge.recipe_id if edge.is_newer else key < edge.recipe_id]


def _all_ids(wanted: Wanted, edge: Edge | None) -> tuple[_Ids, _Key]:
    key = recipes.c.id
    return sa.select(key).where(*_mine(wanted, key), *_edge_of(key, edge)), key


def _ids_on_sqlite(wanted: Wanted, sought: Sought, edge: Edge | None) -> tuple[_Ids, _Key]:
    """Source: sqlite.org/fts5.html, "Full-text Query Syntax".

    The key is the index's own: it gives its rows in their order, from the edge on, and stops when there are enough.
    """
    words = sa.table(FTS, sa.column("rowid", sa.Integer), sa.column(FTS, sa.Text))
    key = words.c.rowid
    query = _query(_owner(wanted.user_id), sought, (" AND ", " OR "), ('"{}"', '"{}"*'))
    found = sa.select(key).join(recipes, recipes.c.id == key).where(words.c[FTS].op("MATCH")(query))
    return found.where(*_mine(wanted, key), *_edge_of(key, edge)), key


def _ids_on_postgresql(wanted: Wanted, sought: Sought, edge: Edge | None) -> tuple[_Ids, _Key]:
    """Source: PostgreSQL manual, "tsquery".

    All that is found comes first, and its order then: the planner guesses badly how many rows have a term, and for the
    first few of them it would rather read all of somebody's recipes, one by one.
    """
    from sqlalchemy.dialects.postgresql import TSQUERY  # noqa: PLC0415 - nothing that SQLite needs

    query = _query(_owner(wanted.user_id), sought, (" & ", " | "), ("'{}'", "'{}':*"))
    terms: sa.ColumnElement[Any] = sa.literal_column(TERMS)
    key = recipes.c.id
    found = sa.select(key).where(terms.op("@@")(sa.cast(query, TSQUERY)), *_mine(wanted, key))
    first = found.where(*_edge_of(key, edge)).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    return sa.select(first.c.id), first.c.id


def _mine(wanted: Wanted, key: _Key) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the owner and of the days, these by the row ids that lie in them as well.

    An index finds those ids at once; both, because a clock that was put back has given a later row an earlier time.
    """
    own = recipes.c.user_id == wanted.user_id
    if wanted.since_ms is None and wanted.until_ms is None:
        return [own]
    other = recipes.alias("other")
    # The least plain id PostgreSQL finds by reading ids in order until one lies in those days: that may be all of them.
    at_id = other.c.id + 0
    ids = sa.select(sa.func.min(at_id), sa.func.max(at_id)).where(
        other.c.user_id == wanted.user_id, *_days(other.c.created_at_ms, wanted)
    )
    first, last = (ids.with_only_columns(each).scalar_subquery() for each in ids.selected_columns)
    return [own, *_days(recipes.c.created_at_ms, wanted), key >= first, key <= last]


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


def _next_ids(conn: Connection, wanted: Wanted, edge: Edge | None, limit: int) -> list[int]:
    """Return the ids of the recipes next to an edge, nearest first, whether they have a picture or not."""
    if wanted.sought is None:
        statement, key = _all_ids(wanted, edge)
    else:
        find = _ids_on_sqlite if conn.dialect.name == "sqlite" else _ids_on_postgresql
        statement, key = find(wanted, wanted.sought, edge)
    is_newer = edge is not None and edge.is_newer
    return list(conn.execute(statement.order_by(key if is_newer else key.desc()).limit(limit)).scalars())


def _with_pictures(conn: Connection, wanted: Wanted, recipe_ids: list[int]) -> list[ListedRow]:
    """Return those of the recipes that have a picture which may be in the list, in their order."""
    statement = (
        sa.select(recipes.c.id, jobs.c.id, recipes.c.created_at_ms)
        .join(jobs, jobs.c.recipe_id == recipes.c.id)
        .join(images, images.c.job_id == jobs.c.id)
        .where(recipes.c.id.in_(recipe_ids))
    )
    if wanted.audience is not None:
        statement = statement.join(requests, requests.c.id == jobs.c.request_id)
        statement = statement.where(_open_to(wanted.audience))
    rows = {row[0]: ListedRow(row[0], row[1], row[2]) for row in conn.execute(statement)}
    return [rows[each] for each in recipe_ids if each in rows]


def list_pictures(conn: Connection, wanted: Wanted, edge: Edge | None, limit: int) -> list[ListedRow]:
    """Return the `limit` pictures next to an edge, newest first in either direction; without an edge the newest ones.

    In two steps, some recipes and then their pictures, so that no plan ever joins all of somebody's. Where many have no
    picture to show (failed, or private in an open list), the next look is at more of them.
    Raises BugError for a term that is none.
    """
    is_newer, found, at_once = edge is not None and edge.is_newer, list[ListedRow](), limit * 2
    while True:
        recipe_ids = _next_ids(conn, wanted, edge, at_once)
        found += _with_pictures(conn, wanted, recipe_ids) if recipe_ids else []
        if len(found) >= limit or len(recipe_ids) < at_once:
            break
        edge, at_once = Edge(recipe_ids[-1], is_newer), min(at_once * 4, MOST_AT_ONCE)
    return sorted(found[:limit], key=lambda row: -row.recipe_id)


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
