"""The notes of removed files: each is one process's at a time, and an ended one is over."""

import sqlalchemy as sa

from db.engine import Connection, Database
from db.pictures import image_removals
from db.tables.schema import image_removals as table

DIGEST = "a" * 64
HOUR_MS = 3_600_000


def begun_an_hour_ago(conn: Connection) -> image_removals.Removal:
    image_removals.begin(conn, [DIGEST])
    conn.execute(sa.update(table).values(started_at_ms=table.c.started_at_ms - HOUR_MS))
    found = image_removals.find(conn, DIGEST)
    assert found is not None
    return found


async def test_what_somebody_has_taken_over_nobody_takes_over_again(database: Database) -> None:
    left = await database.write(begun_an_hour_ago)
    taken = await database.write(image_removals.take_over, HOUR_MS // 2, 10)

    assert [each.id for each in taken] == [left.id]
    assert await database.write(image_removals.take_over, HOUR_MS // 2, 10) == []


async def test_what_was_renewed_nobody_takes_over(database: Database) -> None:
    left = await database.write(begun_an_hour_ago)
    assert await database.write(image_removals.renew, left) is not None
    assert await database.write(image_removals.renew, left) is None

    assert await database.write(image_removals.take_over, HOUR_MS // 2, 10) == []


async def test_an_ended_one_is_not_renewed_or_taken_over(database: Database) -> None:
    left = await database.write(begun_an_hour_ago)
    await database.write(image_removals.end, left.id)

    assert await database.write(image_removals.renew, left) is None
    assert await database.write(image_removals.take_over, 0, 10) == []
