"""The tables of money: the ledger of both books, and the budgets of servers. All amounts are integer micro-dollars."""

from typing import Final

import sqlalchemy as sa

from db.columns import RowId, metadata, ms, partial, row_id

# One row an entry; nothing here is ever changed or deleted. An entry belongs to the day of its job's hold
# (`held_at_ms`), whenever it was written (`at_ms`): what is given back is free again in the day that it was held in.
# Who pays is copied from the job, so that sums need no join. No foreign key: the books outlive what they tell of.
ledger: Final = sa.Table(
    "ledger",
    metadata,
    row_id(),
    sa.Column("job_id", RowId, nullable=False),
    sa.Column("book", sa.String(12), nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("amount_micro_usd", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("payer", sa.String(8), nullable=False),
    sa.Column("key_id", sa.BigInteger),
    sa.Column("provider", sa.String(32), nullable=False),
    ms("at_ms", nullable=False),
    ms("held_at_ms", nullable=False),
    sa.UniqueConstraint("job_id", "kind"),
    # A hold ends once: charged or given back, never both.
    partial("uq_ledger_ends", "kind IN ('settle', 'release')", "job_id", unique=True),
    partial("ix_ledger_orphans", "kind = 'orphan'", "job_id"),
    # Each holds all that its sum needs: of a person's day or month, of a server's, of an account's.
    partial("ix_ledger_user", "book = 'allowance'", "user_id", "held_at_ms"),
    partial("ix_ledger_guild", "book = 'allowance'", "guild_id", "held_at_ms", "payer", "amount_micro_usd"),
    partial("ix_ledger_account", "book = 'spend'", "payer", "held_at_ms", "amount_micro_usd"),
)

# How much of the server's key and of the operator's keys is for one server, role or person in a server. The periods
# are UTC days and calendar months.
budgets: Final = sa.Table(
    "budgets",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("owner_kind", sa.String(8), primary_key=True),
    sa.Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("period", sa.String(8), primary_key=True),
    sa.Column("limit_micro_usd", sa.BigInteger, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    ms("set_at_ms", nullable=False),
)
