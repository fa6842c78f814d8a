"""Thumbnails: made once, made again when they are gone or damaged, and nothing left of a picture that was deleted."""

import io
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from services import history, thumbnails
from services.errors import StorageError
from services.images.folder_store import FolderStore
from services.images.store import thumbnail_key_of
from services.jobs import housekeeping
from services.thumbnails import thumbnails_of
from tests.services.finished import painted
from tests.services.providers.stand_in import picture_of
from tests.services.studio import ADA, Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def format_of(data: bytes | None) -> str | None:
    assert data is not None
    return Image.open(io.BytesIO(data), formats=["WEBP", "PNG"]).format


async def test_a_thumbnail_is_made_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = await painted(studio)
    (made,) = await thumbnails_of(studio.context, [picture.digest])
    assert format_of(made) == "WEBP"

    monkeypatch.delattr(thumbnails, "thumbnail")
    assert await thumbnails_of(studio.context, [picture.digest, picture.digest]) == [made, made]


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00WEBP", b"something else"])
async def test_a_damaged_thumbnail_is_made_again(studio: Studio, damage: bytes) -> None:
    picture = await painted(studio)
    (made,) = await thumbnails_of(studio.context, [picture.digest])
    await studio.context.store.put_thumbnail(picture.digest, damage)

    assert await thumbnails_of(studio.context, [picture.digest]) == [made]
    assert await studio.context.store.get_thumbnail(picture.digest) == made


async def test_a_picture_that_cannot_be_read_has_none_and_keeps_no_other_from_its_own(studio: Studio) -> None:
    picture = await painted(studio)
    lost, broken = "0" * 64, await studio.context.store.put(picture_of(5)[:200])

    first, second, third = await thumbnails_of(studio.context, [lost, picture.digest, broken.digest])
    assert (first, format_of(second), third) == (None, "WEBP", None)


async def test_a_store_that_does_not_answer_is_no_missing_picture(studio: Studio) -> None:
    (studio.folder / "blocked").write_bytes(b"a file where the folder should be")
    blocked = replace(studio.context, store=FolderStore(studio.folder / "blocked"))
    with pytest.raises(StorageError, match="NotADirectoryError"):
        await thumbnails_of(blocked, ["0" * 64])


async def test_a_thumbnail_goes_with_its_picture(studio: Studio) -> None:
    picture = await painted(studio)
    await thumbnails_of(studio.context, [picture.digest])
    await history.delete_picture(studio.context, ADA, picture.job_id)

    assert await studio.context.store.get_thumbnail(picture.digest) is None


async def test_a_thumbnail_of_a_picture_that_was_deleted_meanwhile_is_not_kept(studio: Studio) -> None:
    picture = await painted(studio)

    class DeletedMeanwhile(FolderStore):
        """The picture's owner deletes it between the look at its bytes and the thumbnail's last step."""

        async def put_thumbnail(self, digest: str, data: bytes) -> None:
            await history.delete_picture(studio.context, ADA, picture.job_id)
            await super().put_thumbnail(digest, data)

    slow = replace(studio.context, store=DeletedMeanwhile(studio.folder / "images"))
    (made,) = await thumbnails_of(slow, [picture.digest])

    assert made is not None
    assert await studio.context.store.get_thumbnail(picture.digest) is None


async def test_a_thumbnail_for_which_there_is_no_room_is_shown_all_the_same(studio: Studio) -> None:
    picture = await painted(studio)
    shutil.rmtree(studio.folder / "images" / "temporary")
    (studio.folder / "images" / "temporary").write_bytes(b"a file where the folder should be")

    (made,) = await thumbnails_of(studio.context, [picture.digest])
    assert format_of(made) == "WEBP"
    assert await studio.context.store.get_thumbnail(picture.digest) is None


async def test_housekeeping_sweeps_old_thumbnails(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = await painted(studio)
    await thumbnails_of(studio.context, [picture.digest])
    file = studio.folder / "images" / thumbnail_key_of(picture.digest)
    keeper = housekeeping.Housekeeper(studio.context)
    await keeper.tick()
    assert file.exists()

    monkeypatch.setattr(housekeeping, "THUMBNAIL_S", -3600.0)
    await keeper.tick()
    assert file.exists(), "it looks once a day"
    await housekeeping.Housekeeper(studio.context).tick()
    assert not file.exists()
