"""Pictures that people bring: kept once and clean, sealed where they show a face, and forgotten for certain."""

import asyncio
import hashlib
import secrets
from dataclasses import replace

import pytest

from db.engine import Connection
from db.jobs import workers
from db.pictures import image_faults, store_walks, uploads
from db.pictures.storage_use import bytes_of_user
from db.tables.schema import images
from db.tables.schema import store_walks as walks
from db.tables.schema import uploads as table
from services import history
from services.checkup import Level, check_service
from services.errors import LimitError, NotFoundError, StorageError
from services.images.folder_store import FolderStore
from services.images.guard import measure
from services.images.store import StoredImage
from services.jobs import housekeeping, removing
from services.jobs.housekeeping import Housekeeper
from services.models import UploadKind
from services.reference_bytes import reference_bytes
from services.secrets import MasterKey
from services.settings import Settings
from services.uploads import bring, forget, forget_expired, list_uploads
from tests.services.brought import DAY_MS, brought, discords_files, make_older, photo
from tests.services.finished import WORKER, finish_next
from tests.services.studio import ADA, BEN, Studio
from tests.services.test_key_rotation import DyingDatabase, PowerCut

FACE, PICTURE = UploadKind.FACE, UploadKind.PICTURE
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


@pytest.fixture(autouse=True)
def _nothing_is_too_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss the files of pictures that were kept a moment ago as well."""
    monkeypatch.setattr(housekeeping, "TOO_NEW_MS", -1000)


def files(studio: Studio) -> dict[str, bytes]:
    """Return what the image store holds, by name."""
    found = (studio.folder / "images").glob("??/??/*")
    return {path.name: path.read_bytes() for path in found}


def capped(studio: Studio, **caps: int) -> None:
    limits = studio.context.limits
    studio.context = replace(studio.context, limits=replace(limits, caps=replace(limits.caps, **caps)))


def rows_of(conn: Connection) -> list[uploads.UploadRow]:
    return [*uploads.list_of_user(conn, ADA), *uploads.list_of_user(conn, BEN)]


async def rows(studio: Studio) -> list[uploads.UploadRow]:
    return await studio.context.database.read(rows_of)


def _forget_walk(conn: Connection) -> None:
    conn.execute(walks.delete())


async def walked(studio: Studio) -> store_walks.Counts:
    """Walk over everything and return what was counted."""
    await studio.context.database.write(_forget_walk)
    while not await housekeeping.walk(studio.context, orphan_s=-10):
        pass
    last = await studio.context.database.read(store_walks.last_walk)
    assert last is not None
    return last.found


async def test_a_picture_lies_in_the_store_as_its_clean_copy(studio: Studio) -> None:
    known = await brought(studio, photo())
    [(name, data)] = files(studio).items()

    assert (known.kind, known.width, known.height) == (PICTURE, 120, 96)
    assert name == known.digest == hashlib.sha256(data).hexdigest()
    assert measure(data)[1:] == (120, 96)
    assert await reference_bytes(studio.context, known.digest, ADA) == data


async def test_a_face_lies_in_the_store_sealed_and_opens_for_its_owner_alone(studio: Studio) -> None:
    known = await brought(studio, photo(), FACE)
    [(name, sealed)] = files(studio).items()
    opened = await reference_bytes(studio.context, known.digest, ADA)

    assert name != known.digest
    assert not sealed.startswith(b"\xff\xd8\xff")
    assert opened[:64] not in sealed
    assert hashlib.sha256(opened).hexdigest() == known.digest
    with pytest.raises(StorageError) as caught:
        await reference_bytes(studio.context, known.digest, BEN)
    assert caught.value.code == "image_missing"


@pytest.mark.parametrize("kind", list(UploadKind))
async def test_bi_80_the_same_picture_a_thousand_times_is_one_row_and_one_file(
    studio: Studio, kind: UploadKind
) -> None:
    # As often as shows it: that more times differ from these nothing could tell.
    capped(studio, user_uploads=1)
    found = {await brought(studio, photo(), kind) for _ in range(5)}

    assert len(found) == len(await rows(studio)) == len(files(studio)) == 1


async def test_of_several_who_bring_the_same_face_at_once_each_gets_the_one_row(studio: Studio) -> None:
    async with discords_files(studio) as shelf:
        face = shelf.attachment(photo())
        found = await asyncio.gather(*(bring(studio.context, ADA, face, FACE) for _ in range(4)))

    assert len(set(found)) == len(await rows(studio)) == 1
    assert (await walked(studio)).missing == 0
    assert len(files(studio)) == 1
    assert await reference_bytes(studio.context, found[0].digest, ADA)


async def test_one_picture_of_two_people_is_two_rows_and_one_file_until_both_forget_it(
    studio: Studio,
) -> None:
    ada, ben = await brought(studio, photo()), await brought(studio, photo(), user_id=BEN)
    assert ada.digest == ben.digest
    assert len(files(studio)) == 1

    await forget(studio.context, ADA, ada.id)
    assert await reference_bytes(studio.context, ben.digest, BEN)
    with pytest.raises(StorageError) as caught:
        await reference_bytes(studio.context, ada.digest, ADA)
    assert caught.value.code == "image_missing"
    await forget(studio.context, BEN, ben.id)
    assert files(studio) == {}


async def test_the_faces_of_two_people_are_two_files_also_where_they_are_one_photo(studio: Studio) -> None:
    ada, ben = await brought(studio, photo(), FACE), await brought(studio, photo(), FACE, user_id=BEN)
    assert (ada.digest == ben.digest, len(files(studio))) == (True, 2)

    await forget(studio.context, ADA, ada.id)
    assert await reference_bytes(studio.context, ben.digest, BEN)


async def test_a_person_may_have_a_picture_both_as_one_and_as_a_face(studio: Studio) -> None:
    picture, face = await brought(studio, photo()), await brought(studio, photo(), FACE)
    assert (picture.digest == face.digest, picture.id == face.id) == (True, False)

    await forget(studio.context, ADA, picture.id)
    assert picture.digest not in files(studio)
    assert await reference_bytes(studio.context, face.digest, ADA)


async def test_only_its_owner_can_forget_a_picture(studio: Studio) -> None:
    known = await brought(studio, photo())
    for user_id, upload_id in ((BEN, known.id), (ADA, known.id + 1)):
        with pytest.raises(NotFoundError) as caught:
            await forget(studio.context, user_id, upload_id)
        assert caught.value.code == "no_such_upload"

    assert len(files(studio)) == 1


async def test_a_list_has_what_a_person_brought_newest_first_and_says_until_when(studio: Studio) -> None:
    first, face = await brought(studio, photo(1)), await brought(studio, photo(2), FACE)
    await brought(studio, photo(3), user_id=BEN)
    found = await list_uploads(studio.context, ADA)

    assert [each.upload for each in found] == [face, first]
    assert [each.size_bytes for each in found] == [
        len(files(studio)[row.stored_digest]) for row in await rows(studio)
    ][:2]
    assert found[1].expires_at_ms is None
    assert found[0].expires_at_ms is not None
    assert abs(found[0].expires_at_ms - found[0].created_at_ms - 30 * DAY_MS) < DAY_MS


async def test_a_face_goes_after_thirty_days_and_a_picture_stays(studio: Studio) -> None:
    picture, face = await brought(studio, photo(1)), await brought(studio, photo(2), FACE)
    await studio.context.database.write(make_older, 29 * DAY_MS)
    assert await forget_expired(studio.context) == 0

    await studio.context.database.write(make_older, DAY_MS)
    with pytest.raises(StorageError, match="nobody keeps"):  # before anybody has tidied up
        await reference_bytes(studio.context, face.digest, ADA)
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [picture]
    assert await forget_expired(studio.context) == 1
    assert list(files(studio)) == [picture.digest]


async def test_a_face_that_is_brought_again_stays_for_another_thirty_days(studio: Studio) -> None:
    face = await brought(studio, photo(), FACE)
    await studio.context.database.write(make_older, 31 * DAY_MS)
    assert await brought(studio, photo(), FACE) == face

    assert await forget_expired(studio.context) == 0
    assert await reference_bytes(studio.context, face.digest, ADA)


@on_sqlite
async def test_housekeeping_forgets_also_while_the_store_is_away(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await brought(studio, photo(), FACE)
    await studio.context.database.write(make_older, 31 * DAY_MS)

    async def away(_self: FolderStore, _digest: str) -> None:
        raise StorageError("image_store_failed")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "delete", away)
        await Housekeeper(studio.context).tick()
        assert await studio.context.database.read(uploads.count_faces) == []
        assert len(files(studio)) == 1  # which nobody can read any more
    await removing.finish_late_ones(studio.context, 0)
    assert files(studio) == {}


@pytest.mark.parametrize("harm", ["missing", "changed"])
@pytest.mark.parametrize("kind", list(UploadKind))
async def test_a_picture_whose_file_is_lost_is_whole_again_once_it_was_brought_again(
    studio: Studio, kind: UploadKind, harm: str
) -> None:
    known = await brought(studio, photo(), kind)
    [path] = (studio.folder / "images").glob("??/??/*")
    path.unlink() if harm == "missing" else path.write_bytes(b"something else")
    with pytest.raises(StorageError):
        await reference_bytes(studio.context, known.digest, ADA)

    assert await brought(studio, photo(), kind) == known
    assert await reference_bytes(studio.context, known.digest, ADA)
    assert (await walked(studio)).damaged == 0
    assert len(files(studio)) == 1


def _give_to_ben(conn: Connection, upload_id: int) -> None:
    conn.execute(table.update().where(table.c.id == upload_id).values(user_id=BEN))


async def test_a_row_that_was_moved_to_somebody_else_opens_nothing(studio: Studio) -> None:
    known = await brought(studio, photo(), FACE)
    await brought(studio, photo(2), user_id=BEN)  # who exists then
    await studio.context.database.write(_give_to_ben, known.id)
    with pytest.raises(StorageError) as caught:
        await reference_bytes(studio.context, known.digest, BEN)

    assert caught.value.code == "image_damaged"


async def test_as_many_pictures_as_a_person_may_bring_and_no_more(studio: Studio) -> None:
    capped(studio, user_uploads=2)
    first = await brought(studio, photo(1))
    await brought(studio, photo(2), FACE)
    with pytest.raises(LimitError) as caught:
        await brought(studio, photo(3))
    assert (caught.value.code, caught.value.fields["allowed"]) == ("too_many_uploads", 2)
    assert len(files(studio)) == 2

    await brought(studio, photo(3), user_id=BEN)
    await forget(studio.context, ADA, first.id)
    await brought(studio, photo(3))


async def test_of_two_at_once_where_one_may_stay_the_other_leaves_nothing(studio: Studio) -> None:
    capped(studio, user_uploads=1)
    async with discords_files(studio) as shelf:
        tried = await asyncio.gather(
            *(bring(studio.context, ADA, shelf.attachment(photo(seed)), FACE) for seed in range(3)),
            return_exceptions=True,
        )

    assert sorted(isinstance(each, LimitError) for each in tried) == [False, True, True]
    assert len(files(studio)) == len(await rows(studio)) == 1


async def test_brought_pictures_take_up_room_of_their_owners_quota(studio: Studio) -> None:
    await brought(studio, photo(1))
    await brought(studio, photo(2), FACE)
    used = await studio.context.database.read(bytes_of_user, ADA)
    assert used == sum(map(len, files(studio).values()))

    capped(studio, user_storage_bytes=used)
    with pytest.raises(LimitError) as caught:
        await brought(studio, photo(3))
    assert caught.value.code == "storage_full"
    assert await brought(studio, photo(1))


async def test_the_walk_over_the_store_takes_nothing_of_them_for_nobodys(studio: Studio) -> None:
    await brought(studio, photo(1))
    face = await brought(studio, photo(2), FACE)
    await studio.context.store.put(b"nobody's")
    found = await walked(studio)
    assert (found.files, found.orphans, found.missing, found.damaged) == (3, 1, 0, 0)

    assert await reference_bytes(studio.context, face.digest, ADA)


async def test_a_face_whose_file_is_lost_is_named_by_the_doctor_and_forgotten_with_its_row(
    studio: Studio,
) -> None:
    face = await brought(studio, photo(), FACE)
    [path] = (studio.folder / "images").glob("??/??/*")
    path.unlink()
    assert (await walked(studio)).missing == 1
    assert [(level, text) for level, text in await said_by_doctor(studio) if level is not Level.OK] == [
        (Level.WARN, "1 brought pictures have a file that is missing or damaged")
    ]

    await forget(studio.context, ADA, face.id)
    await walked(studio)
    assert await studio.context.database.read(image_faults.of, [path.name]) == []
    assert [level for level, _ in await said_by_doctor(studio)] == [Level.OK]


async def said_by_doctor(studio: Studio) -> list[tuple[Level, str]]:
    settings = Settings(_env_file=None).model_copy(update={"data_folder": studio.folder})
    return [
        (each.level, each.says)
        for each in await check_service(studio.context, settings)
        if each.part == "uploads"
    ]


@on_sqlite
async def test_the_doctor_names_photos_past_their_time_and_those_that_no_key_opens(studio: Studio) -> None:
    await brought(studio, photo(1))
    await brought(studio, photo(2), FACE)
    assert await said_by_doctor(studio) == [
        (Level.OK, "people keep 1 pictures that they brought, and 1 photos of faces")
    ]

    await studio.context.database.write(make_older, 31 * DAY_MS)
    studio.context = replace(studio.context, master_key=MasterKey(secrets.token_bytes(32)))
    failed = [text for level, text in await said_by_doctor(studio) if level is Level.FAIL]
    assert failed == [
        "1 photos are sealed with a master key that is not here",
        "1 photos are past their 30 days",
    ]


async def test_a_picture_that_is_deleted_leaves_the_file_that_a_brought_one_needs(studio: Studio) -> None:
    known = await brought(studio, photo())
    accepted = await studio.portrait()
    await finish_with(studio, accepted.job_ids[0], known.digest)
    await history.delete_picture(studio.context, ADA, accepted.job_ids[0])

    assert list(files(studio)) == [known.digest]
    assert await reference_bytes(studio.context, known.digest, ADA)


async def finish_with(studio: Studio, job_id: int, digest: str) -> None:
    """Let a job have made a picture of these very bytes."""
    database = studio.context.database
    await database.write(workers.register, WORKER, is_only_worker=False)
    assert await database.write(finish_next, digest, len(files(studio)[digest]))
    await database.write(workers.leave, WORKER)
    assert await database.read(_has_picture)


def _has_picture(conn: Connection) -> bool:
    return conn.execute(images.select()).first() is not None


class RemovedMeanwhile(FolderStore):
    """A store from which somebody else removes the bytes right after they came, once."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.folder / "images")
        self._studio, self.removals = studio, 0

    async def put(self, data: bytes) -> StoredImage:
        """Put, and be too late."""
        stored = await super().put(data)
        if not self.removals:
            self.removals += 1
            for begun in await self._studio.context.database.write(removing.begin, [stored.digest]):
                await removing.finish(self._studio.context, begun)
        return stored


@pytest.mark.parametrize("kind", list(UploadKind))
async def test_bytes_that_somebody_removes_before_their_row_is_written_are_put_again(
    studio: Studio, kind: UploadKind
) -> None:
    store = RemovedMeanwhile(studio)
    studio.context = replace(studio.context, store=store)
    known = await brought(studio, photo(), kind)

    assert store.removals == 1
    assert await reference_bytes(studio.context, known.digest, ADA)


async def test_a_kill_between_file_and_row_leaves_a_file_that_the_walk_removes(studio: Studio) -> None:
    living = studio.context
    studio.context = replace(living, database=DyingDatabase(living.database, 2))
    with pytest.raises(PowerCut):
        await brought(studio, photo(), FACE)
    studio.context = living
    assert (len(files(studio)), await rows(studio)) == (1, [])

    assert (await walked(studio)).orphans == 1
    assert files(studio) == {}
