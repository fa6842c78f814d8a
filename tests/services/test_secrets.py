import copy
import pickle

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from services.errors import StorageError
from services.secrets import KEY_BYTES, MasterKey

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


def test_its_id_is_the_same_for_the_same_key_and_tells_nothing_of_it() -> None:
    assert KEY.id == MasterKey(RANDOM).id != OTHER.id
    assert len(KEY.id) == 16
    assert KEY.id not in RANDOM.hex()


def test_a_key_beside_it_opens_and_verifies_but_seals_nothing() -> None:
    sealed, mac = OTHER.seal("key", b"secret", b"row 1"), OTHER.mac("webhook", b"attempt 12")
    both = KEY.beside(OTHER)
    assert both.open_sealed("key", sealed, b"row 1") == b"secret"
    assert both.verify_mac("webhook", b"attempt 12", mac)
    assert both.open_sealed("key", KEY.seal("key", b"newer", b""), b"") == b"newer"
    assert KEY.open_sealed("key", both.seal("key", b"newest", b""), b"") == b"newest"
    assert both.mac("webhook", b"x") == KEY.mac("webhook", b"x")


def test_a_key_beside_it_opens_nothing_out_of_its_place() -> None:
    both = KEY.beside(OTHER)
    with pytest.raises(StorageError) as caught:
        both.open_sealed("key", OTHER.seal("key", b"secret", b"row 1"), b"row 2")
    assert caught.value.code == "sealed_unreadable"
    assert not both.verify_mac("webhook", b"attempt 13", OTHER.mac("webhook", b"attempt 12"))


def test_finds_a_key_by_its_id_among_those_beside_it() -> None:
    both = KEY.beside(OTHER)
    assert both.with_id(KEY.id) is both
    assert both.with_id(OTHER.id) is OTHER
    assert KEY.with_id(OTHER.id) is None
