"""Row I1 of the fault matrix: a picture whose file is missing, empty, or holds other bytes."""

import hashlib
from pathlib import Path

import pytest

from db.pictures import image_faults
from services import history
from services.errors import StorageError
from services.images.folder_store import FolderStore
from services.jobs.courier import PictureResult
from services.jobs.mending import picture_bytes
from tests.services.finished import looking_at, painted
from tests.services.providers.stand_in import Fault, Stage, picture_of
from tests.services.studio import ADA, Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SAME = 5
BYTES = picture_of(SAME)
DIGEST = hashlib.sha256(BYTES).hexdigest()
DAMAGES = pytest.mark.parametrize(
    ("left", "code"), [(None, "image_missing"), (b"", "image_damaged"), (b"other bytes", "image_damaged")]
)


async def made(studio: Studio) -> PictureResult:
    async with studio.engine():
        await studio.order(seed=SAME)
        return (await studio.until_delivered()).pictures[0]


def spoil(studio: Studio, digest: str, left: bytes | None) -> Path:
    path = FolderStore(studio.folder / "images").path_of(digest)
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    return path


async def listed(studio: Studio) -> list[tuple[int, str]]:
    found = await studio.context.database.read(image_faults.list_faulty, 10)
    return [(each.job_id, each.fault) for each in found]


@DAMAGES
async def test_i1_is_fetched_again_while_its_provider_has_it_and_paid_once(
    studio: Studio, left: bytes | None, code: str
) -> None:
    await made(studio)
    path = spoil(studio, DIGEST, left)

    assert await picture_bytes(studio.context, DIGEST) == BYTES
    assert path.read_bytes() == BYTES
    assert studio.server.paid_submits == 1
    assert await listed(studio) == []
    assert code


@DAMAGES
async def test_i1_is_said_and_listed_once_nobody_has_it_any_more(
    studio: Studio, left: bytes | None, code: str
) -> None:
    picture = await made(studio)
    spoil(studio, DIGEST, left)
    studio.server.script(Stage.PICTURE, *[Fault.GONE] * 4)

    for _ in range(2):
        with pytest.raises(StorageError) as caught:
            await picture_bytes(studio.context, DIGEST)
        assert caught.value.code == code
    assert await listed(studio) == [(picture.job_id, code.removeprefix("image_"))]


async def test_i1_what_its_provider_gave_after_all_is_on_no_list(studio: Studio) -> None:
    await made(studio)
    spoil(studio, DIGEST, None)
    studio.server.script(Stage.PICTURE, *[Fault.GONE] * 2)
    with pytest.raises(StorageError):
        await picture_bytes(studio.context, DIGEST)
    assert len(await listed(studio)) == 1

    assert await picture_bytes(studio.context, DIGEST) == BYTES
    assert await listed(studio) == []


async def test_i1_base64_text_in_its_place_is_unwrapped(studio: Studio) -> None:
    await made(studio)
    spoil(studio, DIGEST, None)
    studio.server.script(Stage.PICTURE, Fault.BASE64)

    assert await picture_bytes(studio.context, DIGEST) == BYTES


async def test_i1_other_bytes_at_the_providers_address_are_not_taken(studio: Studio) -> None:
    await made(studio)
    path = spoil(studio, DIGEST, None)
    studio.server.script(Stage.PICTURE, Fault.TRUNCATED)

    with pytest.raises(StorageError, match=DIGEST):
        await picture_bytes(studio.context, DIGEST)
    assert not path.exists()


async def test_i1_a_sketch_has_no_other_place_and_is_said_to_be_missing(studio: Studio) -> None:
    picture = await painted(studio)
    spoil(studio, picture.digest, None)

    with pytest.raises(StorageError) as caught:
        await picture_bytes(studio.context, picture.digest)
    assert caught.value.code == "image_missing"
    assert await listed(studio) == [(picture.job_id, "missing")]


async def test_i1_an_address_that_is_over_is_asked_for_anew(studio: Studio) -> None:
    await made(studio)
    spoil(studio, DIGEST, None)
    studio.server.script(Stage.PICTURE, Fault.GONE)

    assert await picture_bytes(studio.context, DIGEST) == BYTES


async def test_i1_a_reference_whose_file_was_lost_is_fetched_for_the_order_that_looks_at_it(
    studio: Studio,
) -> None:
    picture = await made(studio)
    looking_at(studio, 1)
    spoil(studio, DIGEST, None)
    async with studio.engine():
        await studio.order(references=picture.code)
        result = await studio.until_delivered(2)

    assert len(result.pictures) == 1
    assert await studio.context.store.get(DIGEST) == BYTES


async def test_what_is_deleted_while_it_is_fetched_again_does_not_stay(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = await made(studio)
    path = spoil(studio, DIGEST, None)
    put = FolderStore.put

    async def deleted_before(store: FolderStore, data: bytes) -> object:
        await history.delete_picture(studio.context, ADA, picture.job_id)
        return await put(store, data)

    monkeypatch.setattr(FolderStore, "put", deleted_before)
    await picture_bytes(studio.context, DIGEST)
    assert not path.exists()
