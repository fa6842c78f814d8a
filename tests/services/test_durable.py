from pathlib import Path

import pytest

from services.durable import sync_folder


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_leaves_no_descriptor_open(tmp_path: Path) -> None:
    before = open_descriptors()
    for _ in range(10):
        sync_folder(tmp_path)
    assert open_descriptors() == before


def test_says_when_the_folder_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "gone")
