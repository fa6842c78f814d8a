"""Transactions on both databases: isolation, lost updates, cancellation, errors."""

import asyncio
import itertools
import random
from contextlib import suppress

import pytest
import sqlalchemy as sa

from db.engine import ConflictError, Database, open_database
from db.tables.schema import recipes, users
from services.errors import BugError, StartError, StorageError, UserError
from tests.db.rows import Gate, add_one, add_pair, add_user, count_of, pause, run, user_ids


async def test_gives_what_the_function_returns_and_keeps_what_it_wrote(database: Database) -> None:
    await database.write(add_user, 7, count=3)
    assert await database.write(add_one, 7) == 4
    assert await database.read(count_of, user_id=7) == 4


async def test_keeps_nothing_when_the_function_raises(database: Database) -> None:
    def add_then_refuse(connection: sa.Connection) -> None:
        add_user(connection, 1)
        raise UserError("no_such_thing")

    with pytest.raises(UserError, match="no_such_thing"):
        await database.write(add_then_refuse)
    assert await database.read(user_ids) == []


async def test_loses_no_update_of_sixteen_concurrent_writers(database: Database) -> None:
    await database.write(add_user, 1)

    async def add_five() -> None:
        for _ in range(5):
            await database.write(add_one, 1)

    await asyncio.gather(*(add_five() for _ in range(16)))
    assert await database.read(count_of, 1) == 80


async def test_lets_nobody_past_a_cap_that_all_check_at_once(database: Database) -> None:
    def add_below_cap(connection: sa.Connection, user_id: int) -> bool:
        is_free = (connection.scalar(sa.select(sa.func.count()).select_from(users)) or 0) < 5
        pause(connection, 0.002)
        if is_free:
            add_user(connection, user_id)
        return is_free

    added = await asyncio.gather(*(database.write(add_below_cap, user_id) for user_id in range(16)))
    assert sum(added) == 5
    assert len(await database.read(user_ids)) == 5


async def test_readers_see_only_what_is_committed(database: Database) -> None:
    with Gate() as gate:

        def add_and_hold(connection: sa.Connection) -> None:
            add_user(connection, 1)
            gate.hold(connection)

        writing = asyncio.create_task(database.write(add_and_hold))
        await gate.until_entered()
        assert await asyncio.gather(*(database.read(user_ids) for _ in range(6))) == [[]] * 6
        assert not writing.done()
    await writing
    assert await asyncio.gather(*(database.read(user_ids) for _ in range(6))) == [[1]] * 6


async def test_a_read_sees_one_snapshot_while_others_write(database: Database) -> None:
    def look_twice(connection: sa.Connection) -> tuple[list[int], list[int]]:
        before = user_ids(connection)
        # In a reader of SQLite this blocks the loop's own greenlet, so the writer gets its turn by statements.
        for _ in range(200):
            user_ids(connection)
        return before, user_ids(connection)

    async def write_some() -> None:
        for user_id in range(20):
            await database.write(add_user, user_id)

    writing = asyncio.create_task(write_some())
    seen = [await database.read(look_twice) for _ in range(5)]
    await writing
    assert all(before == after for before, after in seen)


async def test_a_glance_sees_what_is_committed(database: Database) -> None:
    assert await database.glance(user_ids) == []
    await database.write(add_user, 1)
    assert await database.glance(user_ids) == [1]


async def test_a_glance_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError):
        await database.glance(add_user, 1)
    assert await database.read(user_ids) == []


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError) as caught:
        await database.read(add_user, 1)
    assert caught.value.code == "database_read_only"
    await database.write(add_user, 1)


async def test_a_cancelled_caller_waits_until_its_write_has_ended(database: Database) -> None:
    with Gate() as gate:

        def hold_and_add(connection: sa.Connection) -> None:
            gate.hold(connection)
            add_user(connection, 1)

        task = asyncio.create_task(database.write(hold_and_add))
        await gate.until_entered()
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.01)  # time enough to end too early
        assert not task.done()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.read(user_ids) == [1]


async def test_a_hundred_writes_and_cancellations_leave_no_half_and_no_stalled_writer(
    database: Database,
) -> None:
    chance = random.Random(5)
    cancelled = 0
    for round_number in itertools.count():
        if round_number >= 100 and cancelled > 30:  # how many come too late depends on the machine
            break
        first = round_number * 2
        task = asyncio.create_task(database.write(add_pair, first, first + 1))
        await asyncio.sleep(chance.uniform(0, 0.004))
        cancelled += task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await database.write(add_user, 10_000)
    # A half transaction would hold the lock of its row, and this be refused as busy.
    await database.write(run, users.update().values(first_seen_at_ms=1))
    found = await database.read(user_ids)
    assert len(found) > 1
    assert all(user_id ^ 1 in found for user_id in found if user_id != 10_000)


async def test_a_failure_after_cancellation_is_logged_and_not_raised(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with Gate() as gate:

        def hold_and_fail(connection: sa.Connection) -> None:
            gate.hold(connection)
            raise UserError("too_late")

        task = asyncio.create_task(database.write(hold_and_fail))
        await gate.until_entered()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "too_late" in caplog.text


async def test_names_the_unique_rule_that_refused_a_row(database: Database) -> None:
    await database.write(add_user, 1)
    with pytest.raises(ConflictError) as caught:
        await database.write(add_user, 1)
    assert (caught.value.kind, caught.value.constraint) == ("unique", "pk_users")
    row = {"code": "abcd2345", "user_id": 1, "body": {}, "created_at_ms": 0}
    await database.write(run, recipes.insert(), row)
    with pytest.raises(ConflictError) as caught:
        await database.write(run, recipes.insert(), row)
    assert (caught.value.kind, caught.value.constraint) == ("unique", "uq_recipes_code")


async def test_says_which_kind_of_other_rule_refused_a_row(database: Database) -> None:
    orphan = {"code": "abcd2345", "user_id": 9, "body": {}, "created_at_ms": 0}
    with pytest.raises(ConflictError) as caught:
        await database.write(run, recipes.insert(), orphan)
    assert caught.value.kind == "foreign_key"
    with pytest.raises(ConflictError) as caught:
        await database.write(run, users.insert(), {"id": 1})
    assert (caught.value.kind, caught.value.constraint) == ("not_null", "users.first_seen_at_ms")


async def test_a_wrong_statement_is_our_bug_and_its_values_are_not_shown(database: Database) -> None:
    def ask_nonsense(connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT :secret FROM no_such_table"), {"secret": "token-123"})

    with pytest.raises(BugError) as caught:
        await database.write(ask_nonsense)
    assert caught.value.code == "database_statement"
    assert "token-123" not in str(caught.value)


async def test_closing_waits_for_what_runs_and_refuses_what_comes(database: Database) -> None:
    with Gate() as gate:

        def hold_and_add(connection: sa.Connection) -> str:
            gate.hold(connection)
            add_user(connection, 1)
            return "kept"

        writing = asyncio.create_task(database.write(hold_and_add))
        await gate.until_entered()
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        with pytest.raises(StorageError, match="database_closed"):
            await database.read(user_ids)
        assert not closing.done()
    await closing
    assert writing.done()
    assert await writing == "kept"


async def test_what_was_written_is_there_after_opening_again(database_url: str) -> None:
    for user_id in range(3):
        opened = await open_database(database_url, data_folder=None)
        await opened.write(add_user, user_id)
        await opened.close()
    opened = await open_database(database_url, data_folder=None)
    assert await opened.read(user_ids) == [0, 1, 2]
    await opened.close()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
async def test_refuses_an_address_of_no_database_that_we_know(url: str) -> None:
    with pytest.raises(StartError) as caught:
        await open_database(url, data_folder=None)
    assert caught.value.code == "bad_database_url"
    assert "postgresql://" in str(caught.value)


async def test_a_bad_address_does_not_show_its_password() -> None:
    with pytest.raises(StartError) as caught:
        await open_database("mysql://limner:hunter2@host/x", data_folder=None)
    assert "hunter2" not in str(caught.value)
