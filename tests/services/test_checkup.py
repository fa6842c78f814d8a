"""The doctor's findings: each part that is broken is named with what to do, and keeps no other from being looked at."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.tables.schema import jobs, ledger, ledger_sums
from services.checkup import Finding, Level, check_service
from services.images import decoders
from services.images.folder_store import FolderStore
from services.images.room import Room
from services.settings import Settings
from tests.services.finished import ordered
from tests.services.own_keys import beside_stand_ins
from tests.services.studio import Studio

DAY_FAR_AHEAD_MS = 86_400_000 * 100_000


async def findings(studio: Studio, part: str) -> list[Finding]:
    settings = Settings(_env_file=None).model_copy(update={"data_folder": studio.folder})
    return [each for each in await check_service(studio.context, settings) if each.part == part]


def levels(found: list[Finding]) -> list[Level]:
    return [each.level for each in found]


async def test_a_service_that_is_well_is_said_to_be(studio: Studio) -> None:
    await ordered(studio)
    settings = Settings(_env_file=None).model_copy(update={"data_folder": studio.folder})
    found = await check_service(studio.context, settings)
    assert {each.part for each in found} >= {"database", "disk", "clock", "jobs", "ledger", "image store"}
    assert [each for each in found if each.level is Level.FAIL] == []


async def test_the_bot_s_own_key_is_asked_after_for_free(studio: Studio) -> None:
    async with beside_stand_ins(studio.context) as (context, stand_ins):
        good = next(iter(stand_ins.desks["bfl"].keys))
        for key, level in ((good, Level.OK), ("refused", Level.FAIL), ("", Level.OK)):
            registry = context.registry.changed(keys={"bfl": key} if key else {})
            studio.context = replace(context, registry=registry)
            [found] = await findings(studio, "Black Forest Labs")
            assert found.level is level, key
        calls = stand_ins.calls("bfl")
    studio.context = replace(context, registry=context.registry.changed(keys={"bfl": good}))
    [found] = await findings(studio, "Black Forest Labs")

    assert found.level is Level.WARN
    assert "network" in found.todo
    assert not [call for call in calls if call["paid"]]


async def test_every_disk_that_something_is_kept_on_is_looked_at_and_too_little_room_is_a_failure(
    studio: Studio, tmp_path: Path
) -> None:
    elsewhere = tmp_path.parent / "elsewhere"
    folders = [studio.folder, studio.folder / "images", elsewhere]
    studio.context = replace(studio.context, room=Room(folders, min_free_bytes=1))
    found = await findings(studio, "disk")
    assert len(found) == 2
    assert str(elsewhere) in found[1].says
    assert Level.FAIL not in levels(found)

    studio.context = replace(studio.context, room=Room(folders, min_free_bytes=2**62))
    found = await findings(studio, "disk")
    assert found[-1].level is Level.FAIL
    assert "LIMNER_MIN_FREE_MB" in found[-1].says


async def test_books_that_disagree_with_their_job_are_named(studio: Studio) -> None:
    picture = await ordered(studio)

    def spoil(conn: Connection) -> None:
        conn.execute(sa.delete(ledger).where(ledger.c.job_id == picture.job_id, ledger.c.kind == "settle"))

    await studio.context.database.write(spoil)
    found = await findings(studio, "ledger")
    assert levels(found) == [Level.FAIL] * len(found)
    assert f"job {picture.job_id}" in found[0].says
    assert f"jobs show {picture.job_id}" in found[0].todo


async def test_a_sum_that_is_off_is_named_and_made_anew(studio: Studio) -> None:
    def spoil(conn: Connection) -> None:
        key = {"scope": "person", "owner_id": 1, "day_ms": DAY_FAR_AHEAD_MS, "guild_id": 0, "payer": "user"}
        conn.execute(sa.insert(ledger_sums).values(**key, amount_micro_usd=5))

    await studio.context.database.write(spoil)
    [found] = await findings(studio, "ledger")
    assert (found.level, "person 1" in found.says) == (Level.FAIL, True)
    assert levels(await findings(studio, "ledger")) == [Level.OK]


async def test_a_picture_whose_file_is_gone_is_named(studio: Studio) -> None:
    picture = await ordered(studio)
    await studio.context.store.delete(picture.digest)
    [found] = await findings(studio, "image store")
    assert found.level is Level.FAIL
    assert f"jobs {picture.job_id} " in found.says


async def test_a_store_that_cannot_be_written_is_a_failure_with_what_to_do(studio: Studio) -> None:
    blocked = studio.folder / "blocked"
    blocked.write_text("no folder", "ascii")
    studio.context = replace(studio.context, store=FolderStore(Path(blocked)))
    [found] = await findings(studio, "image store")
    assert found.level is Level.FAIL
    assert found.todo


async def test_on_postgresql_the_folder_is_named_that_every_process_must_have(studio: Studio) -> None:
    found = await findings(studio, "image folder")
    assert levels(found) == ([Level.OK] if studio.context.database.dialect == "postgresql" else [])
    assert all("every process must have this same folder" in each.says for each in found)


async def test_what_stands_still_for_an_hour_and_what_became_unknown_is_said(studio: Studio) -> None:
    accepted = await studio.order()

    def grow_old(conn: Connection) -> None:
        old = jobs.c.created_at_ms - 2 * 3_600_000
        conn.execute(sa.update(jobs).where(jobs.c.id == accepted.job_ids[0]).values(created_at_ms=old))

    await studio.context.database.write(grow_old)
    found = await findings(studio, "jobs")
    assert levels(found) == [Level.OK, Level.WARN]
    assert "1 have stood in line for an hour" in found[1].says


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_damaged_database_is_a_failure_with_the_verb_that_mends_it(studio: Studio) -> None:
    file = studio.folder / "limner.db"

    def fold(conn: Connection) -> None:
        conn.execute(sa.text("CREATE TABLE orphans (id INTEGER REFERENCES users (id))"))
        conn.execute(sa.text("PRAGMA defer_foreign_keys = ON"))

    await studio.context.database.write(fold)
    with closing(sqlite3.connect(file)) as other:
        other.execute("INSERT INTO orphans VALUES (4711)")
        other.commit()
    [found] = await findings(studio, "database")
    assert found.level is Level.FAIL
    assert "a row of orphans refers to a missing row of users" in found.says
    assert "bot.py restore" in found.todo


async def test_a_decoder_that_works_is_said_to_and_one_that_does_not_start_is_a_failure(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert levels(await findings(studio, "decoder")) == [Level.OK]

    program = tmp_path / "decode_process.py"
    program.write_text("raise SystemExit(3)", "ascii")
    monkeypatch.setattr(decoders, "_PROGRAM", program)
    decoders.DECODERS.close()
    [found] = await findings(studio, "decoder")
    assert (found.level, "does not start" in found.says, bool(found.todo)) == (Level.FAIL, True, True)
