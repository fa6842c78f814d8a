"""What a fair line needs: weights of roles, and each job's account, share and place among the people of its server.

A job from before keeps its turn, and stands before whatever comes after it in its server.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = "state IN ('queued', 'submitting', 'waiting', 'fetching')"

_INDEXES = (
    ("ix_jobs_line", "state = 'queued'", ("provider", "account_id", "priority", "turn", "id")),
    ("ix_jobs_shares", "state = 'queued'", ("provider", "account_id", "share_id", "priority", "turn", "id")),
    (
        "ix_jobs_running",
        "state IN ('submitting', 'waiting')",
        ("provider", "account_id", "share_id", "user_id", "doubt_until_ms"),
    ),
    ("ix_jobs_open_shares", _OPEN, ("share_id",)),
    ("ix_jobs_open_users", _OPEN, ("user_id",)),
    ("ix_jobs_durations", "state = 'stored'", ("model", "id")),
)


def _create_role_weights() -> None:
    op.create_table(
        "role_weights",
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("role_id", sa.BigInteger, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("set_by", sa.BigInteger, nullable=False),
        sa.Column("set_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "role_id", name="pk_role_weights"),
    )


def _extend_jobs() -> None:
    for name in ("account_id", "share_id", "user_turn"):
        op.add_column("jobs", sa.Column(name, sa.BigInteger, server_default="0", nullable=False))
    op.execute(
        "UPDATE jobs SET account_id = COALESCE(key_id, 0), share_id = COALESCE((SELECT CASE "
        "WHEN requests.installation = 'guild' THEN COALESCE(requests.guild_id, requests.user_id) "
        "ELSE requests.user_id END FROM requests WHERE requests.id = jobs.request_id), 0)"
    )


def upgrade() -> None:
    """Make the table of weights, extend jobs, and give the claim its indexes."""
    _create_role_weights()
    _extend_jobs()
    op.drop_index("ix_jobs_line", "jobs")
    op.drop_index("ix_jobs_running", "jobs")
    for name, condition, columns in _INDEXES:
        where = sa.text(condition)
        op.create_index(name, "jobs", list(columns), sqlite_where=where, postgresql_where=where)
