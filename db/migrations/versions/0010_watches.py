"""What processes find of the outside, and by which mark the folder of the pictures is known."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty, and the column: the first start with a folder of pictures fills it in."""
    op.create_table(
        "provider_answers",
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("answered_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_provider_answers"),
    )
    op.create_table(
        "gateway_ends",
        sa.Column("shards", sa.String(32), nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shards", name="pk_gateway_ends"),
    )
    op.add_column("database_life", sa.Column("store_mark", sa.String(64)))
