"""The first schema: people, requests, jobs, pictures, deliveries.

Written out, not taken from `db.tables.schema`: a revision says what it made on its day. A test compares the two.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON: Final = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def _index(
    name: str, table: str, columns: list[str], *, unique: bool = False, where: str | None = None
) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _create_command_pushes() -> None:
    op.create_table(
        "command_pushes",
        sa.Column("application_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("pushed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("application_id", name="pk_command_pushes"),
    )


def _create_guilds() -> None:
    op.create_table(
        "guilds",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("is_private_by_default", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("first_seen_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guilds"),
    )


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("is_private_by_default", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("allows_direct_messages", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("first_seen_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )


def _create_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("beat_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def _create_recipes() -> None:
    op.create_table(
        "recipes",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("parent_code", sa.String(16)),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recipes_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recipes"),
        sa.UniqueConstraint("code", name="uq_recipes_code"),
    )
    _index("ix_recipes_parent_code", "recipes", ["parent_code"])
    _index("ix_recipes_user_id_id", "recipes", ["user_id", "id"])


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("origin_id", sa.String(96), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("installation", sa.String(8), nullable=False),
        sa.Column("visibility", sa.String(8), nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("sealed_token", sa.LargeBinary),
        sa.Column("token_expires_at_ms", sa.BigInteger),
        sa.Column("locale", sa.String(16), nullable=False),
        sa.Column("upload_limit_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_requests_guild_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_requests_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("origin", "origin_id", name="uq_requests_origin_origin_id"),
        sqlite_autoincrement=True,
    )
    _index("ix_requests_user_id_id", "requests", ["user_id", "id"])
    _index("ix_requests_open", "requests", ["id"], where="ended_at_ms IS NULL")
    _index("ix_requests_tokens", "requests", ["token_expires_at_ms"], where="sealed_token IS NOT NULL")


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("request_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("recipe_id", _ROW_ID),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(96), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("priority", sa.Integer, server_default="0", nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("fence", sa.Integer, server_default="0", nullable=False),
        sa.Column("worker_id", sa.String(40)),
        sa.Column("not_before_ms", sa.BigInteger, nullable=False),
        sa.Column("poll_at_ms", sa.BigInteger),
        sa.Column("polls", sa.Integer, server_default="0", nullable=False),
        sa.Column("doubt_until_ms", sa.BigInteger),
        sa.Column("submit_tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("fetch_tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("cancel_requested_at_ms", sa.BigInteger),
        sa.Column("price_micro_usd", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("cost_micro_usd", sa.BigInteger),
        sa.Column("released_at_ms", sa.BigInteger),
        sa.Column("progress", _JSON),
        sa.Column("error", _JSON),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.ForeignKeyConstraint(["recipe_id"], ["recipes.id"], name="fk_jobs_recipe_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name="fk_jobs_request_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("request_id", "position", name="uq_jobs_request_id_position"),
        sqlite_autoincrement=True,
    )
    _index("ix_jobs_line", "jobs", ["priority", "turn", "id"], where="state = 'queued'")
    _index("ix_jobs_paid_day", "jobs", ["created_at_ms"], where="price_micro_usd > 0")
    _index("ix_jobs_polls", "jobs", ["poll_at_ms"], where="state = 'waiting'")
    _index("ix_jobs_recipe_id", "jobs", ["recipe_id"])
    _index("ix_jobs_running", "jobs", ["provider", "state"], where="state IN ('submitting', 'waiting')")
    _index("ix_jobs_fetches", "jobs", ["not_before_ms", "id"], where="state = 'fetching'")
    _index("ix_jobs_held", "jobs", ["worker_id"], where="worker_id IS NOT NULL")
    _index("ix_jobs_doubt", "jobs", ["doubt_until_ms"], where="doubt_until_ms IS NOT NULL")
    _index("ix_jobs_user_id_created_at_ms", "jobs", ["user_id", "created_at_ms"])


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("job_id", _ROW_ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger),
        sa.Column("closed_at_ms", sa.BigInteger),
        sa.Column("remote_id", sa.String(200)),
        sa.Column("handle", _JSON),
        sa.Column("outcome", _JSON),
        sa.Column("error", _JSON),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_attempts_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.UniqueConstraint("job_id", "number", name="uq_attempts_job_id_number"),
        sqlite_autoincrement=True,
    )
    _index("ix_attempts_remote_id", "attempts", ["remote_id"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("request_id", _ROW_ID, nullable=False),
        sa.Column("job_id", _ROW_ID),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("rung", sa.String(12)),
        sa.Column("worker_id", sa.String(40)),
        sa.Column("tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("not_before_ms", sa.BigInteger, nullable=False),
        sa.Column("tried_at_ms", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("noticed_at_ms", sa.BigInteger),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_deliveries_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name="fk_deliveries_request_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
    )
    _index("ix_deliveries_message_id", "deliveries", ["message_id"])
    _index("ix_deliveries_line", "deliveries", ["not_before_ms", "id"], where="state = 'pending'")
    _index("ix_deliveries_held", "deliveries", ["worker_id"], where="state = 'trying'")
    _index("ix_deliveries_parked", "deliveries", ["request_id"], where="state = 'parked'")
    _index("ix_deliveries_request_id", "deliveries", ["request_id"])
    _index("uq_deliveries_result", "deliveries", ["request_id"], unique=True, where="kind = 'result'")


def _create_images() -> None:
    op.create_table(
        "images",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("job_id", _ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_images_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("job_id", name="uq_images_job_id"),
    )
    _index("ix_images_digest", "images", ["digest"])
    _index("ix_images_user_id_id", "images", ["user_id", "id"])


def _create_delivery_rungs() -> None:
    op.create_table(
        "delivery_rungs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("delivery_id", _ROW_ID, nullable=False),
        sa.Column("rung", sa.String(12), nullable=False),
        sa.Column("tried_at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(48)),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_delivery_rungs_delivery_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_rungs"),
    )
    _index("ix_delivery_rungs_delivery_id", "delivery_rungs", ["delivery_id"])


def upgrade() -> None:
    """Create every table, each after those that it refers to."""
    _create_command_pushes()
    _create_guilds()
    _create_users()
    _create_workers()
    _create_recipes()
    _create_requests()
    _create_jobs()
    _create_attempts()
    _create_deliveries()
    _create_images()
    _create_delivery_rungs()
