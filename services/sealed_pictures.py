"""How a photo of a face is kept: sealed under a key of its own, which the master key seals.

The photo's bytes lie in the image store, where they are noise; the key lies in the photo's row, so that nobody can read
the file once the row is gone, also where a copy of the file is left. Both are bound to whose photo it is, and to which.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from services.errors import StorageError
from services.models import UploadKind
from services.secrets import KEY_BYTES, MasterKey, open_with, seal_with

LABEL: Final = "uploads"


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """Whose picture it is, of which kind, and the SHA-256 of what it is when it is opened."""

    user_id: int
    kind: UploadKind
    digest: str

    @property
    def binding(self) -> bytes:
        """Return what the picture and its key are bound to."""
        return json.dumps(["uploads", self.user_id, self.kind, self.digest]).encode()


@dataclass(frozen=True, slots=True)
class SealedDataKey:
    """The key of one picture: the master key with `master_key_id` opens it."""

    data_key: bytes = field(repr=False)
    master_key_id: str


def seal_picture(master_key: MasterKey, data: bytes, place: PicturePlace) -> tuple[bytes, SealedDataKey]:
    """Return a picture's bytes sealed, 29 bytes longer, and its new key sealed. Blocks: some ms for each MiB."""
    data_key = secrets.token_bytes(KEY_BYTES)
    sealed = SealedDataKey(master_key.seal(LABEL, data_key, place.binding), master_key.id)
    return seal_with(data_key, data, place.binding), sealed


def open_picture(master_key: MasterKey, content: bytes, key: SealedDataKey, place: PicturePlace) -> bytes:
    """Return a picture's bytes. Blocks as `seal_picture` does.

    Raises StorageError("sealed_unreadable") where it was sealed elsewhere or was changed.
    """
    data = open_with(_open_data_key(master_key, key, place), content, place.binding)
    if hashlib.sha256(data).hexdigest() != place.digest:
        raise StorageError("sealed_unreadable", "a sealed picture is another one than its row says")
    return data


def seal_anew(
    opening: MasterKey, sealing: MasterKey, key: SealedDataKey, place: PicturePlace
) -> SealedDataKey:
    """Return the same key, sealed by another master key. Raises StorageError("sealed_unreadable")."""
    data_key = _open_data_key(opening, key, place)
    return SealedDataKey(sealing.seal(LABEL, data_key, place.binding), sealing.id)


def _open_data_key(master_key: MasterKey, key: SealedDataKey, place: PicturePlace) -> bytes:
    named = master_key.with_id(key.master_key_id)
    if named is None:
        message = f"a picture needs the master key {key.master_key_id}, which is not here"
        raise StorageError("sealed_unreadable", message)
    return named.open_sealed(LABEL, key.data_key, place.binding)
