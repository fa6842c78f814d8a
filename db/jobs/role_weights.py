"""The table `role_weights`: how much of its server's share the members of a role get."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import role_weights
from db.tables.types import database_now_ms


def weight_of(conn: Connection, guild_id: int | None, role_ids: Collection[int]) -> int:
    """Return the weight of a member with these roles, 1..10: that of the best one, 1 where none has any."""
    if guild_id is None or not role_ids:
        return 1
    statement = sa.select(sa.func.max(role_weights.c.weight)).where(
        role_weights.c.guild_id == guild_id, role_weights.c.role_id.in_(sorted(role_ids))
    )
    return int(conn.execute(statement).scalar() or 1)


def list_weights(conn: Connection, guild_id: int) -> dict[int, int]:
    """Return the weight by role id of a server's roles that have one, the heaviest first."""
    c = role_weights.c
    statement = (
        sa.select(c.role_id, c.weight).where(c.guild_id == guild_id).order_by(c.weight.desc(), c.role_id)
    )
    return {row[0]: row[1] for row in conn.execute(statement)}


def put_weight(conn: Connection, guild_id: int, role_id: int, weight: int, set_by: int) -> None:
    """Give a role a weight; 1 is what every role has, and takes the row away."""
    conn.execute(
        sa.delete(role_weights).where(role_weights.c.guild_id == guild_id, role_weights.c.role_id == role_id)
    )
    if weight != 1:
        conn.execute(
            sa.insert(role_weights).values(
                guild_id=guild_id, role_id=role_id, weight=weight, set_by=set_by, set_at_ms=database_now_ms()
            )
        )
