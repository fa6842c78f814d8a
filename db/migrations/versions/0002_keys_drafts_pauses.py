"""Keys that people bring, whose account pays for a job, drafts of requests, and what the operator has paused.

A job from before was paid by the operator, unless it was free.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON: Final = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def _create_provider_keys() -> None:
    op.create_table(
        "provider_keys",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("last_four", sa.String(4), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed_data_key", sa.LargeBinary, nullable=False),
        sa.Column("master_key_id", sa.String(16), nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at_ms", sa.BigInteger, nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_provider_keys"),
        sqlite_autoincrement=True,
    )
    condition = sa.text("removed_at_ms IS NULL")
    op.create_index(
        "uq_provider_keys_owner",
        "provider_keys",
        ["provider", "owner_kind", "owner_id"],
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _create_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("visibility", sa.String(8), nullable=False),
        sa.Column("recipes", _JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drafts_created_at_ms", "drafts", ["created_at_ms"])


def _create_pauses() -> None:
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(96), nullable=False),
        sa.Column("sentence", sa.String(300), nullable=False),
        sa.Column("paused_by", sa.BigInteger, nullable=False),
        sa.Column("paused_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pauses"),
    )


def _extend_jobs() -> None:
    op.add_column("jobs", sa.Column("payer", sa.String(8), server_default="operator", nullable=False))
    op.add_column("jobs", sa.Column("key_id", sa.BigInteger))
    op.execute("UPDATE jobs SET payer = 'nobody' WHERE price_micro_usd = 0")
    condition = sa.text("key_id IS NOT NULL")
    op.create_index("ix_jobs_key_id", "jobs", ["key_id"], sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Make the three tables, and give jobs the account that pays for them."""
    _create_provider_keys()
    _create_drafts()
    _create_pauses()
    _extend_jobs()
