"""The tables of money: the ledger of both books, its sums, and budgets. All amounts are integer micro-dollars."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import RowId, metadata, ms, partial, row_id

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
    # Each leads to the newest entries: of a person, of a server, of an account (`db/money/ledger_sums.py`).
    partial("ix_ledger_user_newest", "book = 'allowance'", "user_id", "id"),
    partial("ix_ledger_guild_newest", "book = 'allowance'", "guild_id", "id"),
    partial("ix_ledger_account_newest", "book = 'spend'", "payer", "id"),
)

# What the entries up to the mark sum to, by day of the hold: of the operator's account, of servers, and of people in
# each server. `guild_id` is 0 outside of servers and where it says nothing.
ledger_sums: Final = sa.Table(
    "ledger_sums",
    metadata,
    sa.Column("scope", sa.String(8), primary_key=True),
    sa.Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("payer", sa.String(8), primary_key=True),
    sa.Column("amount_micro_usd", sa.BigInteger, nullable=False),
    sa.Index("ix_ledger_sums_day_ms", "day_ms"),
)

# One row: the last entry of the ledger that the sums hold.
ledger_mark: Final = sa.Table(
    "ledger_mark", metadata, sa.Column("entry_id", sa.BigInteger, primary_key=True, autoincrement=False)
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
