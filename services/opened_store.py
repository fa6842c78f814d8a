"""Open the image store that `IMAGE_STORE_URL` names, and the watch over the room for it."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from services.errors import StartError, StorageError
from services.images.folder_store import FolderStore
from services.images.room import Room
from services.images.store import ImageStore
from services.redaction import register_secret
from services.settings import Settings

log = logging.getLogger(__name__)

MIB: Final = 1024 * 1024

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_PREFIX: Final = re.compile(r"[\w!.*'()-]+(/[\w!.*'()-]+)*", re.ASCII)

_EXPECTED: Final = "IMAGE_STORE_URL: expected a folder, or s3://bucket/prefix without keys in it."
_WHAT_TO_DO: Final = {
    True: "Let the user that runs Limner write there, or name another folder in IMAGE_STORE_URL.",
    False: "Look at IMAGE_STORE_URL, AWS_ENDPOINT_URL, AWS_REGION and the keys: they have to put, get, list and "
    "delete objects there.",
}


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where pictures are kept: a folder, or a bucket and the prefix of the names in it."""

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        return str(self.folder) if self.folder is not None else f"s3://{self.bucket}/{self.prefix}"


def address_of(settings: Settings) -> StoreAddress:
    """Return where `IMAGE_STORE_URL` leads; empty means `images` in the data folder. Raises StartError."""
    url = settings.image_store_url.strip()
    if "://" not in url:
        return StoreAddress(folder=Path(url).expanduser() if url else settings.data_folder / "images")
    parts = urlsplit(url)
    bucket, prefix = parts.netloc, parts.path.strip("/")
    is_plain = not parts.query and not parts.fragment and ".." not in prefix.split("/")
    if parts.scheme != "s3" or not is_plain or not _BUCKET.fullmatch(bucket):
        raise StartError("bad_image_store", _EXPECTED)
    if prefix and not _PREFIX.fullmatch(prefix):
        raise StartError("bad_image_store", _EXPECTED)
    return StoreAddress(bucket=bucket, prefix=prefix)


def make_store(settings: Settings) -> ImageStore:
    """Return the store, unused. Raises StartError for settings that cannot be meant."""
    address = address_of(settings)
    if address.folder is not None:
        return FolderStore(address.folder)
    keys = [
        None if secret is None else secret.get_secret_value().strip()
        for secret in (
            settings.aws_access_key_id,
            settings.aws_secret_access_key,
            settings.aws_session_token,
        )
    ]
    if (keys[0] is None) != (keys[1] is None):
        text = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both, or neither to use the "
        raise StartError("bad_image_store", text + "role of the machine.")
    if not (settings.aws_endpoint_url or "https://").startswith(("https://", "http://")):
        raise StartError(
            "bad_image_store", "AWS_ENDPOINT_URL: expected an address with https:// (or http://)."
        )
    for key in keys:
        register_secret(key)
    from services.images.object_store import ObjectPlace, ObjectStore  # noqa: PLC0415 - loads 7 MB that folders spare

    place = ObjectPlace(address.bucket, address.prefix, settings.aws_endpoint_url, settings.aws_region, *keys)
    return ObjectStore(place)


async def open_store(settings: Settings) -> ImageStore:
    """Return the store once something could be written to it, read and removed. The caller closes it.

    Raises StartError with what to do. A full disk is no reason not to start: people are told, and it mends itself.
    """
    store, address = make_store(settings), address_of(settings)
    try:
        await store.check()
    except StorageError as error:
        if error.code == "disk_full":
            log.warning("there is no room in %s: pictures wait until there is", address)
            return store
        await store.close()
        what_to_do = _WHAT_TO_DO[address.folder is not None]
        text = f"The image store {address} cannot be used: {error}. {what_to_do}"
        raise StartError("image_store_unusable", text) from error
    return store


def open_room(settings: Settings) -> Room:
    """Return the watch over the disks of this machine that rows and pictures are kept on."""
    folders = [] if settings.is_postgresql else [settings.data_folder]
    folder = address_of(settings).folder
    if folder is not None:
        folders.append(folder)
    return Room(folders, min_free_bytes=settings.min_free_mb * MIB)
