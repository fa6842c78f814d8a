"""Changes that go together mean what they mean one after the other: the same on both databases."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared, Row
from db.dialects.together import has_run, id_of, of_part, together
from db.engine import ConflictError, Database
from db.jobs import ended_results, jobs
from db.tables.schema import guilds, recipes, users
from db.tables.types import database_now_ms
from services.errors import BugError
from services.models import JobState

_PERSON = Prepared(sa.insert(users).values(first_seen_at_ms=5).returning(users.c.id))
_SERVER = Prepared(sa.insert(guilds).values(first_seen_at_ms=database_now_ms()))
_RECIPE = Prepared(
    sa.insert(recipes)
    .values(user_id=of_part("person", users.c.id), words="", created_at_ms=5)
    .returning(recipes.c.code, recipes.c.body, recipes.c.user_id)
)
_SEEN = Prepared(
    sa.update(users)
    .where(users.c.id == sa.bindparam("whose"), users.c.first_seen_at_ms < 100)
    .values(first_seen_at_ms=sa.bindparam("seen"))
    .returning(users.c.id, users.c.is_private_by_default, users.c.first_seen_at_ms)
)
_SERVER_SEEN = Prepared(
    sa.update(guilds)
    .where(guilds.c.id == sa.bindparam("whose"), has_run("person"))
    .values(first_seen_at_ms=sa.bindparam("seen"))
)
_COPY = Prepared(
    sa.insert(guilds).from_select(
        ["id", "first_seen_at_ms"],
        sa.select(
            of_part("person", users.c.id), of_part("person", users.c.first_seen_at_ms) + sa.bindparam("later")
        ).where(has_run("person")),
    )
)
_ALL_SEEN = Prepared(sa.update(users).values(first_seen_at_ms=sa.bindparam("seen")).returning(users.c.id))
_TIMES = [
    Prepared(sa.select(table.c.id, table.c.first_seen_at_ms).order_by(table.c.id))
    for table in (users, guilds)
]
BODY = {"b": [1, None], "a": "ß\n'$1::x"}


def _times(conn: Connection) -> list[dict[int, int]]:
    """Return when each person, and each server, was seen first."""
    return [{row[0]: row[1] for row in statement.all(conn)} for statement in _TIMES]


def _new(conn: Connection, user_id: int = 7, code: str = "a") -> Mapping[str, Row | None]:
    """Write a person, a server and a recipe of the person's."""
    return together(
        conn,
        person=(_PERSON, {"id": user_id}),
        server=(_SERVER, {"id": user_id + 1}),
        recipe=(_RECIPE, {"code": code, "body": BODY}),
    )


async def test_gives_the_row_of_each_part_with_the_values_that_its_columns_have_types_for(
    database: Database,
) -> None:
    done = await database.write(_new)
    assert done == {"person": (7,), "server": (), "recipe": ("a", BODY, 7)}
    assert id_of(done, "person") == 7
    users_seen, servers_seen = await database.read(_times)
    assert (users_seen, list(servers_seen)) == ({7: 5}, [8])


async def test_a_part_takes_what_one_before_it_has_returned(database: Database) -> None:
    def seen_and_copied(conn: Connection) -> Mapping[str, Row | None]:
        _PERSON.first(conn, {"id": 3})
        return together(conn, person=(_SEEN, {"whose": 3, "seen": 50}), copy=(_COPY, {"later": 2}))

    assert await database.write(seen_and_copied) == {"person": (3, False, 50), "copy": ()}
    assert await database.read(_times) == [{3: 50}, {3: 52}]


async def test_what_waits_for_a_part_that_changed_nothing_changes_nothing(database: Database) -> None:
    def of_nobody(conn: Connection) -> Mapping[str, Row | None]:
        _SERVER.change(conn, {"id": 9})
        return together(
            conn,
            person=(_SEEN, {"whose": 3, "seen": 50}),
            server=(_SERVER_SEEN, {"whose": 9, "seen": 1}),
            copy=(_COPY, {"later": 2}),
        )

    done = await database.write(of_nobody)
    assert done == {"person": None, "server": None, "copy": None}
    users_seen, servers_seen = await database.read(_times)
    assert (users_seen, list(servers_seen)) == ({}, [9])
    assert servers_seen[9] > 1
    with pytest.raises(BugError, match="person"):
        id_of(done, "person")


async def test_all_rows_of_a_part_change_and_the_first_is_given(database: Database) -> None:
    def seen_again(conn: Connection) -> Mapping[str, Row | None]:
        for user_id in (4, 5, 6):
            _PERSON.first(conn, {"id": user_id})
        return together(conn, people=(_ALL_SEEN, {"seen": 70}), server=(_SERVER, {"id": 1}))

    done = await database.write(seen_again)
    assert (done["people"] in {(4,), (5,), (6,)}, done["server"]) == (True, ())
    assert (await database.read(_times))[0] == {4: 70, 5: 70, 6: 70}


async def test_a_rule_that_refuses_one_part_is_named_and_nothing_of_the_others_is_kept(
    database: Database,
) -> None:
    await database.write(_new)
    with pytest.raises(ConflictError) as caught:
        await database.write(_new, 20, "a")
    assert (caught.value.kind, caught.value.constraint) == ("unique", "uq_recipes_code")
    assert (await database.read(_times))[0] == {7: 5}


async def test_the_same_parts_again_are_the_same_statement_with_other_values(database: Database) -> None:
    first = await database.write(_new, 7, "a")
    second = await database.write(_new, 17, "b")
    assert [first["recipe"], second["recipe"]] == [("a", BODY, 7), ("b", BODY, 17)]


async def test_a_value_that_is_missing_is_a_bug_and_nothing_is_asked(database: Database) -> None:
    with pytest.raises(KeyError, match="whose"):
        await database.write(together, person=(_SEEN, {"seen": 50}))
    assert await database.read(_times) == [{}, {}]


async def test_a_request_never_ends_with_the_move_that_locks_it(database: Database) -> None:
    """Whether it was the last job is seen in a later statement only: the other one may end at the same moment."""
    end = ended_results.on_its_way(1)
    with pytest.raises(BugError, match="after the move"):
        await database.move(jobs.move_job_with, 1, JobState.FETCHING, JobState.STORED, end, fence=1)
