"""Rows K9 and K10 of the fault matrix: what a kill leaves in the image store, and the walk that looks after it."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from db.engine import Connection
from db.pictures import image_faults, store_walks
from db.pictures.store_walks import Counts
from db.tables.schema import store_walks as walks
from services.images.folder_store import FolderStore
from services.images.store import key_of
from services.jobs import housekeeping, removing
from tests.services.finished import ordered, painted
from tests.services.images.fake_s3 import fake_s3
from tests.services.images.test_object_store import HASTY
from tests.services.images.test_store import PREFIX, object_store
from tests.services.providers.stand_in import picture_of
from tests.services.studio import Studio

SAME = 5
BYTES = picture_of(SAME)
DIGEST = hashlib.sha256(BYTES).hexdigest()

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def walked(studio: Studio, orphan_s: float = housekeeping.ORPHAN_S) -> Counts:
    """Walk over everything, whenever the last walk was, and return what was counted."""
    await studio.context.database.write(_forget_walk)
    while not await housekeeping.walk(studio.context, orphan_s=orphan_s):
        pass
    last = await studio.context.database.read(store_walks.last_walk)
    assert last is not None
    return last.found


def _forget_walk(conn: Connection) -> None:
    conn.execute(walks.delete())


async def faults(studio: Studio) -> dict[int, str]:
    found = await studio.context.database.read(image_faults.list_faulty, 100)
    return {each.job_id: each.fault for each in found}


@pytest.fixture(autouse=True)
def _nothing_is_too_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss the files of pictures that were kept a moment ago as well; one test is about that."""
    monkeypatch.setattr(housekeeping, "TOO_NEW_MS", -1000)


@on_sqlite
async def test_k9_the_start_sweeps_what_a_killed_write_left(studio: Studio) -> None:
    leftover = studio.folder / "images" / "temporary" / f"{DIGEST}.half"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(BYTES[:10])
    async with studio.engine():
        assert not leftover.exists()
        await studio.order(seed=SAME)
        await studio.until_delivered()

    assert [path.name for path in (studio.folder / "images").rglob("*") if path.is_file()] == [DIGEST]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_k9_where_others_may_be_writing_a_fresh_leftover_is_left_alone(studio: Studio) -> None:
    leftover = studio.folder / "images" / "temporary" / f"{DIGEST}.half"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(BYTES[:10])

    await housekeeping.Housekeeper(studio.context).start()

    assert leftover.exists()


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_where_others_may_be_removing_what_they_have_just_begun_is_left_to_them(studio: Studio) -> None:
    await studio.context.store.put(BYTES)
    await studio.context.database.write(removing.begin, [DIGEST])

    await housekeeping.Housekeeper(studio.context).start()

    assert await studio.context.store.get(DIGEST) == BYTES


@on_sqlite
async def test_a_file_of_the_right_size_that_was_found_damaged_is_off_the_list_once_it_is_whole(
    studio: Studio,
) -> None:
    picture = await ordered(studio)
    path = FolderStore(studio.folder / "images").path_of(picture.digest)
    data = path.read_bytes()
    path.write_bytes(bytes(len(data)))
    await studio.context.database.write(image_faults.note, [picture.digest], image_faults.DAMAGED)

    await walked(studio)
    assert await faults(studio) == {picture.job_id: "damaged"}
    path.write_bytes(data)
    await walked(studio)
    assert await faults(studio) == {}


async def test_k10_a_file_whose_job_comes_back_is_taken_for_its_picture(studio: Studio) -> None:
    await studio.context.store.put(BYTES)  # and killed before the row
    async with studio.engine():
        await studio.order(seed=SAME)
        result = await studio.until_delivered()

    found = await walked(studio, orphan_s=-1)
    assert (found.files, found.orphans, found.missing) == (1, 0, 0)
    assert result.pictures[0].digest == DIGEST
    assert await studio.context.store.get(DIGEST) == BYTES


async def test_k10_a_file_whose_job_never_comes_back_is_removed_after_its_grace(studio: Studio) -> None:
    picture = await ordered(studio)
    await studio.context.store.put(BYTES)

    assert (await walked(studio)).orphans == 0
    assert (await walked(studio, orphan_s=-1)).orphans == 1
    assert [file.digest for file in await studio.context.store.list_files("", 10)] == [picture.digest]
    assert await faults(studio) == {}


async def test_a_missing_and_a_damaged_file_are_on_the_list_until_they_are_whole(studio: Studio) -> None:
    missing, damaged, fine = await finish_three(studio)
    store = FolderStore(studio.folder / "images")
    data = {each: store.path_of(each).read_bytes() for each in (missing[1], damaged[1])}
    store.path_of(missing[1]).unlink()
    store.path_of(damaged[1]).write_bytes(b"")

    found = await walked(studio)
    assert (found.files, found.missing, found.damaged) == (2, 1, 1)
    assert await faults(studio) == {missing[0]: "missing", damaged[0]: "damaged"}
    assert fine[0] not in await faults(studio)
    for digest, content in data.items():
        await store.put(content)
        assert hashlib.sha256(content).hexdigest() == digest
    assert (await walked(studio)).missing == 0
    assert await faults(studio) == {}


async def finish_three(studio: Studio) -> list[tuple[int, str]]:
    """Return the job and the digest of three pictures with bytes of their own."""
    pictures = [await painted(studio) for _ in range(3)]
    assert len({picture.digest for picture in pictures}) == 3
    return [(picture.job_id, picture.digest) for picture in pictures]


async def test_a_picture_that_was_kept_a_moment_ago_is_not_missed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "TOO_NEW_MS", 600_000)
    picture = await painted(studio)
    FolderStore(studio.folder / "images").path_of(picture.digest).unlink()

    assert (await walked(studio)).missing == 0


async def test_a_missing_file_is_fetched_from_its_provider_by_the_walk(studio: Studio) -> None:
    async with studio.engine():
        await studio.order(seed=SAME)
        await studio.until_delivered()
    FolderStore(studio.folder / "images").path_of(DIGEST).unlink()

    assert (await walked(studio)).missing == 1
    assert await studio.context.store.get(DIGEST) == BYTES
    assert await faults(studio) == {}
    assert studio.server.paid_submits == 1


async def test_the_faults_of_deleted_pictures_are_forgotten(studio: Studio) -> None:
    await studio.context.database.write(image_faults.note, ["a" * 64], image_faults.MISSING)
    await walked(studio)
    assert await studio.context.database.read(image_faults.of, ["a" * 64]) == []


@asynccontextmanager
async def in_bucket(studio: Studio) -> AsyncIterator[None]:
    async with fake_s3() as server:
        store = object_store(server)
        studio.context = replace(studio.context, store=store)
        yield
        await store.close()


@on_sqlite
@pytest.mark.parametrize("place", ["folder", "bucket"])
async def test_a_walk_in_small_stretches_sees_everything_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(housekeeping, "PAGE", 3)
    if place == "folder":
        await see_everything(studio)
        return
    async with in_bucket(studio):
        await see_everything(studio)


async def see_everything(studio: Studio) -> None:
    needed = [await painted(studio) for _ in range(8)]
    orphans = [(await studio.context.store.put(b"%d" % number)).digest for number in range(7)]
    for picture in needed[:5]:
        await studio.context.store.delete(picture.digest)
    await studio.context.database.write(_forget_walk)

    stretches = 1
    while not await housekeeping.walk(studio.context, orphan_s=-10, pages=1):
        stretches += 1

    last = await studio.context.database.read(store_walks.last_walk)
    assert last is not None
    assert (last.found.files, last.found.orphans, last.found.missing) == (10, 7, 5)
    assert stretches > 3
    left = {file.digest for file in await studio.context.store.list_files("", 100)}
    assert left == {picture.digest for picture in needed[5:]}
    assert left.isdisjoint(orphans)


@on_sqlite
async def test_a_stretch_whose_first_file_is_missing_takes_no_later_one_for_nobodys(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "PAGE", 2)
    first, *others = sorted([(await painted(studio)).digest for _ in range(5)])
    await studio.context.store.delete(first)
    found = await walked(studio, orphan_s=-10)

    assert (found.files, found.orphans, found.missing) == (4, 0, 1)
    assert [file.digest for file in await studio.context.store.list_files("", 10)] == others


async def test_a_walk_is_one_for_all_processes_and_comes_once_a_day(studio: Studio) -> None:
    database = studio.context.database
    first = await database.write(store_walks.claim, housekeeping.PERIOD_MS, housekeeping.LEASE_MS)
    assert first == store_walks.Walk("")
    assert await database.write(store_walks.claim, housekeeping.PERIOD_MS, housekeeping.LEASE_MS) is None

    await database.write(store_walks.keep_place, store_walks.Walk("ab", Counts(files=3)))
    await database.write(store_walks.let_go)
    again = await database.write(store_walks.claim, housekeeping.PERIOD_MS, housekeeping.LEASE_MS)
    assert again == store_walks.Walk("ab", Counts(files=3))

    await database.write(store_walks.end, again)
    assert await database.write(store_walks.claim, housekeeping.PERIOD_MS, housekeeping.LEASE_MS) is None
    assert await database.write(store_walks.claim, -1, housekeeping.LEASE_MS) == store_walks.Walk("")


@on_sqlite
async def test_a_store_that_is_away_is_tidied_later(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    picture = await painted(studio)
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        studio.context = replace(studio.context, store=store)
        server.is_away = True
        await housekeeping.Housekeeper(studio.context).tick()
        assert "tidied later" in caplog.text
        assert await faults(studio) == {}
        server.is_away = False
        server.place(f"{PREFIX}/{key_of(picture.digest)}", picture_of(picture.job_id))
        assert (await walked(studio)).files == 1
        await store.close()
    assert await faults(studio) == {}
