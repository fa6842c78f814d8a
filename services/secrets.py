"""The master key, and what is derived from it: sealed values, and MACs for addresses that strangers may call.

One key for the whole service; each purpose has a label and thereby a key of its own, so that a value sealed for one
purpose never opens for another.
"""

import base64
import binascii
import hashlib
import hmac
import itertools
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from services.durable import sync_folder
from services.errors import StartError, StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_SEAL_VERSION: Final = b"\x01"
_FEWEST_DIFFERENT_BYTES: Final = 12  # 32 random bytes have fewer once in 10^17 keys; samples often do


class MasterKey:
    """The 32 bytes that everything secret is derived from. Its text form never shows them; it cannot be pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take the key's bytes. Raises StartError when they are too few or plainly a sample."""
        problem = _weakness(key)
        if problem is not None:
            raise StartError("weak_master_key", f"The master key {problem}. {_HOW_TO_MAKE_ONE}")
        self._key = key

    def __repr__(self) -> str:
        """Return a text without the key."""
        return "MasterKey(***)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied out of the process."""
        raise TypeError("a master key cannot be pickled")

    def derive(self, label: str) -> bytes:
        """Return the 32-byte key for the purpose `label`: HKDF-SHA256 without salt. *Source:* RFC 5869, 2.2-2.3."""
        pseudorandom = hmac.digest(bytes(32), self._key, hashlib.sha256)
        return hmac.digest(pseudorandom, b"limner/" + label.encode() + b"\x01", hashlib.sha256)

    def seal(self, label: str, plaintext: bytes, aad: bytes) -> bytes:
        """Return `plaintext` encrypted for `label` and bound to `aad` (table, owner, row), 29 bytes longer.

        AES-256-GCM: version byte, random 12-byte nonce, ciphertext and tag. *Source:* NIST SP 800-38D, 8.2.2, which
        allows 2^32 seals under one label's key.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _SEAL_VERSION + nonce + _cipher(self.derive(label)).encrypt(nonce, plaintext, aad)

    def open_sealed(self, label: str, sealed: bytes, aad: bytes) -> bytes:
        """Return what was sealed for the same label and `aad`.

        Raises StorageError("sealed_unreadable") when the bytes were changed, belong elsewhere, or the key is another.
        """
        # Imported on first use: 8 MB that a process without people's keys can do without.
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _SEAL_VERSION or len(ciphertext) < _TAG_BYTES:
            raise StorageError("sealed_unreadable", f"not a sealed value of ours ({len(sealed)} bytes)")
        try:
            return _cipher(self.derive(label)).decrypt(nonce, ciphertext, aad)
        except InvalidTag as error:
            raise StorageError("sealed_unreadable", f"sealed value for {label!r} does not open") from error

    def mac(self, label: str, message: bytes) -> str:
        """Return the 43 characters (URL-safe base64, no padding) of HMAC-SHA256 over `message` for `label`."""
        digest = hmac.digest(self.derive(label), message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def verify_mac(self, label: str, message: bytes, mac: str) -> bool:
        """Tell whether `mac`, a stranger's text, is the MAC of `message`, in a time that does not depend on it."""
        return hmac.compare_digest(self.mac(label, message).encode(), mac.encode("utf-8", "surrogatepass"))


def load_master_key(value: str | None, file: Path) -> MasterKey:
    """Return the key in `value` (base64 of 32 bytes), or where that is None the one in `file`, made when missing.

    A new file has mode 0400. Raises StartError, with what to do, when the key is short, a sample or no base64, or
    when the file can be read by everyone, written by others, or not at all.
    """
    if value is not None:
        return MasterKey(_decoded(value, "LIMNER_MASTER_KEY"))
    try:
        _make(file)
        _check_mode(file)
        return MasterKey(_decoded(file.read_text("ascii"), str(file)))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError("master_key_file", f"The master key file {file} cannot be used: {error}") from error


_HOW_TO_MAKE_ONE: Final = "Make one with: openssl rand -base64 32"


def _cipher(key: bytes) -> "AESGCM":
    """Return AES-256-GCM under `key`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see open_sealed

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


def _decoded(text: str, source: str) -> bytes:
    """Return the bytes of a base64 text in the ordinary or the URL-safe alphabet."""
    try:
        return base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise StartError("master_key_format", f"{source} is not base64. {_HOW_TO_MAKE_ONE}") from error


def _make(file: Path) -> None:
    """Make the key file unless it is there; of several processes that start at once, one makes it."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            file.hardlink_to(temporary)  # unlike a rename, fails when another process was first
        except FileExistsError:
            return
    finally:
        temporary.unlink()
    sync_folder(file.parent)  # a key lost in a power cut would leave everything sealed for ever


def _check_mode(file: Path) -> None:
    """Refuse a key that everyone may read or others may change. A group may read it (Kubernetes mounts it so)."""
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode):
        raise StartError("master_key_file", f"The master key file {file} is not a file.")
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        raise StartError(
            "master_key_exposed",
            f"The master key file {file} has mode {stat.S_IMODE(mode):04o}. Run: chmod 0400 {file}",
        )
