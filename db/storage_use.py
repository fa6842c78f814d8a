"""How much room somebody's pictures take up, and the quota for it."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.schema import images, uploads
from services.errors import LimitError

MIB: Final = 1024 * 1024

_BYTES_OF_USER: Final = sa.select(
    *(
        sa.select(sa.func.coalesce(sa.func.sum(table.c.size_bytes), 0))
        .where(table.c.user_id == sa.bindparam("user"))
        .scalar_subquery()
        for table in (images, uploads)
    )
)


def bytes_of_user(conn: Connection, user_id: int) -> int:
    """Return how many bytes the pictures of one person have, made and brought; a file that is two counts twice."""
    return sum(map(int, conn.execute(_BYTES_OF_USER, {"user": user_id}).one()))


def check_storage(conn: Connection, user_id: int, most_bytes: int) -> None:
    """Raise LimitError("storage_full") where a person's pictures take up their share already; 0 is no quota.

    What is being painted is not counted: its size is not known, and a person has only so much in the works.
    """
    if most_bytes and (used := bytes_of_user(conn, user_id)) >= most_bytes:
        raise LimitError("storage_full", used_mb=used // MIB, allowed_mb=most_bytes // MIB)
