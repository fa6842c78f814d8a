"""Files of pictures: removals under way, faults that were found, the walk over the store, what somebody's take up."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON: Final = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the tables, empty: the first walk fills them in."""
    op.create_table(
        "image_removals",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_image_removals"),
        sa.UniqueConstraint("digest", name="uq_image_removals_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "image_faults",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("fault", sa.String(16), nullable=False),
        sa.Column("found_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_image_faults"),
    )
    op.create_table(
        "store_walks",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("claimed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("so_far", _JSON),
        sa.Column("found", _JSON),
        sa.PrimaryKeyConstraint("name", name="pk_store_walks"),
    )
    op.create_index("ix_images_user_id_size_bytes", "images", ["user_id", "size_bytes"])
