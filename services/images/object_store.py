"""An `ImageStore` in an S3-compatible store, which any number of machines share. Loaded only where one is set.

A put is one request and all or nothing, so that nothing half is left to sweep. Every call here may be repeated
without harm, so what was throttled or met a server error is: a few times, and never longer than `Patience` says.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.errors import StorageError
from services.images.store import (
    MOST_BYTES,
    THUMBNAILS,
    StoredFile,
    StoredImage,
    digest_of,
    key_of,
    thumbnail_key_of,
)

if TYPE_CHECKING:
    from obstore.store import S3Config

NO_ROOM: Final = ("XMinioStorageFull", "QuotaExceeded", "507 Insufficient Storage")
"""What stores say who have no room left. Source: MinIO's error codes; RFC 4918, 11.5."""

_ANSWER: Final = re.compile(r"status code: (\d{3}[\w ]*)")
_CODE: Final = re.compile(r"<Code>(\w{1,60})</Code>")
_MOST_REASON: Final = 200
_LIBRARY_SETTLES_S: Final = 0.05
_PROBE: Final = b"Limner looks whether it may write here."


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """Where the bucket is and who we are there; without keys the machine's own role is used.

    `endpoint` is None for Amazon's own. What is secret has no place in a repr.
    """

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, how often it is made again, and how long a call may take in all."""

    connect_s: float = 5.0
    request_s: float = 40.0
    retries: int = 3
    first_wait_s: float = 0.2
    in_all_s: float = 90.0


@dataclass(frozen=True, slots=True)
class PreparedObject:
    """Bytes that are not sent yet: an object is there, whole, once it is sent, and under no other name before."""

    store: "ObjectStore"
    data: bytes = field(repr=False)

    async def keep(self) -> StoredImage:
        """Send the bytes."""
        return await self.store.put(self.data)

    async def drop(self) -> None:
        """Do nothing: nothing was sent."""


class ObjectStore:
    """Pictures as objects: `prefix/ab/cd/abcd...`."""

    def __init__(self, place: ObjectPlace, patience: Patience | None = None) -> None:
        """Use the bucket; nothing is asked of it yet."""
        self._patience = patience or Patience()
        self._bucket = _open_bucket(place, self._patience)

    async def prepare(self, data: bytes) -> PreparedObject:
        """Hold `data` until it is kept."""
        return PreparedObject(self, data)

    async def put(self, data: bytes) -> StoredImage:
        """Keep `data` (see `ImageStore`): the store checks what arrived against the signed hash."""
        digest = await asyncio.to_thread(_digest_of_bytes, data)
        async with self._crossing():
            await obstore.put_async(self._bucket, key_of(digest), data, use_multipart=False)
        return StoredImage(digest, len(data))

    async def get(self, digest: str) -> bytes:
        """Return the bytes, their hash verified. Raises StorageError "image_missing" or "image_damaged"."""
        key = key_of(digest)
        async with self._crossing(missing="image_missing"):
            found = await obstore.get_async(self._bucket, key)
            if found.meta["size"] > MOST_BYTES:
                raise StorageError("image_damaged", f"the object of {digest} has {found.meta['size']} bytes")
            data = (await found.bytes_async()).to_bytes()
        if await asyncio.to_thread(_digest_of_bytes, data) != digest:
            raise StorageError("image_damaged", f"the object of {digest} holds {len(data)} other bytes")
        return data

    async def delete(self, digest: str) -> None:
        """Remove the bytes and their thumbnail, if there are any."""
        await self._delete_key(key_of(digest))
        await self.delete_thumbnail(digest)

    async def put_thumbnail(self, digest: str, data: bytes) -> None:
        """Keep a thumbnail."""
        async with self._crossing():
            await obstore.put_async(self._bucket, thumbnail_key_of(digest), data, use_multipart=False)

    async def get_thumbnail(self, digest: str) -> bytes | None:
        """Return a thumbnail, None where there is none."""
        key = thumbnail_key_of(digest)
        try:
            async with self._crossing(missing="image_missing"):
                found = await obstore.get_async(self._bucket, key)
                return (await found.bytes_async()).to_bytes()
        except StorageError as error:
            if error.code == "image_missing":
                return None
            raise

    async def delete_thumbnail(self, digest: str) -> None:
        """Remove a thumbnail, if there is one."""
        await self._delete_key(thumbnail_key_of(digest))

    async def sweep_thumbnails(self, *, older_than_s: float) -> int:
        """Remove old thumbnails, one request each."""
        before, old = datetime.now(UTC) - timedelta(seconds=older_than_s), list[str]()
        async with self._crossing():
            async for page in obstore.list(self._bucket, prefix=THUMBNAILS):
                old += [each["path"] for each in page if each["last_modified"] <= before]
        for key in old:
            await self._delete_key(key)
        return len(old)

    async def list_files(self, after: str, limit: int) -> Sequence[StoredFile]:
        """Return the next objects in the order of their digests, none at the end; one request a thousand names."""
        files: list[StoredFile] = []
        now = datetime.now(UTC)
        offset = key_of(after) if after else None
        async with self._crossing():
            async for page in obstore.list(self._bucket, offset=offset, chunk_size=limit):
                for each in page:
                    digest = digest_of(each["path"])
                    if digest is not None:
                        age_s = (now - each["last_modified"]).total_seconds()
                        files.append(StoredFile(digest, each["size"], age_s))
                is_past_pictures = page[-1]["path"].startswith(THUMBNAILS) if page else False
                if len(files) >= limit or is_past_pictures:
                    break
        return files

    async def sweep_temporary(self, *, older_than_s: float) -> int:  # noqa: ARG002 - the protocol's
        """Return 0: an interrupted put leaves nothing."""
        return 0

    async def check(self) -> None:
        """Write, read and remove an object beside the pictures. Raises StorageError."""
        key = f"check-{secrets.token_hex(8)}"
        async with self._crossing():
            await obstore.put_async(self._bucket, key, _PROBE, use_multipart=False)
            found = await obstore.get_async(self._bucket, key)
            if (await found.bytes_async()).to_bytes() != _PROBE:
                raise StorageError("image_store_failed", "it gives back other bytes than were put")
        await self._delete_key(key)

    async def close(self) -> None:
        """Wait for the library's threads to have handed over their last answers.

        A process that ends within a millisecond of one is aborted by such a thread (1 of 60 did, measured with
        obstore 0.12.1): it asks for the interpreter's lock when that is being taken down.
        """
        await asyncio.sleep(_LIBRARY_SETTLES_S)

    async def _delete_key(self, key: str) -> None:
        async with self._crossing():
            with suppress(FileNotFoundError):  # some stores say that there was none
                await obstore.delete_async(self._bucket, key)

    @asynccontextmanager
    async def _crossing(self, *, missing: str = "image_store_failed") -> AsyncIterator[None]:
        """Turn what the library raises into a StorageError; what takes too long in all is ended."""
        try:
            async with asyncio.timeout(self._patience.in_all_s):
                yield
        except (BaseError, OSError) as error:
            raise StorageError(code_of(error, missing), _reason(error)) from error


def code_of(error: Exception, missing: str) -> str:
    """Return our code for an error of the library's; `missing` is that of an object that is not there.

    A bucket that is not there is no missing picture: nothing may be painted again because of a wrong address.
    """
    text = str(error)
    if isinstance(error, FileNotFoundError):
        return "image_store_failed" if "NoSuchBucket" in text else missing
    return "disk_full" if any(sign in text for sign in NO_ROOM) else "image_store_failed"


def _reason(error: Exception) -> str:
    """Return what the store answered, or what kept it from answering; the library adds its own structures to that."""
    text = " ".join(str(error).partition("Debug source")[0].split())
    answer = _ANSWER.search(text)
    code = _CODE.search(text)
    said = text[-_MOST_REASON:] if answer is None else f"{answer[1].strip()} {code[1] if code else ''}"
    return f"{type(error).__name__}: {said.strip()}"


def _digest_of_bytes(data: bytes) -> str:
    """Return the SHA-256 in hex: 40 MiB take 0.1 s, for a thread."""
    return hashlib.sha256(data).hexdigest()


def _open_bucket(place: ObjectPlace, patience: Patience) -> S3Store:
    config: S3Config = {
        "region": place.region,
        # One request an object: the bulk call is unknown to many compatible stores.
        "disable_bulk_delete": True,
    }
    if place.endpoint is not None:
        config["endpoint"] = place.endpoint
    if place.access_key_id is not None and place.secret_access_key is not None:
        config["access_key_id"] = place.access_key_id
        config["secret_access_key"] = place.secret_access_key
    if place.session_token is not None:
        config["session_token"] = place.session_token
    return S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=config,
        client_options={
            "allow_http": (place.endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=patience.connect_s),
            "timeout": timedelta(seconds=patience.request_s),
        },
        retry_config={
            "max_retries": patience.retries,
            "retry_timeout": timedelta(seconds=patience.in_all_s),
            "backoff": {
                "init_backoff": timedelta(seconds=patience.first_wait_s),
                "max_backoff": timedelta(seconds=10 * patience.first_wait_s),
                "base": 2,
            },
        },
    )
