"""How a provider's key is kept: sealed under a key of its own, which the master key seals.

So another master key needs only the small data keys sealed anew, and no key is opened for it. Both values are bound to
their row: they open for that row id, provider and owner, and copied into any other row they do not.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from services.errors import StorageError
from services.models import Payer
from services.secrets import KEY_BYTES, MasterKey, open_with, seal_with

LABEL: Final = "provider-keys"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The row that a sealed key belongs to, and the four characters of the key that are shown."""

    row_id: int
    provider: str
    owner: Payer
    owner_id: int
    last_four: str

    @property
    def binding(self) -> bytes:
        """Return what both sealed values are bound to."""
        parts = ["provider_keys", self.row_id, self.provider, self.owner, self.owner_id, self.last_four]
        return json.dumps(parts).encode()


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key as its row keeps it: `data_key` opens `key`, the master key with `master_key_id` opens `data_key`."""

    key: bytes = field(repr=False)
    data_key: bytes = field(repr=False)
    master_key_id: str


def seal_key(master_key: MasterKey, key: str, place: KeyPlace) -> SealedKey:
    """Return a key sealed for its row, under a new data key."""
    data_key = secrets.token_bytes(KEY_BYTES)
    return SealedKey(
        seal_with(data_key, key.encode(), place.binding),
        master_key.seal(LABEL, data_key, place.binding),
        master_key.id,
    )


def open_key(master_key: MasterKey, sealed: SealedKey, place: KeyPlace) -> str:
    """Return a row's key. Raises StorageError("sealed_unreadable") where it was sealed elsewhere or was changed."""
    data_key = _open_data_key(master_key, sealed, place)
    return open_with(data_key, sealed.key, place.binding).decode()


def seal_anew(opening: MasterKey, sealing: MasterKey, sealed: SealedKey, place: KeyPlace) -> SealedKey:
    """Return the same key with its data key sealed by another master key. Raises StorageError("sealed_unreadable")."""
    data_key = _open_data_key(opening, sealed, place)
    return SealedKey(sealed.key, sealing.seal(LABEL, data_key, place.binding), sealing.id)


def _open_data_key(master_key: MasterKey, sealed: SealedKey, place: KeyPlace) -> bytes:
    named = master_key.with_id(sealed.master_key_id)
    if named is None:
        message = f"key {place.row_id} needs the master key {sealed.master_key_id}, which is not here"
        raise StorageError("sealed_unreadable", message)
    return named.open_sealed(LABEL, sealed.data_key, place.binding)
