"""The search for leaked keys finds them: otherwise its silence would say nothing."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.canaries import check_nothing_leaked, fake_keys


@pytest.mark.parametrize("name", ["bot.log", "images/ab/picture", "playground/transcript.jsonl"])
def test_a_key_in_any_file_is_found(tmp_path: Path, name: str) -> None:
    keys = fake_keys()
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"... {keys['FAL_KEY']} ...")

    with pytest.raises(AssertionError, match="FAL_KEY in"):
        check_nothing_leaked(tmp_path, keys)


def test_a_key_in_a_row_of_the_database_is_found(tmp_path: Path) -> None:
    keys = fake_keys()
    with closing(sqlite3.connect(tmp_path / "limner.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (keys["OPENAI_API_KEY"],))
        connection.commit()

    with pytest.raises(AssertionError, match=r"OPENAI_API_KEY in limner\.db"):
        check_nothing_leaked(tmp_path, keys)


def test_a_key_in_base64_is_found(tmp_path: Path) -> None:
    keys = fake_keys()
    (tmp_path / "x").write_bytes(base64.b64encode(keys["BFL_API_KEY"].encode()))

    with pytest.raises(AssertionError, match="BFL_API_KEY in x"):
        check_nothing_leaked(tmp_path, keys)


def test_files_that_hold_keys_on_purpose_are_passed_over(tmp_path: Path) -> None:
    keys = fake_keys()
    (tmp_path / "master.key").write_text(keys["LIMNER_MASTER_KEY"])

    check_nothing_leaked(tmp_path, keys)
