"""Where a message with a deleted picture may still stand, if nobody can look there."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("message_removals", sa.Column("unseen_in", sa.String(12)))
