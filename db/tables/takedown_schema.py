"""The table of the pictures that whoever runs the service has taken down."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms

# A picture that is taken from nobody any more: by the digest of its clean copy, or of a result's file. One picture may
# have several; `entry` is the one by which the operator knows them all.
takedowns: Final = sa.Table(
    "takedowns",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("entry", sa.String(64), nullable=False),
    ms("added_at_ms", nullable=False),
    sa.Index("ix_takedowns_entry", "entry"),
)
