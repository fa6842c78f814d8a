"""The table of the pictures that people brought: what they attached or named by an address."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms, partial, row_id

# A picture that somebody brought, made new without metadata. `kind` "picture" lies in the store as it is, "face" (a
# photo whose person agreed) sealed: `stored_digest` names the file, `digest` what the file is when it is opened, and
# both are the same for "picture". The data key of a face opens its file, the master key with `master_key_id` opens the
# data key; without this row nobody can read the file. A face goes at `expires_at_ms`.
uploads: Final = sa.Table(
    "uploads",
    metadata,
    row_id(),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("stored_digest", sa.String(64), nullable=False),
    sa.Column("sealed_data_key", sa.LargeBinary),
    sa.Column("master_key_id", sa.String(16)),
    sa.Column("format", sa.String(8), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    # When whoever brought it said that it may be used: nothing is kept without that.
    ms("agreed_at_ms", nullable=False),
    ms("created_at_ms", nullable=False),
    ms("expires_at_ms"),
    sa.UniqueConstraint("user_id", "kind", "digest"),
    sa.Index("ix_uploads_digest", "digest"),
    sa.Index("ix_uploads_stored_digest", "stored_digest"),
    partial("ix_uploads_expires_at_ms", "expires_at_ms IS NOT NULL", "expires_at_ms"),
    sqlite_autoincrement=True,
)
