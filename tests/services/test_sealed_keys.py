import secrets
from dataclasses import replace

import pytest

from services.errors import StorageError
from services.models import Payer
from services.sealed_keys import KeyPlace, SealedKey, open_key, seal_anew, seal_key
from services.secrets import MasterKey

MASTER, OTHER = (MasterKey(secrets.token_bytes(32)) for _ in range(2))
PLACE = KeyPlace(7, "fal", Payer.USER, 11, "4f2a")
SECRET = "key-id:a-secret-that-ends-in-4f2a"


@pytest.fixture(scope="module")
def sealed() -> SealedKey:
    return seal_key(MASTER, SECRET, PLACE)


def test_opens_in_its_own_row(sealed: SealedKey) -> None:
    assert open_key(MASTER, sealed, PLACE) == SECRET


@pytest.mark.parametrize(
    "change",
    [{"row_id": 8}, {"provider": "bfl"}, {"owner": Payer.SERVER}, {"owner_id": 12}, {"last_four": "beef"}],
    ids=["another row", "another provider", "a server", "another person", "another end"],
)
def test_copied_elsewhere_it_does_not_open(sealed: SealedKey, change: dict[str, object]) -> None:
    with pytest.raises(StorageError) as caught:
        open_key(MASTER, sealed, replace(PLACE, **change))  # type: ignore[arg-type] # fields by name
    assert caught.value.code == "sealed_unreadable"


def test_a_key_does_not_open_with_the_data_key_of_another_row(sealed: SealedKey) -> None:
    other = seal_key(MASTER, "another-key", PLACE)
    with pytest.raises(StorageError):
        open_key(MASTER, replace(sealed, key=other.key), PLACE)


def test_two_seals_share_nothing() -> None:
    first, second = (seal_key(MASTER, SECRET, PLACE) for _ in range(2))
    assert first.key != second.key
    assert first.data_key != second.data_key


def test_another_master_key_does_not_open_it_and_names_the_one_that_is_needed(sealed: SealedKey) -> None:
    with pytest.raises(StorageError, match=MASTER.id):
        open_key(OTHER, sealed, PLACE)


def test_sealed_anew_it_opens_with_the_new_master_key_alone(sealed: SealedKey) -> None:
    renewed = seal_anew(MASTER, OTHER, sealed, PLACE)
    assert renewed.key == sealed.key
    assert renewed.master_key_id == OTHER.id
    assert open_key(OTHER, renewed, PLACE) == SECRET
    with pytest.raises(StorageError):
        open_key(MASTER, renewed, PLACE)


def test_no_text_form_shows_what_is_sealed(sealed: SealedKey) -> None:
    shown = repr(sealed)
    assert repr(sealed.key) not in shown
    assert repr(sealed.data_key) not in shown
