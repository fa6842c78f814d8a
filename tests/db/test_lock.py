"""One process owns a SQLite file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from db.dialects.lock import lock_path, locked, take_lock
from db.engine import open_database
from db.migrations import ensure_current, schema_is_current
from services.errors import StartError

_HOLD = """
import sys
from pathlib import Path
from db.dialects.lock import take_lock
lock = take_lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def _owner(file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_with_the_owner_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "limner.db"
    owner = _owner(file)
    try:
        with pytest.raises(StartError) as caught:
            take_lock(file)
        assert caught.value.code == "database_in_use"
        for part in (f"process {owner.pid}", "started 20", str(file), "stop that process", "LIMNER_DATA"):
            assert part in str(caught.value)
    finally:
        _end(owner)


def test_a_killed_owner_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "limner.db"
    _end(_owner(file))
    assert lock_path(file).exists()
    take_lock(file).release()


def test_the_lock_file_names_the_owner_and_is_for_its_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "limner.db"
    with locked(file):
        assert lock_path(file).read_text().startswith(f"{os.getpid()} 20")
        assert lock_path(file).stat().st_mode & 0o777 == 0o600
    assert lock_path(file).read_text() == ""


async def test_opening_takes_the_lock_and_closing_gives_it_back(tmp_path: Path) -> None:
    file = tmp_path / "limner.db"
    database = await open_database(f"sqlite:///{file}", data_folder=None)
    with pytest.raises(StartError, match="in use"):
        await open_database("sqlite:///limner.db", data_folder=tmp_path)
    await database.close()
    await database.close()
    take_lock(file).release()


async def test_a_link_to_the_file_is_the_same_file(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path / 'limner.db'}", data_folder=None)
    (tmp_path / "link.db").symlink_to(tmp_path / "limner.db")
    with pytest.raises(StartError, match="in use"):
        await open_database(f"sqlite:///{tmp_path / 'link.db'}", data_folder=None)
    await database.close()


@pytest.mark.parametrize("ask", [schema_is_current, ensure_current], ids=["looking", "migrating"])
def test_nobody_migrates_beside_a_running_bot(tmp_path: Path, ask: object) -> None:
    assert callable(ask)
    with locked(tmp_path / "limner.db"), pytest.raises(StartError, match="in use"):
        ask(f"sqlite:///{tmp_path / 'limner.db'}")


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError) as caught:
        await open_database(f"sqlite:///{tmp_path / 'file' / 'limner.db'}", data_folder=None)
    assert caught.value.code == "database_folder"
    assert str(tmp_path / "file") in str(caught.value)


async def test_a_failed_opening_keeps_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "limner.db"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(Exception, match="not a database"):
        await open_database(f"sqlite:///{file}", data_folder=None)
    take_lock(file).release()
