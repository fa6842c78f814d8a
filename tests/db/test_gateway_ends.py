"""How often in a row processes with the same shards ended because of a silent gateway."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.engine import Database
from db.tables.schema import gateway_ends
from db.upkeep.gateway_ends import IN_A_ROW_MS, count_end, ends_in_a_row


def make_older(conn: Connection) -> None:
    conn.execute(sa.update(gateway_ends).values(ended_at_ms=gateway_ends.c.ended_at_ms - IN_A_ROW_MS))


async def test_ends_count_up_for_the_same_shards_until_one_is_long_ago(database: Database) -> None:
    assert await database.read(ends_in_a_row, "gateway 0-1/2") == 0
    for ends in (1, 2, 3):
        await database.write(count_end, "gateway 0-1/2")
        assert await database.read(ends_in_a_row, "gateway 0-1/2") == ends
    assert await database.read(ends_in_a_row, "run") == 0
    await database.write(make_older)
    assert await database.read(ends_in_a_row, "gateway 0-1/2") == 0
    await database.write(count_end, "gateway 0-1/2")
    assert await database.read(ends_in_a_row, "gateway 0-1/2") == 1
