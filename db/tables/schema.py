"""Every table, once, for SQLite and PostgreSQL alike.

Times are UTC epoch milliseconds (`_ms`) from the database's own clock, money is integer micro-dollars (`_micro_usd`),
Discord ids are snowflakes in BIGINT columns. States are short words
(`services/models.py`); the moves between them stand in `db/jobs/moves.py`.
"""

from typing import Final

import sqlalchemy as sa

from db.tables import search_schema
from db.tables.alert_schema import alerts
from db.tables.character_schema import character_pictures, character_shares, character_versions, characters
from db.tables.columns import RowId, metadata
from db.tables.columns import ms as _ms
from db.tables.columns import partial as _partial
from db.tables.columns import row_id as _id
from db.tables.image_schema import image_faults, image_removals, store_walks
from db.tables.life_schema import database_life
from db.tables.line_schema import role_weights
from db.tables.money_schema import budgets, ledger, ledger_mark, ledger_sums
from db.tables.progress_schema import progress_edits
from db.tables.removal_schema import message_removals
from db.tables.settings_schema import guild_settings, saved_parts, user_settings
from db.tables.takedown_schema import takedowns
from db.tables.types import JsonText
from db.tables.upload_schema import uploads
from db.tables.watch_schema import findings, gateway_ends, provider_answers

__all__ = [
    "alerts", "attempts", "budgets", "character_pictures", "character_shares", "character_versions",
    "characters", "command_pushes", "database_life", "deliveries", "drafts", "findings", "gateway_ends",
    "guild_settings", "guilds", "image_faults", "image_removals", "images", "jobs", "ledger", "ledger_mark",
    "ledger_sums", "message_removals", "metadata", "pauses", "progress_edits", "provider_answers", "provider_keys",
    "recipes", "requests", "role_weights", "rungs", "saved_parts", "searches", "store_walks", "takedowns", "uploads",
    "user_settings", "users", "workers",
]  # fmt: skip

users: Final = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("is_private_by_default", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("allows_direct_messages", sa.Boolean, nullable=False, server_default=sa.false()),
    _ms("first_seen_at_ms", nullable=False),
)

guilds: Final = sa.Table(
    "guilds",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("is_private_by_default", sa.Boolean, nullable=False, server_default=sa.false()),
    _ms("first_seen_at_ms", nullable=False),
)

recipes: Final = sa.Table(
    "recipes",
    metadata,
    _id(),
    sa.Column("code", sa.String(16), nullable=False, unique=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("parent_code", sa.String(16)),
    sa.Column("body", JsonText, nullable=False),
    # Under which terms it is found (`services/search_words.py`), indexed as `db/tables/search_schema.py` says.
    sa.Column("words", sa.Text, nullable=False, server_default=sa.text("''")),
    _ms("created_at_ms", nullable=False),
    sa.Index("ix_recipes_user_id_id", "user_id", "id"),
    sa.Index("ix_recipes_user_id_created_at_ms", "user_id", "created_at_ms"),
    sa.Index("ix_recipes_parent_code", "parent_code"),
    # What a version before this one has written meanwhile, or all there was (`services/jobs/indexing.py`).
    _partial("ix_recipes_unindexed", "words = ''", "id"),
)
search_schema.make_with(recipes)

# What a list of pictures was asked for, so that its buttons go on from there; a list of everything has no row.
searches: Final = sa.Table(
    "searches",
    metadata,
    _id(),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("wanted", JsonText, nullable=False),
    _ms("created_at_ms", nullable=False),
    sa.Index("ix_searches_created_at_ms", "created_at_ms"),
    sqlite_autoincrement=True,
)

requests: Final = sa.Table(
    "requests",
    metadata,
    _id(),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("origin_id", sa.String(96), nullable=False),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("guild_id", sa.BigInteger, sa.ForeignKey("guilds.id")),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("installation", sa.String(8), nullable=False),
    sa.Column("visibility", sa.String(8), nullable=False),
    sa.Column("application_id", sa.BigInteger, nullable=False),
    sa.Column("sealed_token", sa.LargeBinary),
    _ms("token_expires_at_ms"),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("upload_limit_bytes", sa.BigInteger, nullable=False),
    _ms("created_at_ms", nullable=False),
    _ms("ended_at_ms"),
    sa.UniqueConstraint("origin", "origin_id"),
    sa.Index("ix_requests_user_id_id", "user_id", "id"),
    _partial("ix_requests_open", "ended_at_ms IS NULL", "id"),
    _partial("ix_requests_tokens", "sealed_token IS NOT NULL", "token_expires_at_ms"),
    sqlite_autoincrement=True,
)

# Keys that people and servers brought. `sealed_key` opens with the row's own data key, `sealed_data_key` with the
# master key named by `master_key_id`: another master key seals the data keys anew and leaves the rest alone. A row
# never changes its key, a new one is a new row; a removed one stays until no open job needs it.
provider_keys: Final = sa.Table(
    "provider_keys",
    metadata,
    _id(),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("owner_kind", sa.String(8), nullable=False),
    sa.Column("owner_id", sa.BigInteger, nullable=False),
    sa.Column("last_four", sa.String(4), nullable=False),
    sa.Column("sealed_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed_data_key", sa.LargeBinary, nullable=False),
    sa.Column("master_key_id", sa.String(16), nullable=False),
    sa.Column("added_by", sa.BigInteger, nullable=False),
    _ms("added_at_ms", nullable=False),
    _ms("removed_at_ms"),
    _partial(
        "uq_provider_keys_owner", "removed_at_ms IS NULL", "provider", "owner_kind", "owner_id", unique=True
    ),
    sqlite_autoincrement=True,
)

# A request that could not start as it was asked for, kept while the person chooses another model, brings a key or
# changes a parameter. `recipes` is a list of recipe bodies.
drafts: Final = sa.Table(
    "drafts",
    metadata,
    _id(),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("visibility", sa.String(8), nullable=False),
    sa.Column("recipes", JsonText, nullable=False),
    _ms("created_at_ms", nullable=False),
    sa.Index("ix_drafts_created_at_ms", "created_at_ms"),
    sqlite_autoincrement=True,
)

# What the operator has paused, with a sentence for people; `name` is a provider's or a model's id.
pauses: Final = sa.Table(
    "pauses",
    metadata,
    sa.Column("name", sa.String(96), primary_key=True),
    sa.Column("sentence", sa.String(300), nullable=False),
    sa.Column("paused_by", sa.BigInteger, nullable=False),
    _ms("paused_at_ms", nullable=False),
)

_OPEN: Final = "state IN ('queued', 'submitting', 'waiting', 'fetching')"

jobs: Final = sa.Table(
    "jobs",
    metadata,
    _id(),
    sa.Column("request_id", RowId, sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    # A deleted picture takes its recipe with it; the job stays, because what it cost stays.
    sa.Column("recipe_id", RowId, sa.ForeignKey("recipes.id", ondelete="SET NULL")),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("model", sa.String(96), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("turn", sa.BigInteger, nullable=False),
    # Its place in line (`db/jobs/fairness.py`): `account_id` is the key that pays, 0 for the operator's and for
    # nobody's; `share_id` the server, or the person outside of servers, whose share of the account it takes.
    sa.Column("account_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("share_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("user_turn", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("worker_id", sa.String(40)),
    _ms("not_before_ms", nullable=False),
    _ms("poll_at_ms"),
    sa.Column("polls", sa.Integer, nullable=False, server_default="0"),
    _ms("doubt_until_ms"),
    sa.Column("submit_tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("fetch_tries", sa.Integer, nullable=False, server_default="0"),
    _ms("cancel_requested_at_ms"),
    # Whose account at the provider pays, and by which row of `provider_keys` (None for the operator's, whose keys are
    # settings). No foreign key: the row may be gone when the job has ended, and its id is never given out again.
    sa.Column("payer", sa.String(8), nullable=False, server_default="operator"),
    sa.Column("key_id", sa.BigInteger),
    sa.Column("price_micro_usd", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("cost_micro_usd", sa.BigInteger),
    # When the user got the price back, and what the vendor said first: told by the ledger, kept here to be shown.
    _ms("released_at_ms"),
    sa.Column("progress", JsonText),
    sa.Column("error", JsonText),
    _ms("created_at_ms", nullable=False),
    _ms("started_at_ms"),
    _ms("ended_at_ms"),
    # When it came into its state (None: as it was made), and how long it was in the one before.
    _ms("entered_at_ms"),
    _ms("stayed_ms"),
    sa.UniqueConstraint("request_id", "position"),
    # One small index for each question that a loop asks all the time: history must not make them slower. SQLite uses
    # a partial index only for a query that says its condition in the same words, hence `db.tables.types.is_word`.
    _partial("ix_jobs_line", "state = 'queued'", "provider", "account_id", "priority", "turn", "id"),
    _partial("ix_jobs_shares", "state = 'queued'", "provider", "account_id", "share_id", "priority", "turn", "id"),
    _partial(
        "ix_jobs_running", "state IN ('submitting', 'waiting')",
        "provider", "account_id", "share_id", "user_id", "doubt_until_ms",
    ),
    _partial("ix_jobs_open_shares", _OPEN, "share_id"),
    _partial("ix_jobs_open_users", _OPEN, "user_id"),
    _partial("ix_jobs_durations", "state = 'stored'", "model", "id"),
    _partial("ix_jobs_polls", "state = 'waiting'", "poll_at_ms"),
    _partial("ix_jobs_fetches", "state = 'fetching'", "not_before_ms", "id"),
    _partial("ix_jobs_held", "worker_id IS NOT NULL", "worker_id"),
    _partial("ix_jobs_doubt", "doubt_until_ms IS NOT NULL", "doubt_until_ms"),
    sa.Index("ix_jobs_user_id_created_at_ms", "user_id", "created_at_ms"),
    sa.Index("ix_jobs_recipe_id", "recipe_id"),
    _partial("ix_jobs_key_id", "key_id IS NOT NULL", "key_id"),
    sqlite_autoincrement=True,
)  # fmt: skip

attempts: Final = sa.Table(
    "attempts",
    metadata,
    _id(),
    sa.Column("job_id", RowId, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    _ms("opened_at_ms", nullable=False),
    _ms("sent_at_ms"),
    _ms("closed_at_ms"),
    sa.Column("remote_id", sa.String(200)),
    sa.Column("handle", JsonText),
    sa.Column("outcome", JsonText),
    sa.Column("error", JsonText),
    sa.UniqueConstraint("job_id", "number"),
    sa.Index("ix_attempts_remote_id", "remote_id"),
    sqlite_autoincrement=True,
)

images: Final = sa.Table(
    "images",
    metadata,
    _id(),
    sa.Column("job_id", RowId, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    _ms("created_at_ms", nullable=False),
    sa.Index("ix_images_digest", "digest"),
    sa.Index("ix_images_user_id_id", "user_id", "id"),
    # Holds all that the sum of what somebody's pictures take up needs.
    sa.Index("ix_images_user_id_size_bytes", "user_id", "size_bytes"),
)

deliveries: Final = sa.Table(
    "deliveries",
    metadata,
    _id(),
    sa.Column("request_id", RowId, sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False),
    # Set on a message that shows one picture only: a picture that came late, or one that was asked for again.
    sa.Column("job_id", RowId, sa.ForeignKey("jobs.id", ondelete="CASCADE")),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("rung", sa.String(12)),
    sa.Column("worker_id", sa.String(40)),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    _ms("not_before_ms", nullable=False),
    _ms("tried_at_ms"),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    _ms("created_at_ms", nullable=False),
    _ms("ended_at_ms"),
    _ms("noticed_at_ms"),
    _partial("ix_deliveries_line", "state = 'pending'", "not_before_ms", "id"),
    _partial("ix_deliveries_held", "state = 'trying'", "worker_id"),
    sa.Index("ix_deliveries_message_id", "message_id"),
    _partial("uq_deliveries_result", "kind = 'result'", "request_id", unique=True),
    sa.Index("ix_deliveries_request_id", "request_id"),
    _partial("ix_deliveries_parked", "state = 'parked'", "request_id"),
    sqlite_autoincrement=True,
)  # fmt: skip

rungs: Final = sa.Table(
    "delivery_rungs",
    metadata,
    _id(),
    sa.Column("delivery_id", RowId, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("rung", sa.String(12), nullable=False),
    _ms("tried_at_ms", nullable=False),
    sa.Column("outcome", sa.String(48)),
    sa.Index("ix_delivery_rungs_delivery_id", "delivery_id"),
)

workers: Final = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    _ms("started_at_ms", nullable=False),
    _ms("beat_at_ms", nullable=False),
)

command_pushes: Final = sa.Table(
    "command_pushes",
    metadata,
    sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    _ms("pushed_at_ms", nullable=False),
)
