"""The column types and functions give the same on both databases."""

import time

import pytest
import sqlalchemy as sa

from db.engine import Database
from db.tables.schema import recipes
from db.tables.types import canonical_json, database_now_ms
from services.errors import BugError
from services.models import JsonValue
from tests.db.rows import add_user, pause


def _now(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(database_now_ms())) or 0)


async def test_now_is_the_clock_in_whole_milliseconds(database: Database) -> None:
    for _ in range(50):
        before_ms = time.time_ns() // 1_000_000
        found_ms = await database.read(_now)
        assert before_ms - 1 <= found_ms <= time.time_ns() // 1_000_000 + 1


async def test_now_moves_on_inside_of_a_transaction(database: Database) -> None:
    def look_twice(connection: sa.Connection) -> tuple[int, float]:
        started_s = time.monotonic()
        before_ms = _now(connection)
        pause(connection, 0.03)
        return _now(connection) - before_ms, time.monotonic() - started_s

    moved_ms, taken_s = await database.write(look_twice)
    assert 25 <= moved_ms <= taken_s * 1000 + 2


async def _there_and_back(database: Database, value: JsonValue) -> JsonValue:
    def store(connection: sa.Connection) -> None:
        add_user(connection, 1)
        connection.execute(
            recipes.insert().values(code="abcd2345", user_id=1, body=value, created_at_ms=database_now_ms())
        )

    await database.write(store)
    found: JsonValue = await database.read(lambda connection: connection.scalar(sa.select(recipes.c.body)))
    return found


async def test_json_comes_back_as_it_was_with_its_keys_sorted(database: Database) -> None:
    value: JsonValue = {
        "zz": [1, 2.5, None, True, "ü\u2028😀\\u0000"],
        "b": {"d": 1, "cc": -7},
        "a": 4_294_967_295,
    }
    found = await _there_and_back(database, value)
    assert found == value
    assert isinstance(found, dict)
    assert list(found) == ["a", "b", "zz"]
    assert isinstance(found["b"], dict)
    assert list(found["b"]) == ["cc", "d"]


async def test_no_json_is_null_in_the_table(database: Database) -> None:
    table = sa.Table(
        "scratch", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("body", recipes.c.body.type)
    )

    def round_trip(connection: sa.Connection) -> tuple[int | None, JsonValue]:
        table.create(connection)
        connection.execute(table.insert().values(id=1, body=None))
        nulls = connection.scalar(sa.select(sa.func.count()).where(table.c.body.is_(sa.null())))
        return nulls, connection.scalar(sa.select(table.c.body))

    assert await database.write(round_trip) == (1, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\0b", {"k\0": 1}, ["\\\0"]])
async def test_json_that_one_database_cannot_hold_is_refused_on_both(
    database: Database, value: JsonValue
) -> None:
    with pytest.raises(BugError):
        await _there_and_back(database, value)


def test_the_same_value_gives_the_same_text() -> None:
    assert (
        canonical_json({"b": 1, "a": [1, "é"]})
        == canonical_json({"a": [1, "é"], "b": 1})
        == '{"a":[1,"é"],"b":1}'
    )
