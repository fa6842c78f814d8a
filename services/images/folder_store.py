"""An `ImageStore` in a folder of this machine: `ab/cd/abcd...`, written beside it first and renamed when safe."""

import asyncio
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from services.crash_points import crash_point
from services.durable import sync_folder
from services.errors import StorageError
from services.images.pixels import begin_in_thread, to_the_end
from services.images.store import THUMBNAILS, StoredFile, StoredImage, digest_of, key_of, thumbnail_key_of

_P = ParamSpec("_P")
_T = TypeVar("_T")

_TEMPORARY: Final = "temporary"
_CODES: Final[Mapping[int, str]] = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",  # the process's own file size limit (RLIMIT_FSIZE)
    errno.ENOENT: "image_missing",
}


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A picture's bytes, safe in a temporary file; without one its place held them already."""

    store: "FolderStore"
    stored: StoredImage
    temporary: Path | None

    async def keep(self) -> StoredImage:
        """Give the file its name."""
        await in_thread(self.name)
        return self.stored

    async def drop(self) -> None:
        """Remove the temporary file."""
        await in_thread(self._remove)

    def name(self) -> None:
        """Give the file its name, safe from a power cut; a reader sees all of it or nothing. Blocks, raises OSError."""
        path = self.store.path_of(self.stored.digest)
        if self.temporary is not None:
            _rename(self.temporary, path)
        # Also of a file that was there: whoever put it may not have come so far.
        self.store.make_name_safe(path)

    def _remove(self) -> None:
        if self.temporary is not None:
            self.temporary.unlink(missing_ok=True)


class FolderStore:
    """Pictures as files. One machine's: other machines do not see them."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made at the first put."""
        self._folder = folder
        self._safe: set[Path] = set()
        """Folders right below it whose own names are known to outlive a power cut: 256 at most."""

    def path_of(self, digest: str) -> Path:
        """Return where the bytes of `digest` lie. Raises StorageError("image_missing") for what is no digest."""
        return self._folder / key_of(digest)

    async def prepare(self, data: bytes) -> PreparedFile:
        """Write `data` to a temporary file. Raises StorageError("disk_full")."""
        writing = begin_in_thread(self._prepare, data)
        try:
            with _crossed():
                return await to_the_end(writing)
        except asyncio.CancelledError:
            if not writing.cancelled() and writing.exception() is None:
                with suppress(StorageError):  # what is left is swept; the caller is cancelled all the same
                    await writing.result().drop()
            raise

    async def put(self, data: bytes) -> StoredImage:
        """Keep `data` (see `ImageStore`); a damaged copy is written anew. Raises StorageError("disk_full")."""
        return await in_thread(self._put, data)

    async def get(self, digest: str) -> bytes:
        """Return the bytes, their hash verified. Raises StorageError "image_missing" or "image_damaged"."""
        return await in_thread(self._get, digest)

    async def delete(self, digest: str) -> None:
        """Remove the bytes and their thumbnail, if there are any."""
        await in_thread(_remove, self.path_of(digest), self._thumbnail_path(digest))

    async def put_thumbnail(self, digest: str, data: bytes) -> None:
        """Keep a thumbnail. Raises StorageError("disk_full")."""
        await in_thread(self._put_thumbnail, digest, data)

    async def get_thumbnail(self, digest: str) -> bytes | None:
        """Return a thumbnail, None where there is none."""
        return await in_thread(self._get_thumbnail, digest)

    async def delete_thumbnail(self, digest: str) -> None:
        """Remove a thumbnail, if there is one."""
        await in_thread(_remove, self._thumbnail_path(digest))

    async def sweep_thumbnails(self, *, older_than_s: float) -> int:
        """Remove old thumbnails."""
        return await in_thread(self._sweep_thumbnails, time.time() - older_than_s)

    async def list_files(self, after: str, limit: int) -> Sequence[StoredFile]:
        """Return the next files in the order of their digests, none at the end."""
        return await in_thread(self._list_files, after, limit)

    async def sweep_temporary(self, *, older_than_s: float = 3600) -> int:
        """Remove leftovers; 0 seconds where this process is the folder's only user, at its start."""
        return await in_thread(self._sweep_temporary, time.time() - older_than_s)

    async def check(self) -> None:
        """Write something beside the pictures, and remove it. Raises StorageError."""
        await in_thread(self._check)

    async def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _put(self, data: bytes) -> StoredImage:
        prepared = self._prepare(data)
        prepared.name()
        return prepared.stored

    def _prepare(self, data: bytes) -> PreparedFile:
        stored = StoredImage(hashlib.sha256(data).hexdigest(), len(data))
        path = self.path_of(stored.digest)
        if _holds(path, stored.digest):
            return PreparedFile(self, stored, None)
        self._make_folder(path.parent)
        temporary = self._new_temporary(stored.digest)
        _write(temporary, data)
        return PreparedFile(self, stored, temporary)

    def make_name_safe(self, path: Path) -> None:
        """Make a file's name outlive a power cut, and those of its folders, which any put may have just made.

        All at once after the rename: the first one takes what the disk takes, the others have nothing left to do.
        Blocks, raises OSError.
        """
        first = path.parent.parent
        sync_folder(path.parent)
        sync_folder(first)
        if first not in self._safe:
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
            self._safe.add(first)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder of ours where there is none, for its owner alone; its name is not safe yet."""
        if folder.is_dir():
            return
        if folder != self._folder:
            self._make_folder(folder.parent)
        self._safe.discard(folder)
        folder.mkdir(mode=0o700, parents=folder == self._folder, exist_ok=True)

    def _new_temporary(self, name: str) -> Path:
        folder = self._folder / _TEMPORARY
        self._make_folder(folder)
        return folder / f"{name}.{secrets.token_hex(8)}"

    def _get(self, digest: str) -> bytes:
        data = self.path_of(digest).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise StorageError("image_damaged", f"the file of {digest} holds {len(data)} other bytes")
        return data

    def _thumbnail_path(self, digest: str) -> Path:
        return self._folder / thumbnail_key_of(digest)

    def _put_thumbnail(self, digest: str, data: bytes) -> None:
        path = self._thumbnail_path(digest)
        self._make_folder(path.parent)
        temporary = self._new_temporary(f"{THUMBNAILS}-{digest}")
        _write(temporary, data)
        _rename(temporary, path)

    def _get_thumbnail(self, digest: str) -> bytes | None:
        try:
            return self._thumbnail_path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def _sweep_thumbnails(self, before_s: float) -> int:
        return _sweep((self._folder / THUMBNAILS).glob("*/*/*"), before_s)

    def _list_files(self, after: str, limit: int) -> list[StoredFile]:
        return list(islice(self._files_after(after), limit))

    def _files_after(self, after: str) -> Iterator[StoredFile]:
        """Yield files in order. Only the folders on the way to `after` and behind it are read, one at a time."""
        now_s = time.time()
        for first in _names_from(self._folder, after[:2]):
            if len(first) != 2:  # beside the pictures: thumbnails, temporary files
                continue
            is_first = first == after[:2]
            for second in _names_from(self._folder / first, after[2:4] if is_first else ""):
                for name in _names_from(self._folder / first / second, after):
                    path = self._folder / first / second / name
                    if name > after and digest_of(f"{first}/{second}/{name}") is not None:
                        with suppress(FileNotFoundError):  # deleted just now
                            seen = path.stat()
                            yield StoredFile(name, seen.st_size, now_s - seen.st_mtime)

    def _sweep_temporary(self, before_s: float) -> int:
        return _sweep((self._folder / _TEMPORARY).glob("*"), before_s)

    def _check(self) -> None:
        probe = self._new_temporary("check")
        # A name of its own: other processes that share the folder look at the same moment.
        written = probe.with_name(f"{probe.name}.written")
        _write(probe, b"Limner looks whether it may write here.")
        _rename(probe, written)
        written.unlink()


async def in_thread(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run file work in a thread; every OSError becomes a StorageError, cause kept."""
    with _crossed():
        return await asyncio.to_thread(work, *args, **kwargs)


@contextmanager
def _crossed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = _CODES.get(error.errno or 0, "image_store_failed")
        raise StorageError(code, f"{type(error).__name__}: {error}") from error


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)


def _sweep(paths: Iterable[Path], before_s: float) -> int:
    removed = 0
    for path in paths:
        with suppress(FileNotFoundError):  # its put has just ended, or another process sweeps too
            if path.stat().st_mtime <= before_s:
                path.unlink()
                removed += 1
    return removed


def _names_from(folder: Path, first: str) -> list[str]:
    """Return the names in `folder` that do not come before `first`, in order; none where it is no folder."""
    try:
        return sorted(name for name in os.listdir(folder) if name >= first)  # noqa: PTH208 - names are all we need
    except (FileNotFoundError, NotADirectoryError):
        return []


def _holds(path: Path, digest: str) -> bool:
    """Tell whether `path` is a whole file of that digest."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


def _write(temporary: Path, data: bytes) -> None:
    """Write `data` to a new file, safe from a power cut but for its name."""
    try:
        with open(temporary, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    crash_point("store.half_written")


def _rename(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    """Open a file that its owner alone may read: pictures are private until shared."""
    return os.open(path, flags, 0o600)
