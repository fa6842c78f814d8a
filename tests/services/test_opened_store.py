"""Where pictures are kept, as the settings say it, and what the start says where that cannot be."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.errors import StartError
from services.images.folder_store import FolderStore
from services.images.object_store import ObjectStore
from services.opened_store import StoreAddress, address_of, make_store, open_room, open_store
from services.redaction import redact
from services.settings import Settings
from tests.services.images.fake_s3 import ACCESS_KEY, BUCKET, SECRET_KEY, FakeS3, Fault, fake_s3

KEYS = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}


def settings(url: str = "", **values: object) -> Settings:
    known: Mapping[str, object] = {"image_store_url": url, **values}
    return Settings(_env_file=None, **known)  # type: ignore[arg-type] # settings by name


def in_bucket(server: FakeS3, **changes: object) -> Settings:
    values: dict[str, object] = {"aws_endpoint_url": server.url, **KEYS, **changes}
    return settings(f"s3://{BUCKET}/limner/", **values)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", StoreAddress(folder=Path("data/images"))),
        ("/srv/pictures", StoreAddress(folder=Path("/srv/pictures"))),
        ("pictures", StoreAddress(folder=Path("pictures"))),
        ("s3://my-bucket", StoreAddress(bucket="my-bucket")),
        ("s3://my.bucket/a/b/", StoreAddress(bucket="my.bucket", prefix="a/b")),
    ],
)
def test_reads_where_pictures_are_kept(url: str, expected: StoreAddress) -> None:
    assert address_of(settings(url)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "s3://", "s3:///prefix", "s3://key:secret@bucket", "s3://bucket/a?b=c", "s3://bucket/#x", "s3://bucket/a/../b",
        "s3://bucket/a//b", "s3://bucket/a b", "s3://b", "gs://bucket", "https://bucket.example", "file:///pictures",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(
        StartError, match="IMAGE_STORE_URL: expected a folder, or s3://bucket/prefix"
    ) as caught:
        make_store(settings(url))
    assert caught.value.code == "bad_image_store"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("missing", sorted(KEYS))
def test_half_a_pair_of_keys_stops_the_start(missing: str) -> None:
    with pytest.raises(StartError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together"):
        make_store(settings("s3://bucket", **{**KEYS, missing: None}))


def test_an_endpoint_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(StartError, match="AWS_ENDPOINT_URL: expected an address"):
        make_store(settings("s3://bucket", aws_endpoint_url="minio:9000"))


async def test_a_folder_is_made_and_written_to_at_the_start(tmp_path: Path) -> None:
    store = await open_store(settings(str(tmp_path / "new")))
    assert isinstance(store, FolderStore)
    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []
    await store.close()


async def test_a_folder_that_cannot_be_written_stops_the_start_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="Let the user that runs Limner write there") as caught:
        await open_store(settings(str(tmp_path / "file" / "images")))
    assert caught.value.code == "image_store_unusable"
    assert str(tmp_path / "file" / "images") in str(caught.value)


async def test_a_bucket_is_written_to_at_the_start_and_its_keys_are_masked_in_the_log() -> None:
    async with fake_s3() as server:
        store = await open_store(in_bucket(server))
        assert isinstance(store, ObjectStore)
        assert server.objects == {}
        assert {server.count(method) for method in ("PUT", "GET", "DELETE")} == {1}
        stored = await store.put(b"a picture")
        assert all(key.startswith("limner/") for key in server.objects)
        assert stored.digest
        await store.close()
    assert redact(f"{ACCESS_KEY} {SECRET_KEY}") == "[secret] [secret]"


async def test_a_bucket_that_refuses_us_stops_the_start_with_what_to_do_and_without_keys() -> None:
    async with fake_s3() as server:
        server.script("PUT", Fault.REFUSED)
        with pytest.raises(StartError, match="403 Forbidden AccessDenied") as caught:
            await open_store(in_bucket(server))
    assert f"s3://{BUCKET}/limner" in str(caught.value)
    assert "AWS_ENDPOINT_URL, AWS_REGION and the keys" in str(caught.value)
    assert SECRET_KEY not in str(caught.value)


async def test_a_store_without_room_is_no_reason_not_to_start(caplog: pytest.LogCaptureFixture) -> None:
    async with fake_s3() as server:
        server.script("PUT", *[Fault.NO_ROOM] * 10)
        store = await open_store(in_bucket(server))
        assert "there is no room" in caplog.text
        server.faults.clear()
        await store.put(b"a picture")
        await store.close()


async def test_watches_the_disks_of_this_machine_that_rows_and_pictures_are_on(tmp_path: Path) -> None:
    async def watched(**values: object) -> list[Path]:
        room = open_room(settings(LIMNER_DATA=tmp_path, **values))  # type: ignore[arg-type] # by name
        return [space.folder for space in await room.spaces()]

    assert await watched() == [tmp_path, tmp_path / "images"]
    postgresql = {"database_url": "postgresql+asyncpg://host/name", "LIMNER_MASTER_KEY": "x" * 44}
    assert await watched(**postgresql) == [tmp_path / "images"]
    assert await watched(**postgresql, image_store_url=f"s3://{BUCKET}") == []
