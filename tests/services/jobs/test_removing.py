"""One picture's file may be another one's, byte by byte: what is kept and deleted at the same time keeps its file.

Row K14 of the fault matrix, and what several processes over one store may do to each other.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from db.engine import Connection
from db.pictures import image_removals, images
from services import history
from services.errors import StorageError
from services.images.folder_store import FolderStore, PreparedFile
from services.images.store import StoredImage
from services.jobs import fetching, housekeeping, putting, removing, storing
from services.jobs.courier import PictureResult
from tests.services.finished import painted
from tests.services.providers.stand_in import picture_of
from tests.services.studio import ADA, Studio
from tests.waiting import until

SAME = 5
BYTES = picture_of(SAME)
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture(autouse=True)
def _waits_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again after moments: how long that takes is nothing that these tests are about."""
    monkeypatch.setattr(storing, "STORE_AGAIN_AFTER_S", 0.02)
    monkeypatch.setattr(putting, "LOOKS", 3)
    monkeypatch.setattr(putting, "LOOK_EVERY_S", 0.01)


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A prepared file whose place in the store is watched."""

    file: PreparedFile
    has_put: Callable[[], Awaitable[None]]

    async def keep(self) -> StoredImage:
        """Keep, then let happen what happens."""
        stored = await self.file.keep()
        await self.has_put()
        return stored

    async def drop(self) -> None:
        """Drop."""
        await self.file.drop()


class WatchedStore(FolderStore):
    """A folder store in which something happens right after bytes came to their place, once."""

    def __init__(self, folder: Path, after_put: Callable[[], Awaitable[object]]) -> None:
        super().__init__(folder)
        self._after_put: Callable[[], Awaitable[object]] | None = after_put
        self.puts = 0

    async def prepare(self, data: bytes) -> WatchedFile:  # type: ignore[override] # as good as its own
        """Prepare a file that is watched."""
        return WatchedFile(await super().prepare(data), self._has_put)

    async def put(self, data: bytes) -> StoredImage:
        """Put, then let happen what happens."""
        stored = await super().put(data)
        await self._has_put()
        return stored

    async def _has_put(self) -> None:
        self.puts += 1
        happening, self._after_put = self._after_put, None
        if happening is not None:
            await happening()


class AwayStore(FolderStore):
    """A folder store that cannot delete for now."""

    is_away = True

    async def delete(self, digest: str) -> None:
        """Delete, unless it is away."""
        if self.is_away:
            raise StorageError("image_store_failed", "away")
        await super().delete(digest)


def file_of(studio: Studio, digest: str = DIGEST) -> Path:
    return FolderStore(studio.folder / "images").path_of(digest)


async def made(studio: Studio) -> PictureResult:
    """Return a picture that came the whole way through an engine; all of them are the same bytes."""
    async with studio.engine():
        before = len(studio.mailbox.delivered)
        await studio.order(seed=SAME)
        return (await studio.until_delivered(before + 1)).pictures[0]


def fetched(studio: Studio) -> list[str]:
    return [path for _, path in studio.server.requests if path.startswith("/pictures")]


async def begun(studio: Studio, *digests: str) -> list[removing.Begun]:
    return await studio.context.database.write(removing.begin, list(digests))


async def noted(studio: Studio, digest: str = DIGEST) -> image_removals.Removal | None:
    return await studio.context.database.read(image_removals.find, digest)


async def test_a_deleted_picture_leaves_no_file(studio: Studio) -> None:
    picture = await made(studio)
    assert file_of(studio).read_bytes() == BYTES

    deleted = await history.delete_picture(studio.context, ADA, picture.job_id)

    assert deleted.is_file_gone
    assert not file_of(studio).exists()


async def test_the_same_bytes_kept_while_another_picture_of_them_is_deleted_have_their_file(
    studio: Studio,
) -> None:
    first = await made(studio)
    store = WatchedStore(
        studio.folder / "images", lambda: history.delete_picture(studio.context, ADA, first.job_id)
    )
    studio.context = replace(studio.context, store=store)

    second = await made(studio)

    assert second.digest == first.digest == DIGEST
    assert await studio.context.store.get(DIGEST) == BYTES
    assert store.puts == 2
    assert studio.server.paid_submits == 2


async def test_bytes_of_a_removal_that_a_dead_process_left_wait_for_its_end_and_are_paid_once(
    studio: Studio,
) -> None:
    await studio.context.store.put(BYTES)
    async with studio.engine():
        [left] = await begun(studio, DIGEST)
        accepted = await studio.order(seed=SAME)
        await until(lambda: len(fetched(studio)) > fetching.FETCH_TRIES)
        assert await studio.states(accepted) == ["fetching"]
        await removing.finish(studio.context, left)
        await studio.until_delivered()

    assert await studio.context.store.get(DIGEST) == BYTES
    assert studio.server.paid_submits == 1


async def test_only_files_that_no_picture_needs_and_nobody_removes_are_begun_with(studio: Studio) -> None:
    needed = await made(studio)
    free = ["a" * 64, "b" * 64]

    assert [each.removal.digest for each in await begun(studio, needed.digest, *free)] == free
    assert await begun(studio, *free) == []


async def test_a_removal_that_was_left_is_taken_over_once(studio: Studio) -> None:
    await studio.context.store.put(BYTES)
    await begun(studio, DIGEST)

    assert await removing.finish_late_ones(studio.context) == 0
    assert file_of(studio).exists()
    counts = await asyncio.gather(*(removing.finish_late_ones(studio.context, 0) for _ in range(2)))
    assert sorted(counts) in ([0, 1], [1, 1])
    assert not file_of(studio).exists()
    removal = await noted(studio)
    assert removal is not None
    assert removal.has_ended


async def test_a_process_that_slept_does_not_remove_what_was_put_since(studio: Studio) -> None:
    [slept] = await begun(studio, DIGEST)
    assert await removing.finish_late_ones(studio.context, 0) == 1
    picture = await made(studio)

    await removing.finish(studio.context, slept)

    assert await studio.context.store.get(picture.digest) == BYTES


async def test_a_removal_that_somebody_else_has_taken_over_is_left_to_them(studio: Studio) -> None:
    await studio.context.store.put(BYTES)
    [one] = await begun(studio, DIGEST)
    await studio.context.database.write(image_removals.take_over, 0, 10)
    # It may be of the same millisecond.
    before = replace(one.removal, started_at_ms=one.removal.started_at_ms - 1)
    slept = removing.Begun(before, one.noted_at_s - removing.START_WITHIN_S - 1)

    with pytest.raises(StorageError) as caught:
        await removing.finish(studio.context, slept)

    assert caught.value.code == "removal_delayed"
    assert file_of(studio).exists()


async def test_a_removal_that_took_long_to_begin_is_renewed_first(studio: Studio) -> None:
    await studio.context.store.put(BYTES)
    [one] = await begun(studio, DIGEST)
    old = replace(one, noted_at_s=one.noted_at_s - removing.START_WITHIN_S - 1)

    await removing.finish(studio.context, old)

    assert not file_of(studio).exists()


async def test_bytes_that_were_put_long_ago_are_put_again(studio: Studio) -> None:
    put = await putting.put(studio.context, BYTES)
    assert await studio.context.database.read(putting.is_safe, put)
    old = replace(put, begun_at_s=put.begun_at_s - putting.HELD_S - 1)
    assert not await studio.context.database.read(putting.is_safe, old)


async def test_a_put_counts_from_before_it_was_begun(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0

    async def take_long() -> None:
        nonlocal now_s
        now_s = putting.HELD_S + 1

    monkeypatch.setattr(putting, "clock_s", lambda: now_s)
    studio.context = replace(studio.context, store=WatchedStore(studio.folder / "images", take_long))
    put = await putting.put(studio.context, BYTES)

    assert not await studio.context.database.read(putting.is_safe, put)


async def test_ended_removals_are_forgotten_after_every_put_that_they_could_concern(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert putting.HELD_S * 1000 < removing.REMEMBERED_MS
    [one] = await begun(studio, DIGEST)
    await removing.finish(studio.context, one)
    await studio.context.database.write(image_removals.forget_ended, removing.REMEMBERED_MS)
    assert await noted(studio) is not None
    monkeypatch.setattr(removing, "REMEMBERED_MS", -1000)
    await removing.finish_late_ones(studio.context)
    assert await noted(studio) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_k14_a_deletion_that_was_killed_before_the_file_went_ends_at_the_next_start(
    studio: Studio,
) -> None:
    picture = await painted(studio)
    await studio.context.database.write(history._delete, ADA, picture.job_id)  # killed right after it
    assert file_of(studio, picture.digest).exists()

    await housekeeping.Housekeeper(studio.context).start()

    assert not file_of(studio, picture.digest).exists()


async def test_a_deletion_while_the_store_is_away_says_so_and_ends_later(studio: Studio) -> None:
    picture = await made(studio)
    store = AwayStore(studio.folder / "images")
    studio.context = replace(studio.context, store=store)

    deleted = await history.delete_picture(studio.context, ADA, picture.job_id)
    assert not deleted.is_file_gone
    with pytest.raises(StorageError):
        await removing.finish_late_ones(studio.context, 0)
    store.is_away = False
    assert await removing.finish_late_ones(studio.context, 0) == 1
    assert not file_of(studio).exists()


async def keep(studio: Studio, job_id: int) -> None:
    """Put the bytes and write their row, as a worker of any process does."""
    context = studio.context
    put = await putting.put(context, BYTES)
    while not await context.database.write(_insert, job_id, put):
        put = await putting.put_again(context, BYTES, put)


def _insert(conn: Connection, job_id: int, put: putting.Put) -> bool:
    if not putting.is_safe(conn, put):
        return False
    images.insert_image(conn, images.ImageRow(job_id, ADA, DIGEST, "png", 96, 96, len(BYTES)))
    return True


async def drop(studio: Studio, job_id: int) -> None:
    for one in await studio.context.database.write(_delete, job_id):
        await removing.finish(studio.context, one)


def _delete(conn: Connection, job_id: int) -> list[removing.Begun]:
    unused = images.delete_image_of_job(conn, job_id)
    return [] if unused is None else removing.begin(conn, [unused])


async def test_in_any_disorder_of_keeping_and_deleting_there_is_a_file_as_long_as_a_picture_needs_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting, "LOOKS", 1000)
    job_ids = [job_id for _ in range(4) for job_id in (await studio.portrait(count=3)).job_ids]

    async def live(job_id: int) -> None:
        for _ in range(4):
            await keep(studio, job_id)
            assert await studio.context.store.get(DIGEST) == BYTES
            await drop(studio, job_id)

    await asyncio.gather(*map(live, job_ids))
    assert not file_of(studio).exists()
    await asyncio.gather(*(keep(studio, job_id) for job_id in job_ids))
    await asyncio.gather(*(drop(studio, job_id) for job_id in job_ids[1:]))
    assert await studio.context.store.get(DIGEST) == BYTES
