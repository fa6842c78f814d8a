"""The table of what those who run the bot are told, so that a crash loop floods nobody."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms
from db.tables.types import JsonText

# One row a kind and subject ("refused_key", "fal"). `times` counts what was raised since the last message about it.
alerts: Final = sa.Table(
    "alerts",
    metadata,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(96), primary_key=True),
    sa.Column("fields", JsonText, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    ms("raised_at_ms", nullable=False),
    ms("sent_at_ms"),
)
