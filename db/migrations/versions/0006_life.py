"""What tells a database from an older copy of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table with its one row, which remembers no place yet: the first start fills it in."""
    op.create_table(
        "database_life",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sends", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("place", sa.String(80)),
        sa.Column("copied_at_ms", sa.BigInteger),
        sa.Column("restored_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_database_life"),
    )
    # Here, because several processes may be the first to start.
    op.execute("INSERT INTO database_life (id, sends) VALUES (1, 0)")
