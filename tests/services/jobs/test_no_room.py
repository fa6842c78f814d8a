"""Rows B2 and B3 of the fault matrix: without room nothing new is taken on, what runs waits, and it mends itself."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from db.pictures.storage_use import bytes_of_user
from services import history
from services.errors import LimitError, StorageError
from services.images import room as rooms
from services.images.room import Room
from tests.services.finished import ordered, painted
from tests.services.studio import ADA, BEN, Studio, caller
from tests.waiting import HANGS_AFTER_S

ROOT = Path(__file__).resolve().parents[3]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def run_short_of_room(folder: Path) -> Mapping[str, object]:
    program = [sys.executable, "-m", "tests.services.jobs.short_of_room", str(folder)]
    done = subprocess.run(
        program, cwd=ROOT, check=True, capture_output=True, text=True, timeout=2 * HANGS_AFTER_S
    )
    return dict(json.loads(done.stdout))


@on_sqlite
def test_b2_b3_a_disk_that_takes_nothing_loses_nothing_and_pays_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    said = run_short_of_room(tmp_path)

    assert said == {
        "meanwhile": "disk_full", "after": "accepted", "states": ["stored"] * 3, "paid": 4, "results": 4,
        "leftovers": 0,
    }  # fmt: skip
    connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def with_floor(studio: Studio, free_bytes: int) -> None:
    studio.context = replace(studio.context, room=Room([studio.folder], min_free_bytes=free_bytes))


@on_sqlite
async def test_b2_under_the_floor_nothing_new_is_taken_on_and_what_is_in_line_waits(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "FRESH_S", 0.0)
    accepted = await studio.order()
    with_floor(studio, 1 << 60)
    for ask in (studio.order, studio.portrait):
        with pytest.raises(StorageError) as caught:
            await ask()
        assert caught.value.code == "disk_full"
    async with studio.engine() as engine:
        looked = [await engine._claim_submit() for _ in range(3)]
        assert looked == [None] * 3
        assert await studio.states(accepted) == ["queued"]
        studio.context.room._min_free_bytes = 0
        await studio.until_delivered()

    assert studio.server.paid_submits == 1


async def test_low_room_is_said_before_it_is_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room([tmp_path / "not" / "made" / "yet"])
    [space] = await room.spaces()
    assert 0 < space.free_bytes <= space.total_bytes
    assert (await room.low() == ()) is not space.is_low
    monkeypatch.setattr(rooms, "LOW_SHARE", 2.0)
    assert await room.low() == (space,)
    assert not await room.is_full()
    await room.check()


async def test_without_a_folder_there_is_always_room() -> None:
    room = Room(min_free_bytes=1 << 60)
    assert await room.spaces() == ()
    await room.check()


async def test_a_disk_that_cannot_be_measured_is_not_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError("stale file handle")

    monkeypatch.setattr("shutil.disk_usage", fail)
    assert not await Room([tmp_path], min_free_bytes=1).is_full()
    assert "cannot be measured" in caplog.text


async def test_those_who_look_at_the_same_moment_measure_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError("stale file handle")

    monkeypatch.setattr("shutil.disk_usage", fail)
    room = Room([tmp_path])
    assert await asyncio.gather(*(room.spaces() for _ in range(20))) == [()] * 20
    assert caplog.text.count("cannot be measured") == 1


def with_quota(studio: Studio, most_bytes: int) -> None:
    limits = studio.context.limits
    caps = replace(limits.caps, user_storage_bytes=most_bytes)
    studio.context = replace(studio.context, limits=replace(limits, caps=caps))


async def test_a_person_whose_pictures_take_up_their_share_makes_room_first(studio: Studio) -> None:
    pictures = [await painted(studio) for _ in range(2)]
    used = await studio.context.database.read(bytes_of_user, ADA)
    sizes = [len(await studio.context.store.get(each.digest)) for each in pictures]
    assert used == sum(sizes)
    with_quota(studio, used)

    with pytest.raises(LimitError) as caught:
        await studio.order()
    assert caught.value.code == "storage_full"
    assert set(caught.value.fields) == {"used_mb", "allowed_mb"}
    await studio.portrait(caller(BEN))
    await history.delete_picture(studio.context, ADA, pictures[0].job_id)
    await studio.order()


async def test_no_quota_is_none(studio: Studio) -> None:
    await ordered(studio)
    with_quota(studio, 0)
    await studio.order()


async def test_what_was_accepted_before_is_found_again_without_room(studio: Studio) -> None:
    who = caller()
    first = await studio.order(who)
    await painted(studio)
    with_quota(studio, 1)

    again = await studio.order(who)
    assert (again.request_id, again.is_new) == (first.request_id, False)
