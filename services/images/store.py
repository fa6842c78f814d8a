"""The image store: bytes kept under their own SHA-256, so that a name can never lead to other bytes.

Beside each picture there may be a thumbnail, under the picture's name in a place of its own. It is made of the picture
whenever somebody needs it, so it may be gone at any time, and it goes with the picture.

`FolderStore` keeps them in a folder of this machine, `ObjectStore` in an S3-compatible store that many share.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.errors import StorageError

MOST_BYTES: Final = 64 * 1024 * 1024
"""More than any picture may have; what is larger under a picture's name is none of ours."""

THUMBNAILS: Final = "thumbnails"
"""Comes after every picture's key in the order of a listing: those begin with hexadecimal digits."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """What the store has kept: the SHA-256 in hex, which is the name, and the size."""

    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a listing says of one picture's bytes: the name, the size, and how long ago they were put."""

    digest: str
    size_bytes: int
    age_s: float


class PreparedImage(Protocol):
    """Bytes on their way into a store, which nobody can read there yet. Kept or dropped, once."""

    async def keep(self) -> StoredImage:
        """Put the bytes in their place; when this returns, a power cut cannot lose them. Raises StorageError."""

    async def drop(self) -> None:
        """Leave nothing of them behind. Raises StorageError."""


class ImageStore(Protocol):
    """Keeps bytes by content. All failures are StorageErrors."""

    async def prepare(self, data: bytes) -> PreparedImage:
        """Do as much of a put of `data` as can be taken back without a trace.

        It goes on to its end when the caller is cancelled, and leaves nothing behind then.
        """

    async def put(self, data: bytes) -> StoredImage:
        """Keep `data`; when this returns, a power cut cannot lose it. Putting the same bytes again changes nothing."""

    async def get(self, digest: str) -> bytes:
        """Return the bytes of that digest. Raises StorageError "image_missing" or "image_damaged"."""

    async def delete(self, digest: str) -> None:
        """Remove the bytes and their thumbnail, if any; when this returns, nobody can read them here any more."""

    async def put_thumbnail(self, digest: str, data: bytes) -> None:
        """Keep the thumbnail of the picture of that digest. It may be lost again, but is never half there."""

    async def get_thumbnail(self, digest: str) -> bytes | None:
        """Return that thumbnail, None where there is none (any more). Its bytes are not verified."""

    async def delete_thumbnail(self, digest: str) -> None:
        """Remove that thumbnail, if there is one, and leave the picture."""

    async def sweep_thumbnails(self, *, older_than_s: float) -> int:
        """Remove the thumbnails that were put so long ago; return how many."""

    async def list_files(self, after: str, limit: int) -> Sequence[StoredFile]:
        """Return the first `limit` or so whose digest comes after `after` ("" for all), in order; none at the end.

        What is no picture's bytes is left out.
        """

    async def sweep_temporary(self, *, older_than_s: float) -> int:
        """Remove what interrupted puts of more than `older_than_s` seconds ago left; return how many."""

    async def check(self) -> None:
        """Write, read and remove something. Raises StorageError with what does not work."""

    async def close(self) -> None:
        """Let go of connections; nothing is asked of the store after that."""


def key_of(digest: str) -> str:
    """Return where the bytes of `digest` lie in a store: `ab/cd/abcd...`, which sorts as the digests do.

    Raises StorageError("image_missing") for what is no digest.
    """
    if not _DIGEST.fullmatch(digest):
        raise StorageError("image_missing", f"not a SHA-256 digest: {digest[:80]!r}")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def thumbnail_key_of(digest: str) -> str:
    """Return where the thumbnail of a picture lies in a store. Raises StorageError as `key_of`."""
    return f"{THUMBNAILS}/{key_of(digest)}"


def digest_of(key: str) -> str | None:
    """Return whose bytes lie at `key`, None where it is no place of a picture's."""
    digest = key.rpartition("/")[2]
    return digest if _DIGEST.fullmatch(digest) and key == key_of(digest) else None
