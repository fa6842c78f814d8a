"""Questions that only a working database answers."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.migrations import REVISIONS, VERSION_TABLE


def is_up(conn: Connection) -> bool:
    """Return True; raises what the database raises."""
    return conn.execute(sa.select(sa.literal(1))).scalar_one() == 1


def is_schema_current(conn: Connection) -> bool:
    """Return whether the schema is at least this code's: newer code may have brought it further while this one runs."""
    version = sa.table(VERSION_TABLE, sa.column("version_num", sa.String))
    return conn.execute(sa.select(version.c.version_num)).scalar() not in (None, *REVISIONS[:-1])
