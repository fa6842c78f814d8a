"""`/photos`: what is kept of a person's face, and its end on request."""

from collections.abc import AsyncIterator

import pytest

from services.errors import NotFoundError, StorageError
from services.images.store import ImageStore
from services.photos import Forgotten, forget_all_photos, forget_photo, list_photos
from services.uploads import UploadKind, bring, list_uploads
from tests.services.brought import DAY_MS, Shelf, discords_files, make_older, photo
from tests.services.studio import ADA, BEN, Studio

FACE, PICTURE = UploadKind.FACE, UploadKind.PICTURE


@pytest.fixture
async def shelf(studio: Studio) -> AsyncIterator[Shelf]:
    async with discords_files(studio) as made:
        yield made


async def files_of(studio: Studio) -> int:
    return len(await studio.context.store.list_files("", 100))


async def test_the_list_has_the_photos_of_faces_of_one_person_newest_first(
    studio: Studio, shelf: Shelf
) -> None:
    faces = [await bring(studio.context, ADA, shelf.attachment(photo(seed)), FACE) for seed in (1, 2)]
    await bring(studio.context, ADA, shelf.attachment(photo(3)), PICTURE)
    await bring(studio.context, BEN, shelf.attachment(photo(4)), FACE)
    found = await list_photos(studio.context, ADA)

    assert [each.upload for each in found] == faces[::-1]
    assert all(0 <= (each.expires_at_ms or 0) - each.created_at_ms - 30 * DAY_MS < 1_000 for each in found)


async def test_one_photo_is_forgotten_with_its_file_and_the_others_stay(studio: Studio, shelf: Shelf) -> None:
    first, second = [await bring(studio.context, ADA, shelf.attachment(photo(seed)), FACE) for seed in (1, 2)]
    assert await forget_photo(studio.context, ADA, first.id) == Forgotten(1)

    assert [each.upload for each in await list_photos(studio.context, ADA)] == [second]
    assert await files_of(studio) == 1
    with pytest.raises(NotFoundError, match=f"photo {first.id}"):
        await forget_photo(studio.context, ADA, first.id)


async def test_nobody_forgets_somebody_elses_photo_or_what_is_no_face(studio: Studio, shelf: Shelf) -> None:
    bens = await bring(studio.context, BEN, shelf.attachment(photo(1)), FACE)
    picture = await bring(studio.context, ADA, shelf.attachment(photo(2)), PICTURE)
    for number in (bens.id, picture.id, 10**17):
        with pytest.raises(NotFoundError) as refused:
            await forget_photo(studio.context, ADA, number)
        assert refused.value.code == "no_such_photo"

    assert await files_of(studio) == 2


async def test_all_photos_go_at_once_and_nothing_else(studio: Studio, shelf: Shelf) -> None:
    for seed in (1, 2):
        await bring(studio.context, ADA, shelf.attachment(photo(seed)), FACE)
    await studio.context.database.write(make_older, 31 * DAY_MS)
    await bring(studio.context, ADA, shelf.attachment(photo(3)), FACE)
    picture = await bring(studio.context, ADA, shelf.attachment(photo(4)), PICTURE)
    await bring(studio.context, BEN, shelf.attachment(photo(5)), FACE)

    assert await forget_all_photos(studio.context, ADA) == Forgotten(3)
    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [picture]
    assert len(await list_photos(studio.context, BEN)) == 1
    assert await files_of(studio) == 2
    assert await forget_all_photos(studio.context, ADA) == Forgotten(0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_the_store_is_away_the_photo_is_forgotten_and_its_file_goes_later(
    studio: Studio, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(studio.context, ADA, shelf.attachment(photo(1)), FACE)

    async def away(_store: ImageStore, _digest: str) -> None:
        raise StorageError("image_store_failed", "away")

    monkeypatch.setattr(type(studio.context.store), "delete", away)

    assert await forget_all_photos(studio.context, ADA) == Forgotten(1, are_files_gone=False)
    assert await list_photos(studio.context, ADA) == ()
