"""What people keep: pictures that they bring, characters, settings, parts of recipes under a name."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON: Final = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the tables, empty."""
    _make_uploads()
    _make_characters()
    _make_parts_of_characters()
    _make_settings()


def _index_where(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stored_digest", sa.String(64), nullable=False),
        sa.Column("sealed_data_key", sa.LargeBinary),
        sa.Column("master_key_id", sa.String(16)),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("agreed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_uploads_user_id"),
        sa.UniqueConstraint("user_id", "kind", "digest", name="uq_uploads_user_id_kind_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_uploads_digest", "uploads", ["digest"])
    op.create_index("ix_uploads_stored_digest", "uploads", ["stored_digest"])
    _index_where("ix_uploads_expires_at_ms", "uploads", ["expires_at_ms"], "expires_at_ms IS NOT NULL")


def _make_characters() -> None:
    op.create_table(
        "characters",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("next_number", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("used_at_ms", sa.BigInteger, nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_characters"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_characters_user_id"),
        sa.UniqueConstraint("code", name="uq_characters_code"),
        sqlite_autoincrement=True,
    )
    _index_where(
        "uq_characters_user_id_name_key",
        "characters",
        ["user_id", "name_key"],
        "deleted_at_ms IS NULL",
        unique=True,
    )
    op.create_index("ix_characters_user_id_used_at_ms", "characters", ["user_id", "used_at_ms"])
    _index_where("ix_characters_deleted_at_ms", "characters", ["deleted_at_ms"], "deleted_at_ms IS NOT NULL")


def _of_character(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["character_id"], ["characters.id"], name=f"fk_{table}_character_id", ondelete="CASCADE"
    )


def _make_parts_of_characters() -> None:
    op.create_table(
        "character_versions",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("character_id", _ROW_ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("features", _JSON, nullable=False),
        sa.Column("feature_file", sa.String(64), nullable=False),
        sa.Column("reference_numbers", _JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_character_versions"),
        _of_character("character_versions"),
        sa.UniqueConstraint("character_id", "version", name="uq_character_versions_character_id_version"),
    )
    op.create_table(
        "character_pictures",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("character_id", _ROW_ID, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("upload_id", _ROW_ID),
        sa.Column("job_id", _ROW_ID),
        sa.Column("is_made", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_character_pictures"),
        _of_character("character_pictures"),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name="fk_character_pictures_upload_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_character_pictures_job_id", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("character_id", "number", name="uq_character_pictures_character_id_number"),
        sa.UniqueConstraint("character_id", "job_id", name="uq_character_pictures_character_id_job_id"),
    )
    op.create_index("ix_character_pictures_job_id", "character_pictures", ["job_id"])
    op.create_index("ix_character_pictures_upload_id", "character_pictures", ["upload_id"])
    op.create_table(
        "character_shares",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("character_id", _ROW_ID, nullable=False),
        sa.Column("target_kind", sa.String(8), nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_character_shares"),
        _of_character("character_shares"),
        sa.UniqueConstraint(
            "character_id",
            "target_kind",
            "target_id",
            name="uq_character_shares_character_id_target_kind_target_id",
        ),
    )
    op.create_index(
        "ix_character_shares_target_kind_target_id", "character_shares", ["target_kind", "target_id"]
    )


def _make_settings() -> None:
    op.create_table(
        "user_settings",
        sa.Column("user_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("model", sa.String(96)),
        sa.Column("language", sa.String(16)),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_settings"),
    )
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("model", sa.String(96)),
        sa.Column("language", sa.String(16)),
        sa.Column("allowed_models", _JSON),
        sa.Column("safety_caps", _JSON),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guild_settings"),
    )
    op.create_table(
        "saved_parts",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_parts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_parts_user_id"),
        sa.UniqueConstraint("user_id", "kind", "name_key", name="uq_saved_parts_user_id_kind_name_key"),
    )
