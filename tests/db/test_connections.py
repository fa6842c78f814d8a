"""What the connections of PostgreSQL's pool keep: how many of them are used, and how many statements each remembers."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from db.dialects.postgresql import POOL_SIZE, STATEMENTS_KEPT
from db.engine import Database, open_database

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

_PID = sa.text("SELECT pg_backend_pid()")
_KEPT = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%of_this_test_%'")

# As it was asked for: the setting itself is 0 over a Unix socket.
_SIGN_OF_LIFE_S = sa.text("SELECT reset_val FROM pg_settings WHERE name = 'tcp_keepalives_idle'")


def _pid(connection: sa.Connection) -> int:
    return int(connection.scalar(_PID) or 0)


def _statement(number: int) -> sa.Select[Any]:
    return sa.select(sa.literal(number).label(f"of_this_test_{number}"))


def _run_many(connection: sa.Connection, count: int) -> None:
    for number in range(count):
        assert connection.scalar(_statement(number)) == number


def _kept(connection: sa.Connection) -> int:
    return int(connection.scalar(_KEPT) or 0)


async def test_who_comes_alone_is_given_the_connection_that_was_used_last(database: Database) -> None:
    together = await asyncio.gather(*[database.read(_pid) for _ in range(POOL_SIZE)])
    assert len(set(together)) > 1
    alone = [await database.read(_pid) for _ in range(POOL_SIZE)]
    assert len(set(alone)) == 1


async def test_a_connection_forgets_what_it_has_prepared_for_long_ago(database: Database) -> None:
    await database.read(_run_many, 6 * STATEMENTS_KEPT)
    assert STATEMENTS_KEPT <= await database.read(_kept) <= 2 * STATEMENTS_KEPT


async def test_an_address_that_says_how_many_statements_are_kept_is_not_overruled(database_url: str) -> None:
    url = sa.make_url(database_url).update_query_dict({"prepared_statement_cache_size": "3"})
    database = await open_database(url.render_as_string(hide_password=False), data_folder=None)
    try:
        await database.read(_run_many, STATEMENTS_KEPT)
        assert await database.read(_kept) <= 2 * 3
    finally:
        await database.close()


async def test_a_connection_that_rests_gives_signs_of_life_before_a_firewall_forgets_it(
    database: Database,
) -> None:
    """Azure's takes 4 minutes, others longer."""
    every_s = await database.read(lambda connection: int(connection.scalar(_SIGN_OF_LIFE_S) or 0))
    assert 0 < every_s < 4 * 60
