"""The tables of what people and servers have set, and of the parts of recipes that people keep under a name."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms, row_id
from db.tables.types import JsonText

# What somebody has set beside privacy (`users`). Null: as the server, or the bot, has it.
user_settings: Final = sa.Table(
    "user_settings",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("model", sa.String(96)),
    sa.Column("language", sa.String(16)),
    ms("changed_at_ms", nullable=False),
)

# What a server has set beside privacy (`guilds`) and budgets. `allowed_models` is a list of the ids of models and image
# services, null for all; `safety_caps` the most that a parameter of safety may be, by its name.
guild_settings: Final = sa.Table(
    "guild_settings",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("model", sa.String(96)),
    sa.Column("language", sa.String(16)),
    sa.Column("allowed_models", JsonText),
    sa.Column("safety_caps", JsonText),
    ms("changed_at_ms", nullable=False),
)

# A part of a recipe under a name of one's own: `kind` "seed" (seeds, model, parameters, features that stay) or "preset"
# (parameters). `name_key` is the name as it is compared.
saved_parts: Final = sa.Table(
    "saved_parts",
    metadata,
    row_id(),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_key", sa.String(200), nullable=False),
    sa.Column("body", JsonText, nullable=False),
    ms("created_at_ms", nullable=False),
    sa.UniqueConstraint("user_id", "kind", "name_key"),
)
