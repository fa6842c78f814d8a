"""A statement of ours, given to the driver as it is, means what it means with SQLAlchemy: on both databases."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.engine import ConflictError, Database
from db.tables.schema import recipes, users
from db.tables.types import database_now_ms
from services.errors import BugError
from tests.db.rows import add_user

_ADD = Prepared(sa.insert(users))
_NEW = {"id": 7, "first_seen_at_ms": 5, "is_private_by_default": True, "allows_direct_messages": False}
_ADD_RECIPE = Prepared(sa.insert(recipes).values(created_at_ms=database_now_ms()).returning(recipes.c.id))
_BODIES = Prepared(
    sa.select(recipes.c.body, recipes.c.code).where(recipes.c.user_id == sa.bindparam("whose"))
)
_FLAGS = sa.select(users.c.is_private_by_default, users.c.allows_direct_messages, users.c.id).where(
    users.c.id == sa.bindparam("whose")
)
_FIND = Prepared(_FLAGS)
_RENAME = Prepared(
    sa.update(users)
    .where(users.c.id >= sa.bindparam("from_id"))
    .values(first_seen_at_ms=sa.bindparam("seen"))
)


def _recipe(code: str, body: object) -> dict[str, object]:
    return {"code": code, "user_id": 7, "parent_code": None, "body": body, "words": ""}


async def test_gives_the_values_that_the_columns_have_types_for(database: Database) -> None:
    assert await database.write(_ADD.change, _NEW) == 1
    assert await database.write(_FIND.first, {"whose": 7}) == (True, False, 7)
    assert await database.read(_FIND.first, {"whose": 7}) == (True, False, 7)
    row = await database.read(_FIND.one, {"whose": 7})
    assert [type(value) for value in row] == [bool, bool, int]


@pytest.mark.parametrize("body", [{"b": [1, 2.5, None], "a": "ß\n'"}, {}, {"seed": 2**53}])
async def test_json_goes_in_and_comes_out_as_it_was(database: Database, body: dict[str, Any]) -> None:
    await database.write(_ADD.change, _NEW)
    first = await database.write(_ADD_RECIPE.scalar, _recipe("a", body))
    second = await database.write(_ADD_RECIPE.scalar, _recipe("b", body))
    assert second > first
    assert await database.read(_BODIES.all, {"whose": 7}) == [(body, "a"), (body, "b")]
    assert await database.read(_BODIES.all_named, {"whose": 7}) == [
        {"body": body, "code": "a"}, {"body": body, "code": "b"},
    ]  # fmt: skip


async def test_says_nothing_where_there_is_no_row(database: Database) -> None:
    nobody = {"whose": 1}
    assert await database.read(_FIND.first, nobody) is None
    assert await database.read(_FIND.named, nobody) is None
    assert await database.read(_FIND.scalar, nobody) is None
    assert await database.read(_FIND.all, nobody) == []
    with pytest.raises(ValueError, match="not enough values"):
        await database.read(_FIND.one, nobody)


async def test_counts_what_it_has_changed(database: Database) -> None:
    for user_id in range(5):
        await database.write(add_user, user_id)
    assert await database.write(_RENAME.change, {"from_id": 2, "seen": 9}) == 3
    assert await database.write(_RENAME.change, {"from_id": 5, "seen": 9}) == 0


async def test_other_columns_are_another_insert(database: Database) -> None:
    await database.write(_ADD.change, _NEW)
    await database.write(_ADD.change, {"id": 8, "first_seen_at_ms": 6})
    assert (await database.read(_FIND.one, {"whose": 8}))[2] == 8


async def test_a_value_that_is_missing_is_a_bug_and_nothing_is_asked(database: Database) -> None:
    with pytest.raises(KeyError, match="whose"):
        await database.read(_FIND.first, {})
    await database.write(_ADD.change, _NEW)
    with pytest.raises(KeyError, match="whose"):
        await database.read(_FIND.first, {"who": 7})


async def test_a_row_that_a_rule_refuses_is_named_and_nothing_is_kept(database: Database) -> None:
    def twice(conn: Connection) -> None:
        _ADD.change(conn, _NEW)
        _ADD.change(conn, _NEW)

    with pytest.raises(ConflictError) as caught:
        await database.write(twice)
    assert (caught.value.kind, caught.value.constraint) == ("unique", "pk_users")
    assert await database.read(_FIND.first, {"whose": 7}) is None


async def test_a_wrong_statement_is_our_bug(database: Database) -> None:
    gone = sa.table("gone", sa.column("id", sa.Integer))
    with pytest.raises(BugError) as caught:
        await database.write(Prepared(sa.select(gone.c.id)).first)
    assert caught.value.code == "database_statement"


async def test_a_read_cannot_write_by_it(database: Database) -> None:
    with pytest.raises(Exception, match="read"):
        await database.read(_ADD.change, _NEW)
    assert await database.write(_FIND.first, {"whose": 7}) is None


async def test_a_list_of_values_is_refused_as_it_is_another_statement_each_time(database: Database) -> None:
    among = Prepared(sa.select(users.c.id).where(users.c.id.in_([1, 2])))
    with pytest.raises(TypeError, match="another length"):
        await database.read(among.all)
