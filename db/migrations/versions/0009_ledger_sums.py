"""Sums of the ledger by day, with all entries of the last 40 days carried forward, and indexes to the newest entries.

Processes of the version before, which may run beside it, sum over the entries alone: more slowly for that time, by the
first columns of the new indexes, and to the same amounts.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DAY_MS: Final = 86_400_000
_DAY: Final = f"held_at_ms - held_at_ms % {_DAY_MS}"
_SCOPES: Final = (
    ("account", "0", "0", "book = 'spend' AND payer = 'operator'"),
    ("server", "guild_id", "0", "book = 'allowance' AND guild_id IS NOT NULL AND payer IN ('server', 'operator')"),
    ("person", "user_id", "COALESCE(guild_id, 0)", "book = 'allowance'"),
)  # fmt: skip
_INDEXES: Final = (
    ("ix_ledger_user", "user_id", "book = 'allowance'"),
    ("ix_ledger_guild", "guild_id", "book = 'allowance'"),
    ("ix_ledger_account", "payer", "book = 'spend'"),
)


def _create_tables() -> None:
    op.create_table(
        "ledger_sums",
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("day_ms", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("payer", sa.String(8), nullable=False),
        sa.Column("amount_micro_usd", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("scope", "owner_id", "day_ms", "guild_id", "payer", name="pk_ledger_sums"),
    )
    op.create_index("ix_ledger_sums_day_ms", "ledger_sums", ["day_ms"])
    op.create_table(
        "ledger_mark",
        sa.Column("entry_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_mark"),
    )


def _replace_indexes() -> None:
    """Also keeps others from adding entries until this step is committed, so that none is missing in the sums."""
    for name, column, where in _INDEXES:
        condition = sa.text(where)
        op.drop_index(name, "ledger")
        op.create_index(
            f"{name}_newest", "ledger", [column, "id"], sqlite_where=condition, postgresql_where=condition
        )


def _carry_forward() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    now_ms = (
        "CAST(strftime('%s', 'now') AS INTEGER)" if is_sqlite else "CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)"
    )
    for scope, owner, server, where in _SCOPES:
        groups = ", ".join(part for part in (owner, _DAY, server, "payer") if part != "0")
        # Every part is a constant of this file.
        op.execute(
            "INSERT INTO ledger_sums (scope, owner_id, day_ms, guild_id, payer, amount_micro_usd)"  # noqa: S608
            f" SELECT '{scope}', {owner}, {_DAY}, {server}, payer, SUM(amount_micro_usd) FROM ledger"
            f" WHERE {where} AND held_at_ms >= ({now_ms} / 86400 - 40) * {_DAY_MS} GROUP BY {groups}"
        )
    op.execute("INSERT INTO ledger_mark (entry_id) SELECT COALESCE(MAX(id), 0) FROM ledger")


def upgrade() -> None:
    """Make both tables, put the new indexes in the place of the old ones, and sum what there is."""
    _create_tables()
    _replace_indexes()
    _carry_forward()
