"""Copies of a SQLite file: whole while it is written, known for copies, and put back whole or not at all."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.dialects.witness import BEGUN, DONE, Witness, mark_of, set_mark
from db.engine import open_database
from db.migrations import copies_of, ensure_current, schema_is_current
from db.upkeep import backup
from db.upkeep.backup import make_copy, put_back
from services.errors import StartError
from tests.db.rows import add_pair, user_ids


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A migrated file."""
    path = tmp_path / "data" / "limner.db"
    path.parent.mkdir()
    ensure_current(f"sqlite:///{path}")
    return path


def fill(file: Path, *ids: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            "INSERT INTO users (id, first_seen_at_ms) VALUES (?, 0)", [(each,) for each in ids]
        )
        connection.commit()


def ids_in(file: Path) -> list[int]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM users ORDER BY id")]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


async def test_a_copy_that_is_made_while_others_write_holds_one_moment_of_them(
    file: Path, tmp_path: Path
) -> None:
    database = await open_database(f"sqlite:///{file}", data_folder=None)
    is_over = False

    async def write() -> None:
        number = 0
        while not is_over:
            number += 2
            await database.write(add_pair, number, number + 1)

    writing = asyncio.create_task(write())
    copied = [await asyncio.to_thread(make_copy, file, tmp_path / f"{number}.db") for number in range(5)]
    is_over = True
    await writing
    written = await database.read(user_ids)
    await database.close()

    for number, made in enumerate(copied):
        found = ids_in(tmp_path / f"{number}.db")
        assert found == written[: len(found)]
        assert len(found) % 2 == 0
        assert made.rows["users"] == len(found)
    assert copied[-1].rows["users"] > 0


def test_a_copy_is_one_file_for_its_owner_alone_and_knows_that_it_is_one(file: Path, tmp_path: Path) -> None:
    fill(file, 7)
    copied = make_copy(file, tmp_path / "backups" / "copy.db")

    assert names(tmp_path / "backups") == {"copy.db"}
    assert (tmp_path / "backups" / "copy.db").stat().st_mode & 0o777 == 0o600
    assert copied.size_bytes == (tmp_path / "backups" / "copy.db").stat().st_size
    with closing(sqlite3.connect(tmp_path / "backups" / "copy.db")) as connection:
        assert connection.execute("SELECT copied_at_ms > 0 FROM database_life").fetchone() == (1,)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT copied_at_ms FROM database_life").fetchone() in (None, (None,))


def test_a_copy_has_the_index_of_search_terms_and_goes_on_with_it(file: Path, tmp_path: Path) -> None:
    fill(file, 7)
    recipe = (
        "INSERT INTO recipes (code, user_id, body, words, created_at_ms) VALUES (?, 7, '{}', 'wgreen', 0)"
    )
    found = "SELECT rowid FROM recipe_words WHERE recipe_words MATCH '\"0000000000000007wgreen\"'"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(recipe, ("abcd2345",))
        connection.commit()
    copied = make_copy(file, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        connection.execute(recipe, ("abcd2346",))
        assert connection.execute(found).fetchall() == [(1,), (2,)]
        connection.execute("DELETE FROM recipes WHERE id = 1")
        assert connection.execute(found).fetchall() == [(2,)]

    assert copied.rows["recipes"] == 1


def test_nothing_is_written_over_and_nothing_is_left_of_what_failed(file: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("precious", "ascii")
    with pytest.raises(StartError, match="is there already"):
        make_copy(file, there)
    assert there.read_text("ascii") == "precious"
    data = bytearray(file.read_bytes())
    data[5 * 4096 : 5 * 4096 + 8] = b"\xff" * 8
    file.write_bytes(bytes(data))
    with pytest.raises(StartError):
        make_copy(file, tmp_path / "backups" / "copy.db")
    assert names(tmp_path / "backups") == set()


def test_a_copy_comes_back_and_what_was_there_lies_aside(file: Path, tmp_path: Path) -> None:
    fill(file, 1)
    make_copy(file, tmp_path / "copy.db")
    fill(file, 2)
    aside = put_back(tmp_path / "copy.db", file)

    assert ids_in(file) == [1]
    assert aside is not None
    assert ids_in(aside) == [1, 2]
    assert mark_of(file).read_text("ascii") == DONE
    assert schema_is_current(f"sqlite:///{file}")
    assert Witness(file).look().is_marked


def test_what_stood_in_the_log_of_the_present_one_goes_aside_with_it_and_is_not_read_into_the_copy(
    file: Path, tmp_path: Path
) -> None:
    make_copy(file, tmp_path / "copy.db")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO users (id, first_seen_at_ms) VALUES (9, 0)")
        connection.commit()
        for ending in ("", "-wal"):
            shutil.copy(f"{file}{ending}", f"{file}{ending}.killed")
    for ending in ("", "-wal"):
        Path(f"{file}{ending}.killed").replace(f"{file}{ending}")
    aside = put_back(tmp_path / "copy.db", file)

    assert ids_in(file) == []
    assert aside is not None
    assert ids_in(aside) == [9]


def test_a_damaged_database_is_replaced_as_well(file: Path, tmp_path: Path) -> None:
    fill(file, 1)
    make_copy(file, tmp_path / "copy.db")
    file.write_bytes(b"no database" * 1000)
    put_back(tmp_path / "copy.db", file)
    assert ids_in(file) == [1]


def _spoilt_copies(file: Path, folder: Path) -> Iterator[Path]:
    yield folder / "missing.db"
    yield file
    (folder / "text.db").write_text("hello", "ascii")
    yield folder / "text.db"
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE recipes (cake TEXT)")
    yield folder / "other.db"
    make_copy(file, folder / "newer.db")
    with closing(sqlite3.connect(folder / "newer.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    yield folder / "newer.db"
    make_copy(file, folder / "damaged.db")
    data = bytearray((folder / "damaged.db").read_bytes())
    data[9 * 4096 : 9 * 4096 + 8] = b"\xff" * 8
    (folder / "damaged.db").write_bytes(bytes(data))
    yield folder / "damaged.db"


def test_what_is_no_whole_copy_of_ours_changes_nothing(file: Path, tmp_path: Path) -> None:
    fill(file, 1)
    for copy in _spoilt_copies(file, tmp_path):
        before = file.read_bytes()
        with pytest.raises(StartError):
            put_back(copy, file)
        assert file.read_bytes() == before, copy.name
        assert not mark_of(file).exists(), copy.name
        assert not [name for name in names(file.parent) if "restoring" in name or "aside" in name]


def test_a_restore_that_was_killed_half_way_keeps_the_start_from_going_on_until_it_is_run_again(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file, 1)
    make_copy(file, tmp_path / "copy.db")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backup, "sync_folder", die)
        with pytest.raises(KeyboardInterrupt):
            put_back(tmp_path / "copy.db", file)
    set_mark(file, BEGUN)
    file.unlink()
    for _ in range(2):
        with pytest.raises(StartError) as caught:
            ensure_current(f"sqlite:///{file}")
        assert caught.value.code == "restore_interrupted"
    put_back(tmp_path / "copy.db", file)
    ensure_current(f"sqlite:///{file}")
    assert ids_in(file) == [1]


def test_the_place_is_another_one_for_whatever_was_copied_or_unpacked(file: Path, tmp_path: Path) -> None:
    first = Witness(file).look().place
    assert Witness(file).look().place == first
    moved = tmp_path / "moved"
    shutil.copytree(file.parent, moved)
    assert Witness(moved / "limner.db").look().place != first
    shutil.copy2(moved / "limner.db.place", file.parent / "limner.db.place")
    again = Witness(file).look().place
    assert again != first
    shutil.rmtree(file.parent)
    shutil.copytree(moved, file.parent)
    assert Witness(file).look().place not in {first, again}


def test_the_count_of_orders_only_grows_and_outlives_its_process(file: Path) -> None:
    witness = Witness(file)
    for sends in (3, 5, 4):
        witness.note_sends(sends)
    witness.close()
    assert Witness(file).look().sends == 5


def test_copies_that_we_made_by_ourselves_are_named_first_when_the_database_is_gone(file: Path) -> None:
    fill(file, 1)
    made = file.parent / "backups" / "limner-20260102-030405.db"
    make_copy(file, made)
    file.unlink()
    assert copies_of(file) == [made]
    with pytest.raises(StartError) as caught:
        ensure_current(f"sqlite:///{file}")
    assert f"python bot.py restore '{made}'" in str(caught.value)
    assert not file.exists()


def test_a_database_that_was_started_here_and_is_gone_is_never_begun_anew(file: Path) -> None:
    Witness(file).look()
    file.unlink()
    with pytest.raises(StartError, match="the file is missing or empty"):
        ensure_current(f"sqlite:///{file}")
    assert not file.exists()
