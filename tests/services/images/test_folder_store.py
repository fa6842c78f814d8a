import asyncio
import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from services.errors import StorageError
from services.images import folder_store
from services.images.folder_store import FolderStore, in_thread
from tests.waiting import HANGS_AFTER_S, until

DATA = b"a picture"
DIGEST = hashlib.sha256(DATA).hexdigest()

WRITE_UNDER_LIMIT = """
import asyncio, resource, sys
from pathlib import Path
from services.errors import StorageError
from services.images.folder_store import FolderStore

resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
store = FolderStore(Path(sys.argv[1]))
try:
    asyncio.run(store.put(bytes(20_000)))
except StorageError as error:
    print(error.code)
"""

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from services.images import folder_store

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
folder_store.sync_folder = lambda _: None
import asyncio
asyncio.run(folder_store.FolderStore(Path(sys.argv[1])).put(b"a picture"))
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "images")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_keeps_files_two_folders_deep_for_the_owner_only(store: FolderStore, tmp_path: Path) -> None:
    await store.put(DATA)
    path = store.path_of(DIGEST)
    assert files(tmp_path / "images") == [f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_putting_the_same_bytes_again_leaves_the_file_alone(store: FolderStore) -> None:
    first = await store.put(DATA)
    before = store.path_of(DIGEST).stat()
    assert await store.put(DATA) == first
    assert store.path_of(DIGEST).stat().st_ino == before.st_ino


async def test_putting_again_mends_a_damaged_file(store: FolderStore) -> None:
    await store.put(DATA)
    store.path_of(DIGEST).write_bytes(b"")
    await store.put(DATA)
    assert await store.get(DIGEST) == DATA


async def test_many_puts_at_once_keep_everything_and_leave_nothing_over(
    store: FolderStore, tmp_path: Path
) -> None:
    stored = await asyncio.gather(*(store.put(b"%d" % (number % 20)) for number in range(100)))
    assert len({image.digest for image in stored}) == 20
    assert len(files(tmp_path / "images")) == 20


async def test_whoever_is_cancelled_while_a_picture_is_prepared_leaves_nothing_behind(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_writing, may_go_on = threading.Event(), threading.Event()

    def sync(_descriptor: int) -> None:
        is_writing.set()
        may_go_on.wait(HANGS_AFTER_S)

    monkeypatch.setattr(os, "fsync", sync)
    preparing = asyncio.create_task(store.prepare(DATA))
    await until(is_writing.is_set)
    assert len(files(tmp_path)) == 1
    preparing.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await preparing

    assert files(tmp_path) == []


async def test_the_names_of_all_new_folders_are_safe_when_a_put_returns(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(folder_store, "sync_folder", synced.append)
    await store.put(DATA)

    folder = store.path_of(DIGEST).parent
    assert set(synced) == {folder, folder.parent, tmp_path / "images", tmp_path}
    assert synced[0] == folder  # the file has its name by then


@pytest.mark.parametrize("content", [b"", b"other bytes", DATA + b"x"])
async def test_never_gives_out_bytes_of_another_hash(store: FolderStore, content: bytes) -> None:
    await store.put(DATA)
    store.path_of(DIGEST).write_bytes(content)
    with pytest.raises(StorageError) as caught:
        await store.get(DIGEST)
    assert caught.value.code == "image_damaged"


async def test_sweeps_only_leftovers_that_are_old_enough(store: FolderStore, tmp_path: Path) -> None:
    assert await store.sweep_temporary() == 0
    await store.put(DATA)
    leftovers = tmp_path / "images" / "temporary"
    for name, age_s in (("old", 7200), ("new", 0)):
        (leftovers / name).write_bytes(b"half")
        os.utime(leftovers / name, (time.time() - age_s,) * 2)
    assert await store.sweep_temporary() == 1
    assert files(leftovers) == ["new"]
    assert await store.sweep_temporary(older_than_s=0) == 1
    assert await store.get(DIGEST) == DATA


def test_a_process_killed_while_writing_leaves_no_image_and_a_leftover_to_sweep(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)], check=False)
    (leftover,) = files(tmp_path)
    assert leftover.startswith("temporary/")
    store = FolderStore(tmp_path)
    assert not store.path_of(DIGEST).exists()
    assert asyncio.run(store.sweep_temporary(older_than_s=0)) == 1
    asyncio.run(store.put(DATA))
    assert files(tmp_path) == [f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]


def test_says_that_the_disk_is_full_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITE_UNDER_LIMIT, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert done.stdout == "disk_full\n"
    assert files(tmp_path) == []


async def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        await FolderStore(tmp_path / "file").put(DATA)
    assert caught.value.code == "image_store_failed"
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EFBIG, "disk_full"),
        (errno.ENOENT, "image_missing"), (errno.EIO, "image_store_failed"), (errno.EACCES, "image_store_failed"),
    ],
)  # fmt: skip
async def test_every_failure_of_the_disk_becomes_a_storage_error(number: int, code: str) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(StorageError) as caught:
        await in_thread(fail)
    assert caught.value.code == code
    assert isinstance(caught.value.__cause__, OSError)
