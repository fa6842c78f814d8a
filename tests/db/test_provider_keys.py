"""Keys in the table, on both databases."""

import secrets

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.people import provider_keys
from db.people.provider_keys import KeyEntry, NewKey
from db.tables.schema import jobs, recipes, requests, users
from db.tables.schema import provider_keys as table
from services.errors import StorageError
from services.models import JobState, Payer
from services.sealed_keys import KeyPlace, SealedKey, open_key, seal_key
from services.secrets import MasterKey

MASTER = MasterKey(secrets.token_bytes(32))
ADA, BEN, GUILD = 1, 2, 10


async def add(
    database: Database, key: str, owner_id: int = ADA, provider: str = "fal", owner: Payer = Payer.USER
) -> KeyEntry:
    """Keep a key."""

    def seal(place: KeyPlace) -> SealedKey:
        return seal_key(MASTER, key, place)

    new = NewKey(provider, owner, owner_id, key[-4:], owner_id)
    return await database.write(provider_keys.insert_key, new, seal)


async def opened(database: Database, key_id: int) -> str:
    row = await database.read(provider_keys.find_key, key_id)
    assert row is not None
    return open_key(MASTER, row.sealed, row.place)


def add_job(conn: Connection, key_id: int, state: JobState) -> None:
    """Insert a job that is paid with a key."""
    conn.execute(sa.insert(users).values(id=ADA, first_seen_at_ms=0))
    common = {"user_id": ADA, "created_at_ms": 0}
    origin = {
        "kind": "imagine", "origin": "interaction", "origin_id": "1", "channel_id": 1, "installation": "guild",
        "visibility": "public", "application_id": 1, "locale": "en-US", "upload_limit_bytes": 1,
    }  # fmt: skip
    request_id = conn.execute(
        sa.insert(requests).values(**common, **origin).returning(requests.c.id)
    ).scalar_one()
    recipe = sa.insert(recipes).values(**common, code="abcdefgh", body={})
    recipe_id = conn.execute(recipe.returning(recipes.c.id)).scalar_one()
    about = {"provider": "fal", "model": "fal/flux-dev", "turn": 0, "not_before_ms": 0, "position": 0}
    ids = {"request_id": request_id, "recipe_id": recipe_id, "key_id": key_id}
    conn.execute(sa.insert(jobs).values(**common, **about, **ids, payer=Payer.USER, state=state))


def end_jobs(conn: Connection) -> None:
    conn.execute(sa.update(jobs).values(state=JobState.STORED))


def move_to_owner(conn: Connection, key_id: int, owner_id: int) -> None:
    conn.execute(sa.update(table).where(table.c.id == key_id).values(owner_id=owner_id))


async def test_a_kept_key_opens_and_its_entry_says_whose_it_is(database: Database) -> None:
    entry = await add(database, "one-key-4f2a")
    assert entry == KeyEntry(entry.id, "fal", Payer.USER, ADA, "4f2a")
    assert await database.read(provider_keys.list_keys) == [entry]
    assert await opened(database, entry.id) == "one-key-4f2a"


async def test_a_new_key_takes_the_place_of_the_earlier_one_under_an_id_of_its_own(
    database: Database,
) -> None:
    first = await add(database, "first-key-0001")
    second = await add(database, "second-key-0002")
    assert first.id != second.id
    assert await database.read(provider_keys.list_keys) == [second]
    assert not await database.read(provider_keys.is_in_use, first.id)


async def test_keys_of_other_owners_and_providers_stay(database: Database) -> None:
    kept = [
        await add(database, "ada-fal-0001"),
        await add(database, "ben-fal-0002", BEN),
        await add(database, "ada-bfl-0003", provider="bfl"),
        await add(database, "server-fal-0004", ADA, owner=Payer.SERVER),
    ]
    assert await database.read(provider_keys.list_keys) == kept


async def test_a_row_given_to_another_owner_does_not_open(database: Database) -> None:
    entry = await add(database, "one-key-4f2a")
    await database.write(move_to_owner, entry.id, BEN)
    row = await database.read(provider_keys.find_key, entry.id)
    assert row is not None
    with pytest.raises(StorageError) as caught:
        open_key(MASTER, row.sealed, row.place)
    assert caught.value.code == "sealed_unreadable"


async def test_a_removed_key_stays_for_the_job_that_it_pays_for_and_goes_with_its_end(
    database: Database,
) -> None:
    entry = await add(database, "one-key-4f2a")
    await database.write(add_job, entry.id, JobState.WAITING)
    assert await database.write(provider_keys.remove_key, "fal", Payer.USER, ADA)
    assert await database.write(provider_keys.forget_removed) == 0
    assert await opened(database, entry.id) == "one-key-4f2a"
    await database.write(end_jobs)
    assert await database.write(provider_keys.forget_removed) == 1
    assert await database.read(provider_keys.find_key, entry.id) is None


async def test_a_key_in_use_is_never_forgotten(database: Database) -> None:
    entry = await add(database, "one-key-4f2a")
    assert await database.write(provider_keys.forget_removed) == 0
    assert await database.read(provider_keys.is_in_use, entry.id)


async def test_removing_says_whether_there_was_one(database: Database) -> None:
    await add(database, "one-key-4f2a")
    assert not await database.write(provider_keys.remove_key, "bfl", Payer.USER, ADA)
    assert not await database.write(provider_keys.remove_key, "fal", Payer.SERVER, ADA)
    assert await database.write(provider_keys.remove_key, "fal", Payer.USER, ADA)
    assert not await database.write(provider_keys.remove_key, "fal", Payer.USER, ADA)


async def test_all_keys_of_an_owner_are_removed_at_once(database: Database) -> None:
    await add(database, "server-fal-0001", GUILD, owner=Payer.SERVER)
    await add(database, "server-bfl-0002", GUILD, "bfl", Payer.SERVER)
    mine = await add(database, "ada-fal-0003")
    assert await database.write(provider_keys.remove_keys_of, Payer.SERVER, GUILD) == 2
    assert await database.read(provider_keys.list_keys) == [mine]


async def test_the_survey_changes_with_every_change(database: Database) -> None:
    seen = [await database.read(provider_keys.survey)]
    await add(database, "first-key-0001")
    seen.append(await database.read(provider_keys.survey))
    await add(database, "second-key-0002")
    seen.append(await database.read(provider_keys.survey))
    await database.write(provider_keys.remove_key, "fal", Payer.USER, ADA)
    seen.append(await database.read(provider_keys.survey))
    assert len({(each.in_use, each.newest_id) for each in seen}) == 4
    assert [each.removed for each in seen] == [0, 0, 1, 2]


async def test_counts_say_nothing_of_the_keys(database: Database) -> None:
    await add(database, "first-key-0001")
    await add(database, "second-key-0002")
    await add(database, "third-key-0003", GUILD, owner=Payer.SERVER)
    counts = await database.read(provider_keys.count_keys)
    assert [(each.provider, each.owner, each.in_use, each.removed) for each in counts] == [
        ("fal", Payer.SERVER, 1, 0),
        ("fal", Payer.USER, 1, 1),
    ]
    assert {each.master_key_id for each in counts} == {MASTER.id}


async def test_a_data_key_that_somebody_else_has_changed_is_left_alone(database: Database) -> None:
    entry = await add(database, "one-key-4f2a")
    row = await database.read(provider_keys.find_key, entry.id)
    assert row is not None
    renewed = SealedKey(row.sealed.key, b"other", "another-master-k")
    assert await database.write(provider_keys.replace_data_keys, [(row, renewed)]) == 1
    assert await database.write(provider_keys.replace_data_keys, [(row, row.sealed)]) == 0
    now = await database.read(provider_keys.find_key, entry.id)
    assert now is not None
    assert now.sealed == renewed
