"""Who edits the message of a running request, so that one process at a time writes it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; what runs at this moment gets its row with its next edit."""
    op.create_table(
        "progress_edits",
        sa.Column("request_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("worker_id", sa.String(40), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger),
        sa.Column("is_uncertain", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_progress_edits"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["requests.id"],
            name="fk_progress_edits_request_id",
            ondelete="CASCADE",
        ),
    )
