"""The table of what the line of jobs is told by people: how much of their server's share each role gets."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms

# 1..10; a role without a row counts 1, and of a member's roles the best one.
role_weights: Final = sa.Table(
    "role_weights",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("weight", sa.Integer, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    ms("set_at_ms", nullable=False),
)
