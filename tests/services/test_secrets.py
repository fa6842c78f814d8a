import base64
import copy
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from services.errors import StartError, StorageError
from services.secrets import KEY_BYTES, MasterKey, load_master_key

RANDOM = bytes.fromhex("9f1b3c7a5de04482b6c9f07711aa02e35f8d6c4b2a190837465564738291a0bf")
KEY = MasterKey(RANDOM)
OTHER = MasterKey(RANDOM[::-1])


def test_derives_what_the_library_derives_by_hkdf() -> None:
    expected = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"limner/webhook").derive(RANDOM)
    assert KEY.derive("webhook") == expected


def test_every_label_has_its_own_key() -> None:
    assert len({KEY.derive(label) for label in ("a", "b", "ab", "")}) == 4


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_opens_what_it_sealed(plaintext: bytes, aad: bytes) -> None:
    sealed = KEY.seal("photo", plaintext, aad)
    assert len(sealed) == len(plaintext) + 29
    assert KEY.open_sealed("photo", sealed, aad) == plaintext


def test_two_seals_of_one_value_differ() -> None:
    assert KEY.seal("key", b"same", b"") != KEY.seal("key", b"same", b"")


@given(st.integers(0, 8 * 40 - 1))
def test_refuses_a_sealed_value_with_any_bit_changed(bit: int) -> None:
    sealed = bytearray(KEY.seal("key", b"eleven byte", b"row 1"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StorageError) as caught:
        KEY.open_sealed("key", bytes(sealed), b"row 1")
    assert caught.value.code == "sealed_unreadable"


@pytest.mark.parametrize(
    ("key", "label", "aad"),
    [(OTHER, "key", b"user 1"), (KEY, "photo", b"user 1"), (KEY, "key", b"user 2")],
    ids=["another master key", "another label", "another row"],
)
def test_refuses_a_sealed_value_out_of_its_place(key: MasterKey, label: str, aad: bytes) -> None:
    sealed = KEY.seal("key", b"fal key", b"user 1")
    with pytest.raises(StorageError):
        key.open_sealed(label, sealed, aad)


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28])
def test_refuses_a_sealed_value_that_is_cut_short(length: int) -> None:
    with pytest.raises(StorageError):
        KEY.open_sealed("key", KEY.seal("key", b"", b"")[:length], b"")


def test_a_mac_fits_an_address_and_verifies() -> None:
    mac = KEY.mac("webhook", b"attempt 12")
    assert len(mac) == 43
    assert set(mac) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert KEY.verify_mac("webhook", b"attempt 12", mac)


def test_refuses_a_mac_for_another_message_label_key_or_none_at_all() -> None:
    mac = KEY.mac("webhook", b"attempt 12")
    assert not KEY.verify_mac("webhook", b"attempt 13", mac)
    assert not KEY.verify_mac("session", b"attempt 12", mac)
    assert not OTHER.verify_mac("webhook", b"attempt 12", mac)
    for forged in ("", mac[:-1], mac + "=", mac.swapcase(), "\u00e9" * 43, "\ud800"):
        assert not KEY.verify_mac("webhook", b"attempt 12", forged)


def test_no_text_form_shows_the_key() -> None:
    shown = f"{KEY} {KEY!r} {KEY!s:>40} {[KEY]}"
    assert "MasterKey(***)" in shown
    assert RANDOM.hex() not in shown
    assert repr(RANDOM) not in shown
    assert not hasattr(KEY, "__dict__")


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_cannot_be_pickled_or_copied(duplicate: object) -> None:
    assert callable(duplicate)
    with pytest.raises(TypeError, match="cannot be pickled"):
        duplicate(KEY)


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
