"""The table of deleted pictures whose messages have still to go."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import RowId, metadata, ms

# Noted in the transaction that deletes a picture, gone once no message shows it: whoever deletes it takes care of them
# at once, and where that process dies or Discord does not answer, somebody else does when the time of the row has come.
# `unseen_in` is set where a message may stand that nobody can find: it is not tried any more, and its owner is
# to be told in which place (a rung of the ladder).
message_removals: Final = sa.Table(
    "message_removals",
    metadata,
    sa.Column(
        "job_id", RowId, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("tries", sa.Integer, nullable=False),
    ms("due_at_ms", nullable=False),
    sa.Column("unseen_in", sa.String(12)),
)
