"""The tables about the files of pictures: what is being removed, what is not as it should be, how far the walk is."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms, row_id
from db.tables.types import JsonText

# A file that is being removed, or was within the last hour. Whoever keeps a picture's row looks here in the same
# transaction: a removal that it did not know of means that its file may have gone in between.
image_removals: Final = sa.Table(
    "image_removals",
    metadata,
    row_id(),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    ms("started_at_ms", nullable=False),
    ms("ended_at_ms"),
    sqlite_autoincrement=True,
)

# A picture's file that is missing ("missing") or holds other bytes ("damaged"), until it is whole again.
image_faults: Final = sa.Table(
    "image_faults",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("fault", sa.String(16), nullable=False),
    ms("found_at_ms", nullable=False),
)

# The walk over all files of the store, a few hundred at a time: `place` is the digest it has come to, `so_far` what it
# has counted, `found` what the last whole walk counted.
store_walks: Final = sa.Table(
    "store_walks",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("place", sa.String(64), nullable=False),
    ms("claimed_at_ms", nullable=False),
    ms("began_at_ms", nullable=False),
    ms("ended_at_ms"),
    sa.Column("so_far", JsonText),
    sa.Column("found", JsonText),
)
