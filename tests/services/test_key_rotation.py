"""Another master key, on both databases; killed at every step."""

import secrets
from typing import Any

import pytest

from db.engine import Database
from db.jobs import workers
from db.people import provider_keys
from db.people.provider_keys import NewKey
from services.errors import StartError
from services.key_rotation import check_master_key, refuse_beside_living_workers, rotate
from services.models import Payer
from services.sealed_keys import KeyPlace, SealedKey, open_key, seal_key
from services.secrets import MasterKey

OLD, NEW, FOREIGN = (MasterKey(secrets.token_bytes(32)) for _ in range(3))
COUNT = 7


class PowerCut(Exception):
    """The end of the process, in a test."""


class DyingDatabase(Database):
    """The same database, for a process that has so many transactions left."""

    def __init__(self, living: Database, transactions: int) -> None:
        super().__init__(living._backend)
        self._left = transactions

    async def _run(self, kind: str, transact: Any, work: Any) -> Any:  # noqa: ANN401 - as inherited
        if self._left == 0:
            raise PowerCut
        self._left -= 1
        return await super()._run(kind, transact, work)


async def add_keys(database: Database, master_key: MasterKey, first: int = 0, count: int = COUNT) -> None:
    for number in range(first, first + count):

        def seal(place: KeyPlace) -> SealedKey:
            return seal_key(master_key, f"the-key-of-{place.owner_id}", place)

        new = NewKey("fal", Payer.USER, number, "0000", number)
        await database.write(provider_keys.insert_key, new, seal)


async def keys_that_open(database: Database, master_key: MasterKey) -> set[str]:
    found = set()
    for entry in await database.read(provider_keys.list_keys):
        row = await database.read(provider_keys.find_key, entry.id)
        assert row is not None
        if master_key.with_id(row.sealed.master_key_id) is not None:
            found.add(open_key(master_key, row.sealed, row.place))
    return found


def names(count: int = COUNT) -> set[str]:
    return {f"the-key-of-{number}" for number in range(count)}


async def test_after_a_rotation_the_new_key_alone_opens_everything(database: Database) -> None:
    await add_keys(database, OLD)
    assert await rotate(database, OLD, NEW, at_once=3) == COUNT
    assert await keys_that_open(database, NEW) == names()
    assert await keys_that_open(database, OLD) == set()


async def test_a_removed_key_that_a_job_still_needs_is_rotated_too(database: Database) -> None:
    await add_keys(database, OLD, count=1)
    await database.write(provider_keys.remove_key, "fal", Payer.USER, 0)
    assert await rotate(database, OLD, NEW) == 1
    await check_master_key(database, NEW)


@pytest.mark.parametrize("transactions", range(8))
async def test_killed_at_any_step_it_ends_well_the_second_time(database: Database, transactions: int) -> None:
    await add_keys(database, OLD)
    with pytest.raises(PowerCut):
        await rotate(DyingDatabase(database, transactions), OLD, NEW, at_once=3)
    # In between, whoever has both keys opens everything.
    assert await keys_that_open(database, OLD.beside(NEW)) == names()
    await check_master_key(database, OLD.beside(NEW))
    await rotate(database, OLD.beside(NEW), NEW, at_once=3)
    assert await keys_that_open(database, NEW) == names()


async def test_with_nothing_to_do_it_changes_nothing(database: Database) -> None:
    await add_keys(database, NEW)
    assert await rotate(database, OLD, NEW) == 0


async def test_a_key_of_a_master_key_that_is_gone_stops_it_before_anything_is_changed(
    database: Database,
) -> None:
    await add_keys(database, OLD)
    await add_keys(database, FOREIGN, first=COUNT, count=1)
    with pytest.raises(StartError, match=FOREIGN.id) as caught:
        await rotate(database, OLD, NEW)
    assert caught.value.code == "master_key_missing"
    assert await keys_that_open(database, OLD) == names()


async def test_the_start_is_refused_with_the_wrong_master_key_and_names_the_right_one(
    database: Database,
) -> None:
    await add_keys(database, OLD)
    await check_master_key(database, OLD)
    await check_master_key(database, NEW.beside(OLD))
    with pytest.raises(StartError, match=rf"{OLD.id} \({COUNT} keys\)") as caught:
        await check_master_key(database, NEW)
    assert "LIMNER_OLD_MASTER_KEY" in str(caught.value)


async def test_without_people_s_keys_any_master_key_will_do(database: Database) -> None:
    await check_master_key(database, NEW)


async def test_beside_a_living_process_a_file_s_key_is_not_exchanged_on_postgresql(
    database: Database,
) -> None:
    await refuse_beside_living_workers(database)
    await database.write(workers.register, "worker-1", is_only_worker=False)
    if database.dialect == "sqlite":
        # A file has one owner, which is whoever asks here.
        await refuse_beside_living_workers(database)
        return
    with pytest.raises(StartError) as caught:
        await refuse_beside_living_workers(database)
    assert caught.value.code == "limner_running"
