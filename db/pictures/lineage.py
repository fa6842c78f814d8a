"""Which picture was made from which: a recipe names its parent's code, and that chain is walked both ways."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import images, jobs, recipes, requests
from services.models import Visibility

DEEPEST: Final = 200
"""So many steps back are walked: a chain that leads back into itself ends there as well."""

MOST_CHILDREN: Final = 1_000
"""So many of what was made from one picture are looked at, newest first."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A recipe of a family, with the parent that it names. `job_id` is None where there is no picture of it."""

    code: str
    parent_code: str | None
    job_id: int | None
    owner_id: int
    guild_id: int | None
    visibility: Visibility


def _columns(family: Any) -> sa.Select[Any]:  # noqa: ANN401 - a CTE or the table: SQLAlchemy has no word for both
    return (
        sa.select(
            family.c.code, family.c.parent_code, images.c.job_id, jobs.c.user_id, requests.c.guild_id,
            requests.c.visibility,
        )
        .select_from(family)
        .join(jobs, jobs.c.recipe_id == family.c.id)
        .join(requests, requests.c.id == jobs.c.request_id)
        .outerjoin(images, images.c.job_id == jobs.c.id)
    )  # fmt: skip


@cache
def _upwards() -> sa.Select[Any]:
    first = (
        sa.select(recipes.c.id, recipes.c.code, recipes.c.parent_code, sa.literal_column("0").label("step"))
        .where(recipes.c.code == sa.bindparam("of"))
        .cte("family", recursive=True)
    )
    earlier = (
        sa.select(recipes.c.id, recipes.c.code, recipes.c.parent_code, first.c.step + sa.literal_column("1"))
        .join(first, recipes.c.code == first.c.parent_code)
        .where(first.c.step < sa.literal_column(str(DEEPEST)))
    )
    family = first.union_all(earlier)
    return _columns(family).where(family.c.step > 0).order_by(family.c.step)


@cache
def _downwards() -> sa.Select[Any]:
    return (
        _columns(recipes)
        .where(recipes.c.parent_code == sa.bindparam("of"), images.c.job_id.is_not(None))
        .order_by(recipes.c.id.desc())
        .limit(MOST_CHILDREN)
    )


def ancestors(conn: Connection, code: str) -> list[Relative]:
    """Return what a recipe was made from, nearest first, each once: at most `DEEPEST`, and never itself.

    The chain ends early where a recipe was deleted: the last one names a parent that is not there.
    """
    return _each_once(conn.execute(_upwards(), {"of": code}), without=code)


def children(conn: Connection, code: str) -> list[Relative]:
    """Return the pictures made from a recipe, newest first: at most `MOST_CHILDREN`, and never itself."""
    return _each_once(conn.execute(_downwards(), {"of": code}), without=code)


def _each_once(rows: Iterable[Sequence[Any]], *, without: str) -> list[Relative]:
    found: dict[str, Relative] = {}
    for row in rows:
        if row[0] != without:
            found.setdefault(row[0], Relative(row[0], row[1], row[2], row[3], row[4], Visibility(row[5])))
    return list(found.values())
