"""What workers find of image services, told by the database to the other processes."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.engine import ConflictError, Database
from db.jobs import workers
from db.jobs.findings import Finding, Word, list_findings, put_findings
from db.tables.schema import findings
from db.tables.schema import workers as worker_rows
from db.tables.types import DAY_MS

DOWN = Finding("fal", Word.DOWN, 5_000, 30_000)
GONE = Finding("fal/flux-dev", Word.GONE, 0, 3_600_000)


def beat_at(conn: Connection, at_ms: sa.ColumnElement[int] | int, *names: str) -> None:
    conn.execute(sa.update(worker_rows).where(worker_rows.c.id.in_(names)).values(beat_at_ms=at_ms))


async def enter(database: Database, *names: str) -> None:
    for name in names:
        await database.write(workers.register, name, is_only_worker=False)
    # They live until a test says that they are dead, however long it takes.
    await database.write(beat_at, worker_rows.c.beat_at_ms + DAY_MS, *names)


async def heard(database: Database, by: str) -> list[tuple[str, Word]]:
    found = await database.read(list_findings, by)
    return [(each.finding.name, each.finding.word) for each in found]


async def test_what_a_worker_finds_is_told_to_all_but_itself(database: Database) -> None:
    await enter(database, "a", "b")
    await database.write(put_findings, "a", [DOWN, GONE])

    assert await heard(database, "a") == []
    assert await heard(database, "b") == [("fal", Word.DOWN), ("fal/flux-dev", Word.GONE)]
    assert await heard(database, "") == await heard(database, "b")


async def test_times_are_told_as_how_long_ago_and_how_long_still(database: Database) -> None:
    await enter(database, "a")
    await database.write(put_findings, "a", [DOWN])
    (first,) = await database.read(list_findings, "b")
    (again,) = await database.read(list_findings, "b")

    # Together they are as long as it was told, however late it is heard.
    for each in (first, again):
        assert each.finding.age_ms >= DOWN.age_ms
        assert 0 <= each.finding.age_ms + each.finding.left_ms - DOWN.age_ms - DOWN.left_ms <= 10_000
    assert first.stamp == again.stamp


async def test_what_is_found_takes_the_place_of_what_was_found_before(database: Database) -> None:
    await enter(database, "a", "b")
    await database.write(put_findings, "a", [DOWN, GONE])
    await database.write(put_findings, "b", [DOWN])
    await database.write(put_findings, "a", [GONE])

    assert await heard(database, "b") == [("fal/flux-dev", Word.GONE)]
    assert await heard(database, "a") == [("fal", Word.DOWN)]


async def test_what_a_dead_worker_has_found_does_not_count(database: Database) -> None:
    await enter(database, "a", "b")
    await database.write(put_findings, "a", [DOWN])
    await database.write(beat_at, 0, "a")

    assert await heard(database, "b") == []


async def test_what_a_worker_has_found_goes_with_it(database: Database) -> None:
    await enter(database, "a", "b")
    await database.write(put_findings, "a", [DOWN])
    await database.write(workers.leave, "a")

    assert (
        await database.read(lambda conn: conn.scalar(sa.select(sa.func.count()).select_from(findings))) == 0
    )
    with pytest.raises(ConflictError):
        await database.write(put_findings, "a", [DOWN])


async def test_a_word_of_a_newer_version_means_nothing(database: Database) -> None:
    await enter(database, "a")
    await database.write(put_findings, "a", [DOWN, GONE])
    await database.write(
        lambda conn: (
            conn.execute(sa.update(findings).where(findings.c.name == "fal").values(word="tired")) and None
        )
    )

    assert await heard(database, "b") == [("fal/flux-dev", Word.GONE)]
