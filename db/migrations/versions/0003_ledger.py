"""The ledger with the entries of every job that there is, and the budgets of servers.

Both books sum to what they summed to when they were told from the jobs: an open job holds its price, a price that was
given back is no user's, and the paying account's spend is what was paid, or the price where nobody knows that.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "ledger", columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("job_id", _ROW_ID, nullable=False),
        sa.Column("book", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount_micro_usd", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("payer", sa.String(8), nullable=False),
        sa.Column("key_id", sa.BigInteger),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("held_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.UniqueConstraint("job_id", "kind", name="uq_ledger_job_id_kind"),
    )
    _index("uq_ledger_ends", ["job_id"], "kind IN ('settle', 'release')", unique=True)
    _index("ix_ledger_orphans", ["job_id"], "kind = 'orphan'")
    _index("ix_ledger_user", ["user_id", "held_at_ms"], "book = 'allowance'")
    _index("ix_ledger_guild", ["guild_id", "held_at_ms", "payer", "amount_micro_usd"], "book = 'allowance'")
    _index("ix_ledger_account", ["payer", "held_at_ms", "amount_micro_usd"], "book = 'spend'")


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("guild_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("limit_micro_usd", sa.BigInteger, nullable=False),
        sa.Column("set_by", sa.BigInteger, nullable=False),
        sa.Column("set_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "owner_kind", "owner_id", "period", name="pk_budgets"),
    )


def _enter(kind: str, amount: str, at_ms: str, where: str = "TRUE") -> None:
    book = "allowance" if kind in {"hold", "settle", "release"} else "spend"
    # Every part is a constant of this file.
    op.execute(
        "INSERT INTO ledger (job_id, book, kind, amount_micro_usd, user_id, guild_id, payer, key_id, provider,"  # noqa: S608
        " at_ms, held_at_ms)"
        f" SELECT id, '{book}', '{kind}', {amount}, user_id, guild_id, payer, key_id, provider, {at_ms}, created_at_ms"
        f" FROM jobs WHERE payer <> 'nobody' AND ({where}) ORDER BY id"
    )


def _enter_jobs() -> None:
    paid = "COALESCE(cost_micro_usd, price_micro_usd) - price_micro_usd"
    # A failure of which nothing was said counted as free until now; what it cost is written down here.
    op.execute(
        "UPDATE jobs SET cost_micro_usd = 0"
        " WHERE cost_micro_usd IS NULL AND payer <> 'nobody' AND state IN ('failed', 'canceled')"
    )
    _enter("hold", "price_micro_usd", "created_at_ms")
    _enter("expected", "price_micro_usd", "created_at_ms")
    _enter("release", "-price_micro_usd", "released_at_ms", "released_at_ms IS NOT NULL")
    _enter("settle", paid, "ended_at_ms", "released_at_ms IS NULL AND ended_at_ms IS NOT NULL")
    _enter("orphan", "0", "ended_at_ms", "state = 'unknown'")
    is_known = "cost_micro_usd IS NOT NULL OR state = 'stored'"
    _enter("actual", paid, "ended_at_ms", f"ended_at_ms IS NOT NULL AND ({is_known})")


def upgrade() -> None:
    """Make both tables, and enter every job that somebody pays for."""
    _create_ledger()
    _create_budgets()
    _enter_jobs()
    # Only the sums that the ledger has now were read by it.
    op.drop_index("ix_jobs_paid_day", "jobs")
