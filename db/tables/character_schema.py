"""The tables of characters: people of one's own that look the same in every scene."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import RowId, metadata, ms, partial, row_id
from db.tables.types import JsonText

# `code` is how recipes and files name a character: it is never given out twice. `name_key` is the name as it is
# compared, so that two names that look alike are one. `next_number` is the counter of its pictures, from 0. One that is
# deleted while a picture of it is being made stays, marked, until that picture has ended.
characters: Final = sa.Table(
    "characters",
    metadata,
    row_id(),
    sa.Column("code", sa.String(16), nullable=False, unique=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_key", sa.String(200), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("next_number", sa.Integer, nullable=False, server_default="0"),
    ms("created_at_ms", nullable=False),
    ms("used_at_ms", nullable=False),
    ms("deleted_at_ms"),
    partial("uq_characters_user_id_name_key", "deleted_at_ms IS NULL", "user_id", "name_key", unique=True),
    sa.Index("ix_characters_user_id_used_at_ms", "user_id", "used_at_ms"),
    partial("ix_characters_deleted_at_ms", "deleted_at_ms IS NOT NULL", "deleted_at_ms"),
    sqlite_autoincrement=True,
)

# What a character is: editing makes a new version, and recipes name the one that they used. `features` is a list of
# [category, name, value], `reference_numbers` the pictures that a model looks at unless a scene names others.
character_versions: Final = sa.Table(
    "character_versions",
    metadata,
    row_id(),
    sa.Column("character_id", RowId, sa.ForeignKey("characters.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("features", JsonText, nullable=False),
    sa.Column("feature_file", sa.String(64), nullable=False),
    sa.Column("reference_numbers", JsonText, nullable=False),
    ms("created_at_ms", nullable=False),
    sa.UniqueConstraint("character_id", "version"),
)

# A picture of a character: brought (`upload_id`), taken over from an earlier result or made in a scene (`job_id`). One
# that is still being made has no number yet, and gets one with its file: of several that were asked for together the
# reserved one, else the next. A number is never given out twice: a picture that was removed keeps its row, without
# anything that leads to it, and a reserved number that no picture came for stays unused.
character_pictures: Final = sa.Table(
    "character_pictures",
    metadata,
    row_id(),
    sa.Column("character_id", RowId, sa.ForeignKey("characters.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("reserved_number", sa.Integer),
    sa.Column("upload_id", RowId, sa.ForeignKey("uploads.id", ondelete="SET NULL")),
    sa.Column("job_id", RowId, sa.ForeignKey("jobs.id", ondelete="SET NULL")),
    sa.Column("is_made", sa.Boolean, nullable=False, server_default=sa.false()),
    ms("created_at_ms", nullable=False),
    ms("removed_at_ms"),
    sa.UniqueConstraint("character_id", "number"),
    sa.UniqueConstraint("character_id", "job_id"),
    sa.Index("ix_character_pictures_job_id", "job_id"),
    sa.Index("ix_character_pictures_upload_id", "upload_id"),
)

# With whom a character is shared: a server ("server") or a person ("user").
character_shares: Final = sa.Table(
    "character_shares",
    metadata,
    row_id(),
    sa.Column("character_id", RowId, sa.ForeignKey("characters.id", ondelete="CASCADE"), nullable=False),
    sa.Column("target_kind", sa.String(8), nullable=False),
    sa.Column("target_id", sa.BigInteger, nullable=False),
    ms("created_at_ms", nullable=False),
    sa.UniqueConstraint("character_id", "target_kind", "target_id"),
    sa.Index("ix_character_shares_target_kind_target_id", "target_kind", "target_id"),
)
