"""Deleted pictures whose messages have still to go."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "message_removals",
        sa.Column(
            "job_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("jobs.id", name="fk_message_removals_job_id", ondelete="CASCADE"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_message_removals"),
    )
