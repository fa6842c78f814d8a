"""`bot.py keys`: counting, rotating a file's key and a setting's, on both databases."""

import base64
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.keys import main
from db.dialects.lock import take_lock
from db.dialects.place import find_place
from db.engine import open_database
from db.people import provider_keys
from db.people.provider_keys import NewKey
from services.master_key_file import load_master_key, make_key_file, new_file_of, read_key_file
from services.models import Payer
from services.sealed_keys import open_key, seal_anew, seal_key
from services.secrets import MasterKey
from tests.databases import run_apart

SECRET = "canary-of-the-cli-91bd"
OWNERS = range(1, 6)


@pytest.fixture
def url(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the schema, named to the verb as an operator does."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIMNER_MASTER_KEY", "LIMNER_OLD_MASTER_KEY", "LIMNER_OLD_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LIMNER_DATA", str(tmp_path))
    monkeypatch.setenv("LIMNER_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    return database_url


def bring_keys(url: str, master_key: MasterKey) -> None:
    async def bring() -> None:
        database = await open_database(url, data_folder=None)
        for owner in OWNERS:
            new = NewKey("fal", Payer.USER, owner, SECRET[-4:], owner)
            await database.write(
                provider_keys.insert_key, new, lambda place: seal_key(master_key, SECRET, place)
            )
        await database.close()

    run_apart(bring())


def keys_that_open(url: str, master_key: MasterKey) -> int:
    async def count() -> int:
        database = await open_database(url, data_folder=None)
        rows = await database.read(provider_keys.keys_under_others, "", 100)
        await database.close()
        opened = [row for row in rows if row.sealed.master_key_id == master_key.id]
        return sum(open_key(master_key, row.sealed, row.place) == SECRET for row in opened)

    return run_apart(count())


def test_rotating_a_file_s_key_exchanges_it_and_seals_every_key_with_the_new_one(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = load_master_key(None, tmp_path / "master.key")
    bring_keys(url, before)
    assert main(["rotate"]) == 0
    after = read_key_file(tmp_path / "master.key")
    assert after.id != before.id
    assert keys_that_open(url, after) == len(OWNERS)
    said = capsys.readouterr().out
    assert f"{after.id}; 5 keys were sealed" in said
    assert "master.key.old" in said


@pytest.mark.parametrize("sealed_before_the_kill", [0, 2, 5])
def test_a_rotation_that_was_killed_goes_on_with_the_key_that_it_had_begun_with(
    sealed_before_the_kill: int, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "master.key"
    before = load_master_key(None, file)
    bring_keys(url, before)
    make_key_file(new_file_of(file))
    begun = read_key_file(new_file_of(file))

    async def seal_some() -> None:
        database = await open_database(url, data_folder=None)
        rows = (await database.read(provider_keys.keys_under_others, begun.id, 100))[:sealed_before_the_kill]
        renewed = [(row, seal_anew(before, begun, row.sealed, row.place)) for row in rows]
        await database.write(provider_keys.replace_data_keys, renewed)
        await database.close()

    run_apart(seal_some())
    assert main(["rotate"]) == 0
    assert read_key_file(file).id == begun.id
    assert keys_that_open(url, begun) == len(OWNERS)


def test_a_key_in_the_environment_is_changed_from_the_old_setting_to_the_new_one(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (secrets.token_bytes(32) for _ in range(2))
    bring_keys(url, MasterKey(old))
    monkeypatch.setenv("LIMNER_MASTER_KEY", base64.b64encode(new).decode())
    monkeypatch.setenv("LIMNER_OLD_MASTER_KEY", base64.b64encode(old).decode())
    assert main(["rotate"]) == 0
    assert keys_that_open(url, MasterKey(new)) == len(OWNERS)
    assert f"5 keys are now sealed with the master key {MasterKey(new).id}" in capsys.readouterr().out


def test_a_key_in_the_environment_without_the_old_one_is_refused_with_what_to_do(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = secrets.token_bytes(32)
    bring_keys(url, MasterKey(key))
    monkeypatch.setenv("LIMNER_MASTER_KEY", base64.b64encode(key).decode())
    assert main(["rotate"]) == 2
    assert "LIMNER_OLD_MASTER_KEY" in capsys.readouterr().err
    assert keys_that_open(url, MasterKey(key)) == len(OWNERS)


def test_the_list_counts_and_shows_no_key(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_keys(url, load_master_key(None, tmp_path / "master.key"))
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert "fal          user     5 in use\n" in said
    assert SECRET not in said
    assert SECRET[-4:] not in said


def test_the_list_says_which_keys_nothing_here_opens(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    gone = MasterKey(secrets.token_bytes(32))
    bring_keys(url, gone)
    assert main(["list"]) == 0
    assert f"{gone.id}, WHICH IS NOT HERE" in capsys.readouterr().out


def test_the_list_of_nothing_says_so(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert url
    assert main(["list"]) == 0
    assert "nobody has brought one" in capsys.readouterr().out


@pytest.fixture
def sqlite_folder(_sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a SQLite database, named to the verb by LIMNER_DATA alone."""
    shutil.copy(_sqlite_template, tmp_path / "limner.db")
    monkeypatch.setenv("LIMNER_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("verb", ["list", "rotate"])
def test_beside_a_running_bot_a_sqlite_file_is_refused_with_its_owner(
    verb: str, sqlite_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = load_master_key(None, sqlite_folder / "master.key")
    lock = take_lock(sqlite_folder / "limner.db")
    assert main([verb]) == 2
    lock.release()
    assert "is in use by Limner" in capsys.readouterr().err
    assert read_key_file(sqlite_folder / "master.key").id == before.id


def test_a_database_of_another_schema_is_left_alone(
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("LIMNER_DATA", str(tmp_path))
    monkeypatch.setenv("LIMNER_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    file = find_place(empty_database_url, tmp_path).file
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA user_version = 1")  # a database, and nothing in it yet
    assert main(["list"]) == 2
    assert "bot.py migrate" in capsys.readouterr().err
