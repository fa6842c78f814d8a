"""What only a PostgreSQL server can do to us: lost connections, deadlocks, unknown commits."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from db.dialects import postgresql
from db.dialects.prepared import Prepared
from db.engine import CommitUnknownError, ConflictError, Database, open_database
from db.tables.schema import recipes, users
from services.errors import BugError, StorageError
from tests.databases import PostgresqlServer
from tests.db.mute_server import MuteServer, mute_server
from tests.db.rows import Gate, add_user, count_of, pause, run, until_it_waits, user_ids

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

_END_ALL_OF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'limner' AND datname ="
)
_END_MYSELF = sa.text("SELECT pg_terminate_backend(pg_backend_pid())")


def _losing_its_connection(
    times: int, then: Callable[[sa.Connection], object]
) -> tuple[Callable[..., object], list[int]]:
    calls: list[int] = []

    def work(connection: sa.Connection) -> object:
        calls.append(1)
        if len(calls) <= times:
            connection.execute(_END_MYSELF)
        return then(connection)

    return work, calls


async def test_a_read_is_repeated_once_when_its_connection_is_lost(database: Database) -> None:
    work, calls = _losing_its_connection(1, user_ids)
    assert await database.read(work) == []
    assert len(calls) == 2


async def test_a_read_is_not_repeated_twice(database: Database) -> None:
    work, calls = _losing_its_connection(9, user_ids)
    with pytest.raises(StorageError) as caught:
        await database.read(work)
    assert caught.value.code == "database_gone"
    assert len(calls) == 2
    assert await database.read(user_ids) == []


async def test_a_write_is_repeated_when_its_connection_was_lost_before_the_commit(database: Database) -> None:
    work, calls = _losing_its_connection(1, lambda connection: add_user(connection, 1))
    await database.write(work)
    assert len(calls) == 2
    assert await database.read(user_ids) == [1]


def _end_at_commit(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "CREATE FUNCTION end_myself() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
    )
    connection.execute(
        sa.text(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION end_myself()"
        )
    )


async def test_a_write_whose_commit_is_unknown_is_never_repeated(database: Database) -> None:
    calls: list[int] = []

    def add(connection: sa.Connection) -> None:
        calls.append(1)
        add_user(connection, 1)

    await database.write(_end_at_commit)
    with pytest.raises(CommitUnknownError) as caught:
        await database.write(add)
    assert len(calls) == 1
    assert not caught.value.may_retry
    assert await database.read(user_ids) == []


async def test_a_commit_that_the_servers_last_word_crossed_is_unknown(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    say = asyncpg.Connection.execute

    async def cross(connection: asyncpg.Connection, words: str, *args: object) -> object:
        if words == "COMMIT":
            raise asyncpg.InternalClientError(
                "cannot switch to state 12; another operation (2) is in progress"
            )
        return await say(connection, words, *args)

    def add(connection: sa.Connection) -> None:
        calls.append(1)
        add_user(connection, 1)

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "execute", cross)
        with pytest.raises(CommitUnknownError):
            await database.write(add)
    assert len(calls) == 1
    assert await database.read(user_ids) == []


def database_name(url: str) -> str:
    return str(sa.make_url(url).database)


async def test_a_pool_of_dead_connections_hurts_nobody(
    database: Database, database_url: str, postgresql_server: PostgresqlServer
) -> None:
    await asyncio.gather(*(database.write(add_user, user_id) for user_id in range(10)))
    postgresql_server.run(f"{_END_ALL_OF} '{database_name(database_url)}'")
    await asyncio.gather(*(database.write(add_user, user_id) for user_id in range(10, 20)))
    assert await database.read(user_ids) == list(range(20))


async def test_a_deadlock_is_untied(database: Database) -> None:
    await asyncio.gather(database.write(add_user, 1), database.write(add_user, 2))
    locked = set[int]()

    def add_to_both(connection: sa.Connection, first: int, second: int) -> None:
        for user_id in (first, second):
            add = users.c.first_seen_at_ms + 1
            connection.execute(users.update().where(users.c.id == user_id).values(first_seen_at_ms=add))
            locked.add(user_id)
            # Each goes on when both have locked their first: that is a deadlock, and no chance of one.
            while len(locked) < 2:
                pause(connection, 0.01)

    await asyncio.gather(database.write(add_to_both, 1, 2), database.write(add_to_both, 2, 1))
    assert [await database.read(count_of, user_id) for user_id in (1, 2)] == [2, 2]


async def test_of_two_takers_one_waits_and_sees_what_the_other_took(
    database: Database, database_url: str
) -> None:
    other = await open_database(database_url, data_folder=None)
    with Gate() as gate:

        def add_and_hold(connection: sa.Connection) -> None:
            add_user(connection, 1)
            gate.hold(connection)

        first = asyncio.create_task(other.take(add_and_hold))
        await gate.until_entered()
        second = asyncio.create_task(database.take(user_ids))
        await until_it_waits(database, second)
        assert not second.done()
    await first
    assert await second == [1]
    await other.close()


async def test_a_taker_that_is_stopped_half_way_soon_loses_its_lock(database: Database) -> None:
    setting = sa.text("SHOW idle_in_transaction_session_timeout")

    def read(connection: sa.Connection) -> str:
        return str(connection.execute(setting).scalar_one())

    assert await database.take(read) == "5s"
    assert await database.write(read) == "1min"


async def test_a_lock_that_is_never_given_back_ends_in_busy(database: Database, database_url: str) -> None:
    await database.write(add_user, 1)
    other = await open_database(database_url, data_folder=None)

    with Gate() as gate:

        def lock_and_hold(connection: sa.Connection) -> None:
            connection.execute(users.update().values(first_seen_at_ms=5))
            gate.hold(connection)

        holding = asyncio.create_task(other.write(lock_and_hold))
        await gate.until_entered()
        with pytest.raises(StorageError) as caught:
            await database.write(run, users.update().values(first_seen_at_ms=6))
        assert caught.value.code == "database_busy"
    await holding
    await other.close()
    assert await database.read(count_of, 1) == 5


async def test_a_server_that_is_not_there_is_said_to_be_gone(database_url: str) -> None:
    for url in ("postgresql://postgres@/x?host=/nonexistent", "postgresql://postgres@127.0.0.1:1/x"):
        with pytest.raises(StorageError) as caught:
            await open_database(url, data_folder=None)
        assert caught.value.code == "database_gone"


async def test_a_migration_by_another_process_does_not_disturb_a_prepared_statement(
    database: Database, postgresql_server: PostgresqlServer, database_url: str
) -> None:
    await asyncio.gather(*(database.read(user_ids) for _ in range(10)))
    other = PostgresqlServer(sa.make_url(database_url))
    other.run("ALTER TABLE users ALTER COLUMN id TYPE numeric")
    assert await asyncio.gather(*(database.read(user_ids) for _ in range(10))) == [[]] * 10


_USER_IDS = Prepared(sa.select(users.c.id))


async def test_a_migration_by_another_process_does_not_disturb_what_is_given_to_the_driver_as_it_is(
    database: Database, database_url: str
) -> None:
    await asyncio.gather(*(database.read(_USER_IDS.all) for _ in range(10)))
    other = PostgresqlServer(sa.make_url(database_url))
    other.run("ALTER TABLE users ALTER COLUMN id TYPE numeric")
    assert await asyncio.gather(*(database.read(_USER_IDS.all) for _ in range(10))) == [[]] * 10


async def test_a_pool_of_dead_connections_hurts_nothing_that_is_given_to_the_driver_as_it_is(
    database: Database, database_url: str, postgresql_server: PostgresqlServer
) -> None:
    await asyncio.gather(*(database.read(_USER_IDS.all) for _ in range(10)))
    postgresql_server.run(f"{_END_ALL_OF} '{database_name(database_url)}'")
    assert await asyncio.gather(*(database.read(_USER_IDS.all) for _ in range(10))) == [[]] * 10


async def test_a_connection_that_is_lost_under_a_statement_of_the_drivers_is_lost_once(
    database: Database,
) -> None:
    work, calls = _losing_its_connection(1, _USER_IDS.all)
    assert await database.write(work) == []
    assert len(calls) == 2


async def test_a_glance_is_repeated_once_when_its_connection_is_lost(database: Database) -> None:
    work, calls = _losing_its_connection(1, _USER_IDS.all)
    assert await database.glance(work) == []
    assert len(calls) == 2


async def test_a_transaction_that_goes_on_after_an_error_is_not_taken_for_committed(
    database: Database,
) -> None:
    def go_on(connection: sa.Connection) -> None:
        add_user(connection, 1)
        with suppress(Exception):
            connection.execute(sa.text("SELECT no_such_thing"))

    with pytest.raises(BugError, match="ended in ROLLBACK"):
        await database.write(go_on)
    assert await database.read(user_ids) == []


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Give a folder whose path leaves room for a socket's name, which has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="limner-") as name:
        yield Path(name)


@pytest.fixture
async def behind_the_mute(
    database_url: str, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, MuteServer]]:
    """Give a database whose server may fall silent, and waits of two seconds for its answers.

    Not shorter ones: what is answered has to be answered in that time, on a busy machine as well.
    """
    monkeypatch.setattr(postgresql, "COMMAND_TIMEOUT_S", 2.0)
    async with mute_server(database_url, short_folder) as (server, url):
        opened = await open_database(url, data_folder=None)
        yield opened, server
        server.mute_at = None
        await opened.close()


async def test_a_commit_that_nobody_answers_is_unknown_and_never_repeated(
    behind_the_mute: tuple[Database, MuteServer], database: Database
) -> None:
    silent, server = behind_the_mute
    server.mute_at = b"COMMIT"
    with pytest.raises(CommitUnknownError):
        await silent.write(add_user, 1)
    assert len(server.asked) == 1
    assert await database.read(user_ids) == [1]
    server.mute_at = None
    assert await silent.read(user_ids) == [1]


async def test_a_begin_that_nobody_answers_is_made_once_more(
    behind_the_mute: tuple[Database, MuteServer], database: Database
) -> None:
    silent, server = behind_the_mute
    server.mute_at, server.is_for_one = b"SERIALIZABLE", True
    await silent.write(add_user, 1)
    assert len(server.asked) == 1
    assert await database.read(user_ids) == [1]


async def test_a_transaction_that_is_cut_off_twice_is_not_handed_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = asyncpg.Connection.execute

    async def cut_off(connection: asyncpg.Connection, words: str, *args: object) -> object:
        if words == "ROLLBACK":
            raise asyncio.CancelledError
        return await say(connection, words, *args)

    def fail(connection: sa.Connection) -> None:
        add_user(connection, 1)
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "execute", cut_off)
        with pytest.raises(asyncio.CancelledError):
            await database.write(fail)
    for user_id in range(2, 2 + postgresql.POOL_SIZE):
        await database.write(add_user, user_id)
    assert 1 not in await database.read(user_ids)


@pytest.mark.parametrize("is_prepared", [True, False])
async def test_what_a_refused_row_held_is_not_said(database: Database, is_prepared: bool) -> None:
    row = {"code": None, "user_id": 1, "body": {"prompt": "a secret"}, "words": "", "created_at_ms": 1}
    statement = sa.insert(recipes).values(created_at_ms=1)

    def add(connection: sa.Connection) -> None:
        add_user(connection, 1)
        if is_prepared:
            Prepared(statement).change(connection, row)
        else:
            connection.execute(statement, row)

    with pytest.raises(ConflictError) as caught:
        await database.write(add)
    assert (caught.value.kind, "secret" in str(caught.value)) == ("not_null", False)


async def test_what_carries_pictures_along_is_planned_once_and_what_people_look_for_each_time(
    database: Database,
) -> None:
    def mode(connection: sa.Connection) -> str:
        return str(connection.scalar(sa.text("SHOW plan_cache_mode")))

    ways = (database.read, database.write, database.move, database.take, database.glance)
    assert [await way(mode) for way in ways] == ["auto", *["force_generic_plan"] * 4]
