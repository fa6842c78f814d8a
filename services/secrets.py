"""The master key, and what is derived from it: sealed values, and MACs for addresses that strangers may call.

One key for the whole service; each purpose has a label and thereby a key of its own, so that a value sealed for one
purpose never opens for another. After a change of the key the former one is kept beside it for a while: it opens and
verifies what is still under way, and seals nothing any more.
"""

import base64
import hashlib
import hmac
import itertools
import secrets
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from services.errors import StartError, StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SEAL_VERSION: Final = b"\x01"
_ID_BYTES: Final = 8
_FEWEST_DIFFERENT_BYTES: Final = 12  # 32 random bytes have fewer once in 10^17 keys; samples often do


class MasterKey:
    """The 32 bytes that everything secret is derived from. Its text form never shows them; it cannot be pickled."""

    __slots__ = ("_extracted", "_key", "_others", "id")

    def __init__(self, key: bytes, others: "Iterable[MasterKey]" = ()) -> None:
        """Take the key's bytes, and the keys that may still open what they sealed, nearest first.

        Raises StartError when the bytes are too few or plainly a sample.
        """
        problem = _weakness(key)
        if problem is not None:
            raise StartError("weak_master_key", f"The master key {problem}. {HOW_TO_MAKE_ONE}")
        self._key = key
        self._others = tuple(others)
        self._extracted = hmac.digest(bytes(32), key, hashlib.sha256)
        self.id: Final = self.derive("key-id")[:_ID_BYTES].hex()
        """Sixteen characters that name the key and tell nothing of it."""

    def __repr__(self) -> str:
        """Return a text without the key."""
        return "MasterKey(***)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied out of the process."""
        raise TypeError("a master key cannot be pickled")

    def beside(self, *others: "MasterKey") -> "MasterKey":
        """Return this key with others that may still open and verify."""
        return MasterKey(self._key, (*self._others, *others))

    def with_id(self, key_id: str) -> "MasterKey | None":
        """Return the key of that id: this one or one beside it; None where it is neither."""
        return next((key for key in (self, *self._others) if key.id == key_id), None)

    def derive(self, label: str) -> bytes:
        """Return the 32-byte key for the purpose `label`: HKDF-SHA256 without salt. *Source:* RFC 5869, 2.2-2.3."""
        return hmac.digest(self._extracted, b"limner/" + label.encode() + b"\x01", hashlib.sha256)

    def seal(self, label: str, plaintext: bytes, aad: bytes) -> bytes:
        """Return `plaintext` encrypted for `label` and bound to `aad` (table, owner, row), 29 bytes longer.

        AES-256-GCM: version byte, random 12-byte nonce, ciphertext and tag. *Source:* NIST SP 800-38D, 8.2.2, which
        allows 2^32 seals under one label's key.
        """
        return seal_with(self.derive(label), plaintext, aad)

    def open_sealed(self, label: str, sealed: bytes, aad: bytes) -> bytes:
        """Return what was sealed for the same label and `aad`, by this key or by one beside it.

        Raises StorageError("sealed_unreadable") when the bytes were changed, belong elsewhere, or the key is another.
        """
        for key in (self, *self._others):
            with suppress(StorageError):
                return open_with(key.derive(label), sealed, aad)
        raise StorageError(
            "sealed_unreadable", f"sealed value for {label!r} does not open ({len(sealed)} bytes)"
        )

    def mac(self, label: str, message: bytes) -> str:
        """Return the 43 characters (URL-safe base64, no padding) of HMAC-SHA256 over `message` for `label`."""
        digest = hmac.digest(self.derive(label), message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def verify_mac(self, label: str, message: bytes, mac: str) -> bool:
        """Tell whether `mac`, a stranger's text, is the MAC of `message` by this key or by one beside it.

        In a time that does not depend on the text.
        """
        given = mac.encode("utf-8", "surrogatepass")
        return any(
            hmac.compare_digest(key.mac(label, message).encode(), given) for key in (self, *self._others)
        )


def seal_with(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return `plaintext` encrypted under a 32-byte key and bound to `aad`, 29 bytes longer."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _SEAL_VERSION + nonce + _cipher(key).encrypt(nonce, plaintext, aad)


def open_with(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Return what was sealed under the same key and `aad`. Raises StorageError("sealed_unreadable")."""
    # Imported on first use: 8 MB that a process without people's keys can do without.
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _SEAL_VERSION or len(ciphertext) < _TAG_BYTES:
        raise StorageError("sealed_unreadable", f"not a sealed value of ours ({len(sealed)} bytes)")
    try:
        return _cipher(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag as error:
        raise StorageError("sealed_unreadable", "a sealed value does not open") from error


def load_cipher() -> None:
    """Import the cipher: 8 MB, which take long enough to hold up other people's acknowledgements."""
    _cipher(bytes(KEY_BYTES))


def is_cipher_loaded() -> bool:
    """Return whether to seal and to open takes microseconds only."""
    return "cryptography.hazmat.primitives.ciphers.aead" in sys.modules


HOW_TO_MAKE_ONE: Final = "Make one with: openssl rand -base64 32"


def _cipher(key: bytes) -> "AESGCM":
    """Return AES-256-GCM under `key`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see open_with

    return AESGCM(key)


def _weakness(key: bytes) -> str | None:
    """Return what is wrong with a key, None where it may be random."""
    if len(key) != KEY_BYTES:
        return f"has {len(key)} bytes instead of {KEY_BYTES}"
    steps = {(following - byte) % 256 for byte, following in itertools.pairwise(key)}
    if len(set(key)) < _FEWEST_DIFFERENT_BYTES or len(steps) == 1:
        return "is a sample, not a random value"
    if all(0x20 <= byte < 0x7F for byte in key):
        return "is readable text, not a random value"
    return None
