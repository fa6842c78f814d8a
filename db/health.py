"""One question that only a working database answers."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def is_up(conn: Connection) -> bool:
    """Return True; raises what the database raises."""
    return conn.execute(sa.select(sa.literal(1))).scalar_one() == 1
