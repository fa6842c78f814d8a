"""How much room somebody's pictures take up, and the quota for it."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import images, uploads
from services.errors import LimitError

MIB: Final = 1024 * 1024

_USED: Final = tuple(
    sa.select(sa.func.coalesce(sa.func.sum(table.c.size_bytes), 0))
    .where(table.c.user_id == sa.bindparam("user", type_=sa.BigInteger))
    .scalar_subquery()
    for table in (images, uploads)
)
BYTES_OF_USER: Final = sa.select(_USED[0] + _USED[1])
"""Asks for `user`; made and brought, a file that is two pictures counts twice."""


def bytes_of_user(conn: Connection, user_id: int) -> int:
    """Return how many bytes the pictures of one person have."""
    return int(conn.execute(BYTES_OF_USER, {"user": user_id}).scalar_one())


def check_storage(conn: Connection, user_id: int, most_bytes: int) -> None:
    """Raise LimitError("storage_full") where a person's pictures take up their share already; 0 is no quota.

    What is being painted is not counted: its size is not known, and a person has only so much in the works.
    """
    if most_bytes:
        check_used(bytes_of_user(conn, user_id), most_bytes)


def check_used(used_bytes: int, most_bytes: int) -> None:
    """Do the same where it is known what they take up."""
    if most_bytes and used_bytes >= most_bytes:
        raise LimitError("storage_full", used_mb=used_bytes // MIB, allowed_mb=most_bytes // MIB)
