"""Whose results are private by default."""

import sqlalchemy as sa

from db.engine import Connection, Database
from db.people import people
from db.tables.schema import guilds, users
from services.privacy import PrivacyDefaults, load_privacy_defaults


def _make_private(conn: Connection, table: sa.Table, row_id: int) -> None:
    conn.execute(sa.update(table).where(table.c.id == row_id).values(is_private_by_default=True))


def test_is_public_where_nobody_said_otherwise() -> None:
    assert not PrivacyDefaults().is_private(1, 10)
    assert not PrivacyDefaults().is_private(1, None)


def test_is_private_for_a_user_everywhere_and_for_a_server_for_everybody() -> None:
    defaults = PrivacyDefaults(frozenset({1}), frozenset({10}))

    assert [defaults.is_private(1, guild_id) for guild_id in (10, 20, None)] == [True, True, True]
    assert [defaults.is_private(2, guild_id) for guild_id in (10, 20, None)] == [True, False, False]


def test_does_not_take_a_user_for_a_server_of_the_same_number() -> None:
    assert not PrivacyDefaults(frozenset({1}), frozenset()).is_private(2, 1)
    assert not PrivacyDefaults(frozenset(), frozenset({1})).is_private(1, 2)


async def test_loads_those_who_said_so_and_nobody_else(database: Database) -> None:
    for user_id in (1, 2):
        await database.write(people.remember_person, user_id, user_id * 10)
    await database.write(_make_private, users, 1)
    await database.write(_make_private, guilds, 20)

    assert await load_privacy_defaults(database) == PrivacyDefaults(frozenset({1}), frozenset({20}))


async def test_loads_nobody_from_an_empty_database(database: Database) -> None:
    assert await load_privacy_defaults(database) == PrivacyDefaults()
