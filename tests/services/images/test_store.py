"""What every image store must do, over a folder and over an S3-compatible store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.errors import StorageError
from services.images.folder_store import FolderStore
from services.images.object_store import ObjectPlace, ObjectStore, Patience
from services.images.store import ImageStore, StoredImage, digest_of, key_of
from tests.services.images.fake_s3 import ACCESS_KEY, BUCKET, SECRET_KEY, FakeS3, fake_s3

DATA = b"a picture"
DIGEST = hashlib.sha256(DATA).hexdigest()
PREFIX = "limner/pictures"


def object_store(server: FakeS3, patience: Patience | None = None, **changes: str) -> ObjectStore:
    known = {"access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, **changes}
    place = ObjectPlace(known.pop("bucket", BUCKET), PREFIX, server.url, **known)
    return ObjectStore(place, patience)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store, and a way behind it: what lies there may be replaced, and anything may lie beside it."""

    store: ImageStore
    replace: Callable[[str, bytes], None]


@asynccontextmanager
async def in_folder(folder: Path) -> AsyncIterator[Shelf]:
    def replace(key: str, data: bytes) -> None:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)

    yield Shelf(FolderStore(folder), replace)


@asynccontextmanager
async def in_bucket() -> AsyncIterator[Shelf]:
    async with fake_s3() as server:
        store = object_store(server)
        yield Shelf(store, lambda key, data: server.place(f"{PREFIX}/{key}", data))
        await store.close()


@pytest.fixture(params=["folder", "bucket"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    opening = in_folder(tmp_path / "images") if request.param == "folder" else in_bucket()
    async with opening as opened:
        yield opened


async def code_of(store: ImageStore, digest: str) -> str:
    with pytest.raises(StorageError) as caught:
        await store.get(digest)
    return caught.value.code


async def names(store: ImageStore, after: str = "", limit: int = 1000) -> list[str]:
    return [file.digest for file in await store.list_files(after, limit)]


async def test_gives_back_what_was_put_however_often(shelf: Shelf) -> None:
    for _ in range(2):
        assert await shelf.store.put(DATA) == StoredImage(DIGEST, len(DATA))
        assert await shelf.store.get(DIGEST) == DATA


async def test_what_is_prepared_is_nobodys_until_it_is_kept(shelf: Shelf) -> None:
    prepared = await shelf.store.prepare(DATA)
    assert await code_of(shelf.store, DIGEST) == "image_missing"
    assert await names(shelf.store) == []

    assert await prepared.keep() == StoredImage(DIGEST, len(DATA))
    assert await shelf.store.get(DIGEST) == DATA


async def test_what_is_prepared_and_dropped_was_never_there(shelf: Shelf) -> None:
    await (await shelf.store.prepare(DATA)).drop()

    assert await code_of(shelf.store, DIGEST) == "image_missing"
    assert await shelf.store.sweep_temporary(older_than_s=0) == 0


async def test_what_is_dropped_takes_nothing_from_a_picture_of_the_same_bytes(shelf: Shelf) -> None:
    first, second = await shelf.store.prepare(DATA), await shelf.store.prepare(DATA)
    await first.keep()
    await second.drop()
    await (await shelf.store.prepare(DATA)).drop()

    assert await shelf.store.get(DIGEST) == DATA


async def test_keeps_a_large_picture_whole(shelf: Shelf) -> None:
    large = bytes(range(256)) * 32_768
    stored = await shelf.store.put(large)
    assert await shelf.store.get(stored.digest) == large


async def test_says_that_an_image_is_missing(shelf: Shelf) -> None:
    assert await code_of(shelf.store, DIGEST) == "image_missing"


@pytest.mark.parametrize("content", [b"", b"other bytes", DATA + b"x"])
async def test_never_gives_out_bytes_of_another_hash_and_mends_them_when_they_are_put_again(
    shelf: Shelf, content: bytes
) -> None:
    await shelf.store.put(DATA)
    shelf.replace(key_of(DIGEST), content)
    assert await code_of(shelf.store, DIGEST) == "image_damaged"
    await shelf.store.put(DATA)
    assert await shelf.store.get(DIGEST) == DATA


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", DIGEST.upper(), DIGEST + "\n", DIGEST[:-1], "\u0661" * 64]
)
async def test_what_is_no_digest_names_nothing(shelf: Shelf, digest: str) -> None:
    for use in (shelf.store.get, shelf.store.delete):
        with pytest.raises(StorageError) as caught:
            await use(digest)
        assert caught.value.code == "image_missing"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    for _ in range(2):
        await shelf.store.delete(DIGEST)
        assert await code_of(shelf.store, DIGEST) == "image_missing"
    assert await names(shelf.store) == []


async def test_lists_everything_in_order_a_page_at_a_time(shelf: Shelf) -> None:
    stored = await asyncio.gather(*(shelf.store.put(b"%d" % number) for number in range(40)))
    expected = sorted(each.digest for each in stored)
    seen: list[str] = []
    while page := await names(shelf.store, seen[-1] if seen else "", limit=7):
        seen += page
    assert seen == expected
    assert await names(shelf.store, expected[11]) == expected[12:]
    assert await names(shelf.store, "f" * 64) == []


async def test_lists_the_size_of_each_file_and_no_picture_of_nobody(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    other = "ab" + "c" * 62
    for foreign in ("notes.txt", "ab/readme", f"ab/zz/{other}", f"temporary/{other}", f"zz/zz/{'z' * 64}"):
        shelf.replace(foreign, b"something else")
    [file] = await shelf.store.list_files("", 1000)
    assert (file.digest, file.size_bytes) == (DIGEST, len(DATA))
    assert 0 <= file.age_s + 1 < 600


async def test_foreign_names_do_not_end_a_listing_early(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    for number in range(30):
        shelf.replace(
            f"{DIGEST[:2]}/{DIGEST[2:4]}/0{number:02}", b"foreign, and sorts before every picture here"
        )
    assert await names(shelf.store, limit=5) == [DIGEST]


async def test_a_store_that_can_be_used_passes_its_check_and_keeps_nothing_of_it(shelf: Shelf) -> None:
    await shelf.store.check()
    assert await shelf.store.sweep_temporary(older_than_s=0) == 0
    assert await names(shelf.store) == []


def test_a_key_leads_back_to_its_digest_and_nothing_else_does() -> None:
    assert digest_of(key_of(DIGEST)) == DIGEST
    for key in (DIGEST, f"00/00/{DIGEST}", f"x/{key_of(DIGEST)}", "", "ab/cd/ef"):
        assert digest_of(key) is None


async def test_a_thumbnail_lies_beside_its_picture_and_is_no_picture(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    assert await shelf.store.get_thumbnail(DIGEST) is None
    for small in (b"small", b"smaller"):
        await shelf.store.put_thumbnail(DIGEST, small)
        assert await shelf.store.get_thumbnail(DIGEST) == small

    assert await shelf.store.get(DIGEST) == DATA
    assert await names(shelf.store) == [DIGEST]
    assert await names(shelf.store, after=DIGEST) == []


async def test_a_thumbnail_goes_alone_or_with_its_picture(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    for remove in (shelf.store.delete_thumbnail, shelf.store.delete):
        await shelf.store.put_thumbnail(DIGEST, b"small")
        for _ in range(2):
            await remove(DIGEST)
            assert await shelf.store.get_thumbnail(DIGEST) is None
    assert await code_of(shelf.store, DIGEST) == "image_missing"


async def test_old_thumbnails_are_swept_and_pictures_are_not(shelf: Shelf) -> None:
    await shelf.store.put(DATA)
    await shelf.store.put_thumbnail(DIGEST, b"small")

    assert await shelf.store.sweep_thumbnails(older_than_s=3600) == 0
    assert await shelf.store.get_thumbnail(DIGEST) == b"small"
    assert await shelf.store.sweep_thumbnails(older_than_s=-3600) == 1
    assert await shelf.store.get_thumbnail(DIGEST) is None
    assert await shelf.store.get(DIGEST) == DATA


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", DIGEST[:-1]])
async def test_what_is_no_digest_has_no_thumbnail(shelf: Shelf, digest: str) -> None:
    with pytest.raises(StorageError, match="not a SHA-256 digest"):
        await shelf.store.put_thumbnail(digest, b"small")
    with pytest.raises(StorageError, match="not a SHA-256 digest"):
        await shelf.store.get_thumbnail(digest)
