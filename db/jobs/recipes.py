"""The table `recipes`: each picture's recipe under its code."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.dialects.together import Part
from db.tables.schema import images, jobs, recipes, requests
from db.tables.types import database_now_ms
from services.models import JsonValue, Visibility
from services.search_words import terms_of_recipe


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """A stored recipe, its body still as JSON, and who may see it: where it was asked for, and how visibly."""

    id: int
    code: str
    user_id: int
    body: dict[str, JsonValue]
    guild_id: int | None
    visibility: Visibility
    job_id: int


_INSERT: Final = Prepared(sa.insert(recipes).values(created_at_ms=database_now_ms()).returning(recipes.c.id))

_UPDATE: Final = Prepared(sa.update(recipes).where(recipes.c.code == sa.bindparam("painted")))
_INDEX: Final = sa.update(recipes).where(recipes.c.id == sa.bindparam("recipe_id"))
_UNINDEXED: Final = sa.select(recipes.c.id, recipes.c.body).where(sa.text("recipes.words = ''"))


def inserting(*, code: str, user_id: int, parent_code: str | None, body: dict[str, JsonValue]) -> Part:
    """Return the change that stores a recipe, with the terms that find it; its row is the recipe's id.

    It raises ConflictError for a taken code.
    """
    values = {
        "code": code,
        "user_id": user_id,
        "parent_code": parent_code,
        "body": body,
        "words": terms_of_recipe(body),
    }
    return _INSERT, values


def repainting(code: str, body: dict[str, JsonValue]) -> Part:
    """Return the change that replaces a recipe by what was really painted."""
    return _UPDATE, {"painted": code, "body": body, "words": terms_of_recipe(body)}


def update_recipe(conn: Connection, code: str, body: dict[str, JsonValue]) -> None:
    """Replace a recipe as `repainting` does, by itself."""
    statement, values = repainting(code, body)
    statement.change(conn, values)


def has_unindexed(conn: Connection) -> bool:
    """Return whether any recipe has no terms yet."""
    return conn.execute(_UNINDEXED.limit(1)).first() is not None


def index_some(conn: Connection, limit: int) -> int:
    """Give the first `limit` recipes without terms theirs; return how many that were."""
    found = conn.execute(_UNINDEXED.order_by(recipes.c.id).limit(limit)).all()
    rows = [{"recipe_id": row[0], "words": terms_of_recipe(row[1])} for row in found]
    if rows:
        conn.execute(_INDEX, rows)
    return len(rows)


def find_recipe(conn: Connection, code: str) -> RecipeRow | None:
    """Return the recipe of a code with its job and visibility, None where there is none."""
    statement = (
        sa.select(
            recipes.c.id, recipes.c.code, recipes.c.user_id, recipes.c.body,
            requests.c.guild_id, requests.c.visibility, jobs.c.id,
        )
        .join(jobs, jobs.c.recipe_id == recipes.c.id)
        .join(requests, requests.c.id == jobs.c.request_id)
        .where(recipes.c.code == code)
    )  # fmt: skip
    row = conn.execute(statement).first()
    if row is None:
        return None
    return RecipeRow(row[0], row[1], row[2], row[3], row[4], Visibility(row[5]), row[6])


def list_codes(
    conn: Connection, user_id: int, prefix: str, limit: int
) -> list[tuple[str, dict[str, JsonValue]]]:
    """Return (code, recipe body) of a user's pictures, newest first, whose code begins with `prefix`."""
    statement = (
        sa.select(recipes.c.code, recipes.c.body)
        .join(jobs, jobs.c.recipe_id == recipes.c.id)
        .join(images, images.c.job_id == jobs.c.id)
        .where(recipes.c.user_id == user_id, recipes.c.code.startswith(prefix, autoescape=True))
        .order_by(recipes.c.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in conn.execute(statement)]


def delete_recipe_of_job(conn: Connection, job_id: int) -> None:
    """Delete the recipe of a job; the job itself stays, because what it cost stays."""
    recipe_id = sa.select(jobs.c.recipe_id).where(jobs.c.id == job_id).scalar_subquery()
    conn.execute(sa.delete(recipes).where(recipes.c.id == recipe_id))
