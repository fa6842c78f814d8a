"""The image store: bytes kept under their own SHA-256, so that a name can never lead to other bytes."""

import asyncio
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar

from services.durable import sync_folder
from services.errors import StorageError

_P = ParamSpec("_P")
_T = TypeVar("_T")

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TEMPORARY: Final = "temporary"
_CODES: Final[Mapping[int, str]] = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",  # the process's own file size limit (RLIMIT_FSIZE)
    errno.ENOENT: "image_missing",
}


@dataclass(frozen=True, slots=True)
class StoredImage:
    """What the store has kept: the SHA-256 in hex, which is the name, and the size."""

    digest: str
    size_bytes: int


class ImageStore(Protocol):
    """Keeps bytes by content. All failures are StorageErrors."""

    async def put(self, data: bytes) -> StoredImage:
        """Keep `data`; when this returns, a power cut cannot lose it. Putting the same bytes again changes nothing."""

    async def get(self, digest: str) -> bytes:
        """Return the bytes of that digest. Raises StorageError "image_missing" or "image_damaged"."""

    async def delete(self, digest: str) -> bool:
        """Remove the bytes; return whether there were any."""

    async def sweep_temporary(self, *, older_than_s: float) -> int:
        """Remove what interrupted puts of more than `older_than_s` seconds ago left; return how many."""


class FolderStore:
    """An `ImageStore` in a folder: `ab/cd/abcd...`, written beside it first and renamed when safe on the disk."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made at the first put."""
        self._folder = folder

    def path_of(self, digest: str) -> Path:
        """Return where the bytes of `digest` lie. Raises StorageError("image_missing") for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise StorageError("image_missing", f"not a SHA-256 digest: {digest[:80]!r}")
        return self._folder / digest[:2] / digest[2:4] / digest

    async def put(self, data: bytes) -> StoredImage:
        """Keep `data` (see `ImageStore`); a damaged copy is written anew. Raises StorageError("disk_full")."""
        return await in_thread(self._put, data)

    async def get(self, digest: str) -> bytes:
        """Return the bytes, their hash verified. Raises StorageError "image_missing" or "image_damaged"."""
        return await in_thread(self._get, digest)

    async def delete(self, digest: str) -> bool:
        """Remove the bytes; return whether there were any."""
        return await in_thread(self._delete, digest)

    async def sweep_temporary(self, *, older_than_s: float = 3600) -> int:
        """Remove leftovers; 0 seconds where this process is the folder's only user, at its start."""
        return await in_thread(self._sweep_temporary, time.time() - older_than_s)

    def _put(self, data: bytes) -> StoredImage:
        stored = StoredImage(hashlib.sha256(data).hexdigest(), len(data))
        path = self.path_of(stored.digest)
        if not _holds(path, stored.digest):
            _make_folders(self._folder, path.parent)
            temporary = self._folder / _TEMPORARY
            _make_folders(self._folder, temporary)
            _write(temporary / f"{stored.digest}.{secrets.token_hex(8)}", path, data)
        return stored

    def _get(self, digest: str) -> bytes:
        data = self.path_of(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise StorageError("image_damaged", f"the file of {digest} holds {len(data)} other bytes")
        return data

    def _delete(self, digest: str) -> bool:
        path = self.path_of(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True

    def _sweep_temporary(self, before_s: float) -> int:
        folder, removed = self._folder / _TEMPORARY, 0
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):  # its put has just ended, or another process sweeps too
                if path.stat().st_mtime <= before_s:
                    path.unlink()
                    removed += 1
        return removed


async def in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run file work in a thread; every OSError becomes a StorageError, cause kept."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        code = _CODES.get(error.errno or 0, "image_store_failed")
        raise StorageError(code, f"{type(error).__name__}: {error}") from error


def _holds(path: Path, digest: str) -> bool:
    """Tell whether `path` is a whole file of that digest."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


def _write(temporary: Path, path: Path, data: bytes) -> None:
    """Write `data` to `temporary`, then give it its name; a reader sees all of it or nothing."""
    try:
        with open(temporary, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _private(path: str, flags: int) -> int:
    """Open a file that its owner alone may read: pictures are private until shared."""
    return os.open(path, flags, 0o600)


def _make_folders(root: Path, folder: Path) -> None:
    """Make `folder` below `root`; each new name is made safe in the folder above it."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folders(root, folder.parent)
    folder.mkdir(mode=0o700, parents=folder == root, exist_ok=True)
    sync_folder(folder.parent)
