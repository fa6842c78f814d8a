"""The table that tells a database from an older copy of itself."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms

# One row. `sends` counts the orders that were about to leave, `place` names what the database belongs to (a file beside
# it, or its own table on PostgreSQL): a copy that comes back has an older count or another place. `copied_at_ms` is set
# in copies of ours only, `restored_at_ms` when a copy was put in the place of what came after it. `store_mark` is what
# the folder of the pictures bears in a file of its own (`services/store_mark.py`).
database_life: Final = sa.Table(
    "database_life",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sends", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("place", sa.String(80)),
    ms("copied_at_ms"),
    ms("restored_at_ms"),
    sa.Column("store_mark", sa.String(64)),
)
