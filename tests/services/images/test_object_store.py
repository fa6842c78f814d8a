"""Row I2 of the fault matrix: an S3-compatible store that fails, is slow, refuses or has no room."""

import asyncio

import obstore.exceptions
import pytest

from services.errors import StorageError
from services.images import object_store as object_stores
from services.images.object_store import ObjectPlace, ObjectStore, Patience, code_of
from services.images.store import key_of
from tests.services.images.fake_s3 import ACCESS_KEY, SECRET_KEY, Fault, fake_s3
from tests.services.images.test_store import DATA, DIGEST, PREFIX, object_store

KEY = f"{PREFIX}/{key_of(DIGEST)}"
HASTY = Patience(connect_s=1.0, request_s=0.3, retries=2, first_wait_s=0.01, in_all_s=10.0)
"""A request that gets no answer is given up soon: how soon is nothing that these tests are about."""
RETRIED = (Fault.FAILED, Fault.BUSY, Fault.THROTTLED)


async def call(store: ObjectStore, method: str) -> object:
    """Do what asks the server for `method`."""
    if method == "PUT":
        return await store.put(DATA)
    if method == "GET":
        return await store.get(DIGEST)
    if method == "LIST":
        return await store.list_files("", 10)
    await store.delete(DIGEST)
    return None


async def failure_of(store: ObjectStore, method: str) -> StorageError:
    with pytest.raises(StorageError) as caught:
        await call(store, method)
    return caught.value


@pytest.mark.parametrize("fault", RETRIED, ids=lambda fault: fault.name)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "LIST"])
async def test_i2_what_failed_or_was_throttled_is_asked_again(method: str, fault: Fault) -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        await store.put(DATA)
        server.requests.clear()
        server.script(method, fault, fault)
        await call(store, method)
        asked = "?list" if method == "LIST" else KEY
        assert [key for each, key in server.requests if each == method].count(asked) == 3
        assert (KEY in server.objects) is (method != "DELETE")


@pytest.mark.parametrize("fault", [*RETRIED, Fault.NO_ROOM], ids=lambda fault: fault.name)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "LIST"])
async def test_i2_what_goes_on_failing_is_given_up_after_a_few_times(method: str, fault: Fault) -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        server.script(method, *[fault] * 10)
        error = await failure_of(store, method)
        assert error.code == ("disk_full" if fault is Fault.NO_ROOM else "image_store_failed")
        assert server.count(method) == 1 + HASTY.retries


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.REFUSED, "image_store_failed"), (Fault.OVER_QUOTA, "disk_full")]
)
async def test_i2_a_refusal_is_not_asked_again(fault: Fault, code: str) -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        server.script("PUT", fault)
        assert (await failure_of(store, "PUT")).code == code
        assert server.count("PUT") == 1
        await store.put(DATA)
        assert server.objects[KEY].data == DATA


async def test_i2_a_store_that_never_answers_is_given_up() -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        server.script("PUT", *[Fault.NEVER] * 10)
        assert (await failure_of(store, "PUT")).code == "image_store_failed"


async def test_i2_a_call_ends_in_all_however_patient_each_request_is() -> None:
    async with fake_s3() as server:
        store = object_store(server, Patience(in_all_s=0.3))
        server.script("GET", *[Fault.NEVER] * 10)
        assert (await failure_of(store, "GET")).code == "image_store_failed"


async def test_a_canceled_call_ends_at_once() -> None:
    async with fake_s3() as server:
        store = object_store(server)
        server.script("PUT", Fault.NEVER)
        putting = asyncio.create_task(store.put(DATA))
        while not server.count("PUT"):
            await asyncio.sleep(0.01)
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting


async def test_i2_bytes_that_end_in_the_middle_are_no_picture() -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        large = bytes(3_000_000)
        digest = (await store.put(large)).digest
        server.script("GET", *[Fault.CUT] * 10)
        with pytest.raises(StorageError) as caught:
            await store.get(digest)
        assert caught.value.code == "image_store_failed"
        server.faults.clear()
        assert await store.get(digest) == large


async def test_an_object_that_is_far_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_stores, "MOST_BYTES", len(DATA) - 1)
    async with fake_s3() as server:
        store = object_store(server, HASTY)
        await store.put(DATA)
        assert (await failure_of(store, "GET")).code == "image_damaged"


async def test_nobody_at_the_address_is_a_store_that_failed() -> None:
    place = ObjectPlace(
        "pictures", "", "http://127.0.0.1:1", access_key_id=ACCESS_KEY, secret_access_key=SECRET_KEY
    )
    assert (await failure_of(ObjectStore(place, HASTY), "GET")).code == "image_store_failed"


async def test_a_bucket_that_is_not_there_makes_no_picture_missing() -> None:
    async with fake_s3() as server:
        for method in ("GET", "PUT", "LIST"):
            error = await failure_of(object_store(server, HASTY, bucket="elsewhere"), method)
            assert error.code == "image_store_failed"


async def test_the_wrong_key_is_said_without_any_key() -> None:
    async with fake_s3() as server:
        store = object_store(server, HASTY, access_key_id="AKIAWRONGWRONGWRONG0")
        error = await failure_of(store, "PUT")
    assert "InvalidAccessKeyId" in str(error)
    assert SECRET_KEY not in str(error)
    assert "Debug source" not in str(error)


async def test_a_check_fails_where_something_cannot_be_done() -> None:
    for method in ("PUT", "GET", "DELETE"):
        async with fake_s3() as server:
            server.script(method, Fault.REFUSED)
            with pytest.raises(StorageError, match="AccessDenied"):
                await object_store(server, HASTY).check()


def test_the_place_of_a_store_shows_no_key() -> None:
    place = ObjectPlace("bucket", "", None, "here", ACCESS_KEY, SECRET_KEY, "session")
    assert not any(secret in repr(place) for secret in (ACCESS_KEY, SECRET_KEY, "session"))


def test_every_error_of_the_library_has_a_code() -> None:
    kinds = [kind for kind in vars(obstore.exceptions).values() if isinstance(kind, type)]
    assert len(kinds) > 5
    for kind in kinds:
        assert issubclass(kind, obstore.exceptions.BaseError)
        assert code_of(kind("said"), "image_missing") == "image_store_failed"
    assert code_of(FileNotFoundError("NoSuchKey"), "image_missing") == "image_missing"
