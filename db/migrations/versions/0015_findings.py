"""What each worker finds of image services and models, so that the other processes know it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty: whoever is down is found out again."""
    op.create_table(
        "findings",
        sa.Column("worker_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(96), nullable=False),
        sa.Column("word", sa.String(8), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("worker_id", "name", name="pk_findings"),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.id"], name="fk_findings_worker_id", ondelete="CASCADE"
        ),
    )
