"""The index of `recipes.words`, in each database's own way; `db/pictures/listings.py` asks it.

Every term is indexed with its owner before it (16 hex digits), so that a search reads the terms of one person, however
many others there are and whatever the beginning of a word is. The index follows the table by itself, in the same
transaction and without a statement of ours: on SQLite by triggers that feed an FTS5 table without a copy of the text,
on PostgreSQL as a GIN index over an expression.

Two traps. Whoever rebuilds `recipes` on SQLite (Alembic's batch mode) loses the triggers and has to make them again.
And a term must be letters and digits only (`services/search_words.py`): FTS5 parts terms at everything else in ASCII.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import event

FTS: Final = "recipe_words"
INDEX: Final = "ix_recipes_terms"
TERMS: Final = (
    "array_to_tsvector(string_to_array(lpad(to_hex(user_id), 16, '0')"
    " || replace(words, ' ', ' ' || lpad(to_hex(user_id), 16, '0')), ' '))"
)
"""The terms of a row with its owner before each, as PostgreSQL indexes them: to be asked in the same words."""


def _owned(row: str) -> str:
    owner = f"printf('%016x', {row}.user_id)"
    return f"{owner} || replace({row}.words, ' ', ' ' || {owner})"


def _forget(row: str) -> str:
    return f"INSERT INTO {FTS} ({FTS}, rowid, terms) SELECT 'delete', {row}.id, {_owned(row)} WHERE {row}.words <> '';"


def _keep(row: str) -> str:
    return f"INSERT INTO {FTS} (rowid, terms) SELECT {row}.id, {_owned(row)} WHERE {row}.words <> '';"


_CHANGED: Final = "AFTER UPDATE OF words ON recipes WHEN old.words <> new.words"
_SQLITE: Final = (
    # Without positions and without the text: what is asked is only which rows have a term.
    f"CREATE VIRTUAL TABLE {FTS} USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii')",
    f"CREATE TRIGGER {FTS}_insert AFTER INSERT ON recipes BEGIN {_keep('new')} END",
    f"CREATE TRIGGER {FTS}_update {_CHANGED} BEGIN {_forget('old')} {_keep('new')} END",
    f"CREATE TRIGGER {FTS}_delete AFTER DELETE ON recipes BEGIN {_forget('old')} END",
)

# New rows gather in a list that every search reads, and a writer empties it when it is full: 512 KiB is a few
# milliseconds for either. Source: PostgreSQL manual, "GIN Fast Update Technique".
_POSTGRESQL: Final = (
    f"CREATE INDEX {INDEX} ON recipes USING gin ({TERMS}) WITH (gin_pending_list_limit = 512)",
)


def make_with(recipes: sa.Table) -> None:
    """Let the index be made whenever the table is, as the migration does."""
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements:
            ddl = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy's own
            event.listen(recipes, "after_create", ddl.execute_if(dialect=dialect))
