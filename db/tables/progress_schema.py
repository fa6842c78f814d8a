"""The table of who edits which message: one process at a time writes a message of Discord."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import RowId, metadata, ms

# `until_ms` is set while an edit is on its way; it is over then, also where its process died. `is_uncertain`: an edit
# was given up half way and may still arrive, after the result.
progress_edits: Final = sa.Table(
    "progress_edits",
    metadata,
    sa.Column(
        "request_id",
        RowId,
        sa.ForeignKey("requests.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("worker_id", sa.String(40), nullable=False),
    ms("due_at_ms", nullable=False),
    ms("until_ms"),
    sa.Column("is_uncertain", sa.Boolean, nullable=False, server_default=sa.false()),
)
