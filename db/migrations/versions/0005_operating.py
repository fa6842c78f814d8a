"""Alerts that were raised, and how long each job has been in its state."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON: Final = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the table of alerts, and give jobs the moments of their moves; those of before have none."""
    op.create_table(
        "alerts",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(96), nullable=False),
        sa.Column("fields", _JSON, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_alerts"),
    )
    op.add_column("jobs", sa.Column("entered_at_ms", sa.BigInteger))
    op.add_column("jobs", sa.Column("stayed_ms", sa.BigInteger))
