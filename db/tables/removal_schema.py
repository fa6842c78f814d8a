"""The table of deleted pictures whose messages have still to go."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import RowId, metadata, ms

# Noted in the transaction that deletes a picture, gone once no message shows it: whoever deletes it takes care of them
# at once, and where that process dies or Discord does not answer, somebody else does when the time of the row has come.
message_removals: Final = sa.Table(
    "message_removals",
    metadata,
    sa.Column(
        "job_id", RowId, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("tries", sa.Integer, nullable=False),
    ms("due_at_ms", nullable=False),
)
