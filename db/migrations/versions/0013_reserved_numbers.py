"""Numbers that are reserved for the pictures of a character that were asked for together.

What is being made while this step runs has none, and counts by its arrival as before; so does what a process of the
version before makes beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("character_pictures", sa.Column("reserved_number", sa.Integer))
