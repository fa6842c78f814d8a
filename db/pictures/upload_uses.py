"""What needs a picture that somebody brought: their characters, recipes, what is being made, and drafts.

Recipes name it by its digest, in their JSON. No index leads from a digest to its recipes: they are looked through, also
those from before the picture came, which may have been brought, forgotten and brought again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.character_schema import character_pictures as pictures
from db.tables.character_schema import characters
from db.tables.schema import drafts, images, jobs, recipes, uploads
from db.tables.types import is_word
from services.models import OPEN_STATES

MOST_RECIPES: Final = 5_000
"""So many of somebody's newest recipes are looked through for a list of 15 pictures: some 50 ms on SQLite."""


@dataclass(frozen=True, slots=True)
class CharacterUse:
    """A character that has a picture, and the number that the picture has there."""

    character_id: int
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class RecipeUse:
    """A recipe that looks at a picture. `is_made`: there is a picture of it."""

    code: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class OpenLook:
    """A picture in line or in the works: whose it is, the code of its character ("" for none), what it looks at."""

    user_id: int
    lender: str
    digests: frozenset[str]


def names_digest(column: sa.ColumnElement[Any], digest: str) -> sa.ColumnElement[bool]:
    """Return the condition that the JSON in a column says a digest anywhere."""
    return sa.cast(column, sa.Text).like(f"%{digest}%")


def characters_of(conn: Connection, upload_ids: Collection[int]) -> dict[int, list[CharacterUse]]:
    """Return which characters have these uploads, by upload and in the order of names; none that was deleted."""
    statement = (
        sa.select(pictures.c.upload_id, characters.c.id, characters.c.name, pictures.c.number)
        .join(characters, characters.c.id == pictures.c.character_id)
        .where(pictures.c.upload_id.in_(upload_ids), characters.c.deleted_at_ms.is_(None))
        .order_by(characters.c.name, characters.c.id)
    )
    uses: dict[int, list[CharacterUse]] = {}
    for upload_id, *use in conn.execute(statement):
        uses.setdefault(upload_id, []).append(CharacterUse(*use))
    return uses


def _named(body: Mapping[str, Any], digests: Collection[str]) -> set[str]:
    return set(digests) & set(body.get("references") or ())


def recipes_of(conn: Connection, user_id: int, digests: Sequence[str]) -> dict[str, list[RecipeUse]]:
    """Return which of somebody's newest MOST_RECIPES look at these digests, by digest, newest first."""
    if not digests:
        return {}
    newest = (
        sa.select(recipes.c.id, recipes.c.code, recipes.c.body)
        .where(recipes.c.user_id == user_id)
        .order_by(recipes.c.created_at_ms.desc())
        .limit(MOST_RECIPES)
        .subquery()
    )
    is_made = sa.exists().where(jobs.c.recipe_id == newest.c.id, images.c.job_id == jobs.c.id)
    statement = (
        sa.select(newest.c.code, newest.c.body, is_made)
        .where(sa.or_(*(names_digest(newest.c.body, each) for each in digests)))
        .order_by(newest.c.id.desc())
    )
    uses: dict[str, list[RecipeUse]] = {}
    for code, body, made in conn.execute(statement):
        for digest in _named(body, digests):
            uses.setdefault(digest, []).append(RecipeUse(code, bool(made)))
    return uses


def open_looks(conn: Connection, user_id: int, digests: Sequence[str]) -> list[OpenLook]:
    """Return which pictures in line or in the works look at somebody's pictures of these digests.

    Theirs, and other people's of a character of theirs that has such a picture. Of the same pixels that somebody else
    brought by themselves nothing is said: a digest does not tell whose picture it is.
    """
    if not digests:
        return []
    statement = (
        sa.select(jobs.c.user_id, recipes.c.body)
        .join(jobs, jobs.c.recipe_id == recipes.c.id)
        .where(is_word(jobs.c.state, *OPEN_STATES))
        .where(sa.or_(*(names_digest(recipes.c.body, each) for each in digests)))
    )
    lent = _lent_by(conn, user_id, digests)
    looks = list[OpenLook]()
    for painter_id, body in conn.execute(statement):
        lender = str((body.get("character") or {}).get("code", ""))
        named = _named(body, digests)
        seen = named if painter_id == user_id else {each for each in named if (lender, each) in lent}
        if seen:
            looks.append(OpenLook(painter_id, lender, frozenset(seen)))
    return looks


def _lent_by(conn: Connection, user_id: int, digests: Sequence[str]) -> set[tuple[str, str]]:
    """Return the codes of somebody's characters that have pictures of these digests, each with the digest."""
    statement = (
        sa.select(characters.c.code, uploads.c.digest)
        .join(pictures, pictures.c.character_id == characters.c.id)
        .join(uploads, uploads.c.id == pictures.c.upload_id)
        .where(characters.c.user_id == user_id, uploads.c.digest.in_(digests))
    )
    return {(code, digest) for code, digest in conn.execute(statement)}


def named_by_recipes(
    conn: Connection, user_id: int, digests: Collection[str], after_id: int, most: int
) -> tuple[set[str], int]:
    """Return which digests the next `most` of somebody's recipes look at, and the row id of the last one looked at.

    The id is `after_id` where no recipe comes after that.
    """
    own = sa.and_(recipes.c.user_id == user_id, recipes.c.id > after_id)
    page = sa.select(recipes.c.id).where(own).order_by(recipes.c.id).limit(most).subquery()
    last_id = conn.execute(sa.select(sa.func.max(page.c.id))).scalar()
    if last_id is None:
        return set(), after_id
    names_any = sa.or_(*(names_digest(recipes.c.body, each) for each in digests))
    bodies = conn.execute(sa.select(recipes.c.body).where(own, recipes.c.id <= last_id, names_any)).scalars()
    return set[str]().union(*(_named(body, digests) for body in bodies)), int(last_id)


def is_named(conn: Connection, user_id: int, digest: str, since: sa.ColumnElement[bool]) -> bool:
    """Return whether one of somebody's recipes that meet a condition, or a draft of theirs, looks at a digest."""
    named = sa.exists().where(recipes.c.user_id == user_id, since, names_digest(recipes.c.body, digest))
    drafted = sa.exists().where(drafts.c.user_id == user_id, names_digest(drafts.c.recipes, digest))
    return bool(conn.execute(sa.select(named | drafted)).scalar_one())


def named_anywhere(conn: Connection, user_id: int, digests: Collection[str]) -> set[str]:
    """Return which digests any of somebody's recipes looks at, or a draft of theirs."""
    if not digests:
        return set()
    named = sa.or_(*(names_digest(recipes.c.body, each) for each in digests))
    bodies = conn.execute(sa.select(recipes.c.body).where(recipes.c.user_id == user_id, named)).scalars()
    return drafted(conn, user_id, digests).union(*(_named(body, digests) for body in bodies))


def drafted(conn: Connection, user_id: int, digests: Collection[str]) -> set[str]:
    """Return which digests a draft of somebody's looks at."""
    if not digests:
        return set()
    named = sa.or_(*(names_digest(drafts.c.recipes, each) for each in digests))
    found = conn.execute(sa.select(drafts.c.recipes).where(drafts.c.user_id == user_id, named)).scalars()
    return set[str]().union(*(_named(body, digests) for bodies in found for body in bodies))


def has_character() -> sa.ColumnElement[bool]:
    """Return the condition that a row of `uploads` is a picture of a character, also of one that is being deleted."""
    return sa.exists().where(pictures.c.upload_id == uploads.c.id)
