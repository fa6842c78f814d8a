"""A damaged or lost SQLite file is refused with what to type, and never silently started anew."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.migrations import ensure_current, schema_is_current
from services.errors import StartError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A migrated file of some 400 pages."""
    path = tmp_path / "limner.db"
    ensure_current(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        rows = ((number, number) for number in range(60_000))
        connection.executemany("INSERT INTO users (id, first_seen_at_ms) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _page_starts(file: Path) -> list[int]:
    return list(range(0, file.stat().st_size, 4096))


def test_b4_flipped_bytes_in_the_structure_are_refused_twenty_times_of_twenty(
    file: Path, tmp_path: Path
) -> None:
    chance = random.Random(11)
    for number in range(20):
        damaged = tmp_path / f"damaged-{number}.db"
        shutil.copy(file, damaged)
        data = bytearray(damaged.read_bytes())
        start = 0 if number < 4 else chance.choice(_page_starts(damaged)[1:])
        for offset in range(8):
            data[start + offset] ^= 0xFF
        damaged.write_bytes(data)
        with pytest.raises(StartError) as caught:
            ensure_current(f"sqlite:///{damaged}")
        assert caught.value.code == "database_broken"
        assert f"{damaged} is damaged" in str(caught.value)
        assert "python bot.py restore FILE" in str(caught.value)
        assert damaged.read_bytes() == bytes(data)


def test_b4_a_file_cut_short_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8192])
    with pytest.raises(StartError, match="is damaged"):
        ensure_current(f"sqlite:///{file}")


@pytest.mark.parametrize("is_empty", [True, False], ids=["empty", "missing"])
def test_b4_a_lost_file_with_a_copy_beside_it_names_the_command(file: Path, is_empty: bool) -> None:
    copy = file.with_name("limner.db.before-0002")
    file.rename(copy)
    if is_empty:
        file.touch()
    with pytest.raises(StartError) as caught:
        ensure_current(f"sqlite:///{file}")
    assert f"python bot.py restore '{copy}'" in str(caught.value)
    assert not file.exists() or file.stat().st_size == 0


def test_b4_a_lost_file_whose_wal_is_there_is_refused(file: Path) -> None:
    file.with_name("limner.db-wal").write_bytes(b"x" * 32)
    file.unlink()
    with pytest.raises(StartError, match="the file is missing or empty"):
        ensure_current(f"sqlite:///{file}")


def test_a_first_start_that_was_killed_before_its_first_byte_is_a_first_start(tmp_path: Path) -> None:
    (tmp_path / "limner.db").touch()
    ensure_current(f"sqlite:///{tmp_path / 'limner.db'}")
    assert schema_is_current(f"sqlite:///{tmp_path / 'limner.db'}")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "limner.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (cake TEXT)")
    before = path.read_bytes()
    with pytest.raises(StartError) as caught:
        ensure_current(f"sqlite:///{path}")
    assert caught.value.code == "database_not_ours"
    assert path.read_bytes() == before


def test_what_an_unclean_stop_left_in_the_wal_is_read(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO users (id, first_seen_at_ms) VALUES (-1, 0)")
        connection.commit()
        for name in ("limner.db", "limner.db-wal"):
            (tmp_path / "killed").mkdir(exist_ok=True)
            shutil.copy(tmp_path / name, tmp_path / "killed" / name)
    copied = tmp_path / "killed" / "limner.db"
    assert copied.with_name("limner.db-wal").stat().st_size > 0
    assert schema_is_current(f"sqlite:///{copied}")
    with closing(sqlite3.connect(copied)) as connection:
        assert connection.execute("SELECT count(*) FROM users WHERE id = -1").fetchone() == (1,)
