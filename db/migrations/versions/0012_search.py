"""The terms under which pictures are found, and their index; what lists of pictures were asked for.

The index is the database's own: an FTS5 table that triggers feed on SQLite, a GIN index over an expression on
PostgreSQL. The terms of the recipes that there are already are written by the workers, a few hundred at a time: so this
step takes no longer where there are many. A process of the version before may run beside it; what it writes meanwhile
gets its terms the same way.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON: Final = sa.Text()


def upgrade() -> None:
    """Add the column, its index in the database's own way, and the table of what was asked for."""
    op.add_column("recipes", sa.Column("words", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_index("ix_recipes_user_id_created_at_ms", "recipes", ["user_id", "created_at_ms"])
    unindexed = sa.text("words = ''")
    op.create_index(
        "ix_recipes_unindexed", "recipes", ["id"], sqlite_where=unindexed, postgresql_where=unindexed
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(sa.text(statement))
    _make_searches()


def _make_searches() -> None:
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - nothing that SQLite needs

    op.create_table(
        "searches",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("wanted", _JSON.with_variant(JSONB(none_as_null=True), "postgresql"), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_searches"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_searches_created_at_ms", "searches", ["created_at_ms"])


_OLD: Final = "printf('%016x', old.user_id) || replace(old.words, ' ', ' ' || printf('%016x', old.user_id))"
_NEW: Final = "printf('%016x', new.user_id) || replace(new.words, ' ', ' ' || printf('%016x', new.user_id))"
_FORGET: Final = (
    f"INSERT INTO recipe_words (recipe_words, rowid, terms) "
    f"SELECT 'delete', old.id, {_OLD} WHERE old.words <> '';"
)
_KEEP: Final = f"INSERT INTO recipe_words (rowid, terms) SELECT new.id, {_NEW} WHERE new.words <> '';"
_CHANGED: Final = "AFTER UPDATE OF words ON recipes WHEN old.words <> new.words"
_OPTIONS: Final = "content='', columnsize=0, detail=none, tokenize='ascii'"
_SQLITE: Final = (
    f"CREATE VIRTUAL TABLE recipe_words USING fts5(terms, {_OPTIONS})",
    f"CREATE TRIGGER recipe_words_insert AFTER INSERT ON recipes BEGIN {_KEEP} END",
    f"CREATE TRIGGER recipe_words_update {_CHANGED} BEGIN {_FORGET} {_KEEP} END",
    f"CREATE TRIGGER recipe_words_delete AFTER DELETE ON recipes BEGIN {_FORGET} END",
)
_OWNER: Final = "lpad(to_hex(user_id), 16, '0')"
_TERMS: Final = f"array_to_tsvector(string_to_array({_OWNER} || replace(words, ' ', ' ' || {_OWNER}), ' '))"
_POSTGRESQL: Final = (
    f"CREATE INDEX ix_recipes_terms ON recipes USING gin ({_TERMS}) WITH (gin_pending_list_limit = 512)",
)
