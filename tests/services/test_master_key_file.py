import base64
import itertools
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.errors import StartError
from services.master_key_file import (
    exchange_key_file,
    load_master_key,
    make_key_file,
    new_file_of,
    read_key_file,
)
from services.secrets import MasterKey

RANDOM = bytes.fromhex("9f1b3c7a5de04482b6c9f07711aa02e35f8d6c4b2a190837465564738291a0bf")
KEY = MasterKey(RANDOM)
OTHER = MasterKey(RANDOM[::-1])


def text_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.mark.parametrize(
    "alphabet", [base64.b64encode, base64.urlsafe_b64encode], ids=["ordinary base64", "url-safe base64"]
)
def test_takes_a_key_from_the_setting_and_leaves_the_file_alone(alphabet: object, tmp_path: Path) -> None:
    assert callable(alphabet)
    key = load_master_key(f" {alphabet(RANDOM).decode()}\n", tmp_path / "none")
    assert key.derive("x") == KEY.derive("x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "weak_master_key"),
        ("not base64!", "master_key_format"),
        ("schl\u00fcssel", "master_key_format"),
        (base64.b64encode(RANDOM[:31]).decode(), "weak_master_key"),
        (base64.b64encode(RANDOM + b"x").decode(), "weak_master_key"),
        (base64.b64encode(bytes(32)).decode(), "weak_master_key"),
        (base64.b64encode(bytes(range(32))).decode(), "weak_master_key"),
        (base64.b64encode(b"abcd" * 8).decode(), "weak_master_key"),
        (base64.b64encode(b"please change me before starting").decode(), "weak_master_key"),
    ],
    ids=["empty", "no base64", "no ASCII", "short", "long", "zeros", "ascending", "repeated", "words"],
)
def test_refuses_a_weak_key_without_showing_it(value: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(StartError) as caught:
        load_master_key(value, tmp_path / "master.key")
    assert caught.value.code == code
    assert not value or value not in str(caught.value)
    assert "openssl rand" in str(caught.value)


def test_makes_a_file_that_only_its_owner_can_read_and_reads_it_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "master.key"
    first = load_master_key(None, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]
    assert load_master_key(None, file).derive("x") == first.derive("x")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: load_master_key(None, file), range(64)))
    assert len({key.derive("x") for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o404, 0o444, 0o644, 0o402, 0o420])
def test_refuses_a_file_that_others_can_read_or_change(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    load_master_key(None, file)
    file.chmod(mode)
    with pytest.raises(StartError, match="chmod 0400") as caught:
        load_master_key(None, file)
    assert caught.value.code == "master_key_exposed"


def test_takes_a_file_that_its_group_can_read(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    load_master_key(None, file)
    file.chmod(0o440)
    assert isinstance(load_master_key(None, file), MasterKey)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"c2hvcnQ=", b"no base64!"])
def test_refuses_a_file_that_holds_no_key(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(content)
    file.chmod(0o400)
    with pytest.raises(StartError):
        load_master_key(None, file)


def test_refuses_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StartError) as caught:
        load_master_key(None, tmp_path)
    assert caught.value.code == "master_key_file"


def test_says_when_the_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="cannot be used"):
        load_master_key(None, tmp_path / "file" / "master.key")


def test_the_old_key_of_the_setting_opens_what_it_sealed(tmp_path: Path) -> None:
    sealed = OTHER.seal("key", b"secret", b"")
    key = load_master_key(text_of(RANDOM), tmp_path / "none", old_value=text_of(RANDOM[::-1]))
    assert key.id == KEY.id
    assert key.open_sealed("key", sealed, b"") == b"secret"


def test_the_old_key_of_a_file_opens_what_it_sealed(tmp_path: Path) -> None:
    make_key_file(tmp_path / "former")
    sealed = read_key_file(tmp_path / "former").seal("key", b"secret", b"")
    key = load_master_key(text_of(RANDOM), tmp_path / "none", old_file=tmp_path / "former")
    assert key.open_sealed("key", sealed, b"") == b"secret"


def test_an_old_key_file_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be used"):
        load_master_key(text_of(RANDOM), tmp_path / "none", old_file=tmp_path / "former")
    assert list(tmp_path.iterdir()) == []


def test_an_exchange_puts_the_new_key_in_place_and_keeps_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    before = load_master_key(None, file)
    make_key_file(new_file_of(file))
    new = read_key_file(new_file_of(file))
    exchange_key_file(file)
    after = load_master_key(None, file)
    assert (after.id, after.with_id(before.id) is not None) == (new.id, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["master.key", "master.key.old"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o400


def test_both_keys_open_during_an_exchange(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    before = load_master_key(None, file)
    make_key_file(new_file_of(file))
    during = load_master_key(None, file)
    assert during.id == before.id
    assert during.with_id(read_key_file(new_file_of(file)).id) is not None


class PowerCut(Exception):
    """The end of the process, in a test."""


@pytest.mark.parametrize("step", range(7))
def test_an_exchange_that_was_killed_at_any_step_ends_well_the_second_time(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "master.key"
    before = load_master_key(None, file)
    make_key_file(new_file_of(file))
    new = read_key_file(new_file_of(file))
    steps = itertools.count()

    def dying(done: object) -> object:
        def act(*arguments: object) -> object:
            if next(steps) == step:
                raise PowerCut
            assert callable(done)
            return done(*arguments)

        return act

    # The system's own calls, each of which the plug may be pulled before.
    for name in ("link", "rename", "replace", "fsync", "unlink"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))
    with pytest.raises(PowerCut):
        exchange_key_file(file)
    monkeypatch.undo()
    between = load_master_key(None, file)
    assert between.with_id(before.id) is not None
    assert between.with_id(new.id) is not None
    if new_file_of(file).exists():
        exchange_key_file(file)
    after = load_master_key(None, file)
    assert after.id == new.id
    assert after.with_id(before.id) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["master.key", "master.key.old"]
