"""What people and servers have set, in the database."""

from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import pytest
import sqlalchemy as sa

from db.engine import Connection, Database
from db.people import people, preferences
from db.people.preferences import PersonRow, ServerRow
from db.tables.schema import guild_settings
from services.server_rules import NO_RULES, ServerRules, rules_from_json

ADA, BEN, ATELIER, LOUNGE = 1, 2, 10, 20
STRICT = ServerRules(frozenset({"sketch", "fal/flux-dev"}), MappingProxyType({"safety_tolerance": "2"}))


async def test_who_has_set_nothing_has_what_everybody_has(database: Database) -> None:
    assert await database.read(preferences.read_person, ADA) == PersonRow()
    assert await database.read(preferences.read_server, ATELIER) == ServerRow()
    assert await database.read(preferences.read_rules, ATELIER) == NO_RULES


async def test_what_a_person_sets_stays_and_is_that_persons_alone(database: Database) -> None:
    wanted = PersonRow("fal/flux-dev", "de", is_private=True, allows_direct_messages=True)
    assert await database.write(preferences.change_person, ADA, lambda _row: wanted) == wanted
    assert await database.read(preferences.read_person, ADA) == wanted
    assert await database.read(preferences.read_person, BEN) == PersonRow()
    assert await database.read(people.read_private_ids) == (frozenset({ADA}), frozenset())


async def test_a_change_begins_from_what_stands_there(database: Database) -> None:
    await database.write(preferences.change_person, ADA, lambda row: replace(row, model="sketch"))
    await database.write(preferences.change_person, ADA, lambda row: replace(row, language="de"))
    await database.write(preferences.change_person, ADA, lambda row: replace(row, model=None))
    assert await database.read(preferences.read_person, ADA) == PersonRow(language="de")


async def test_what_a_server_sets_stays_and_is_that_servers_alone(database: Database) -> None:
    wanted = ServerRow("sketch", "de", STRICT, is_private=True)
    assert await database.write(preferences.change_server, ATELIER, lambda _row: wanted) == wanted
    assert await database.read(preferences.read_server, ATELIER) == wanted
    assert await database.read(preferences.read_rules, ATELIER) == STRICT
    assert await database.read(preferences.read_rules, LOUNGE) == NO_RULES


async def test_a_list_of_no_model_is_not_the_same_as_no_list(database: Database) -> None:
    nothing = ServerRow(rules=ServerRules(frozenset()))
    await database.write(preferences.change_server, ATELIER, lambda _row: nothing)
    assert await database.read(preferences.read_rules, ATELIER) == nothing.rules


async def test_everybody_is_read_at_once_with_what_they_have_set(database: Database) -> None:
    await database.write(preferences.change_person, ADA, lambda row: replace(row, language="de"))
    await database.write(preferences.change_person, BEN, lambda row: replace(row, is_private=True))
    await database.write(preferences.change_server, ATELIER, lambda row: replace(row, rules=STRICT))
    found = await database.read(preferences.read_everybody)
    assert found.people == {ADA: PersonRow(language="de")}
    assert found.servers == {ATELIER: ServerRow(rules=STRICT)}
    assert found.survey == await database.read(preferences.survey)


async def test_every_change_is_seen_in_the_survey_however_fast_they_follow(database: Database) -> None:
    seen = [await database.read(preferences.survey)]
    for _ in range(20):
        await database.write(preferences.change_person, ADA, lambda row: row)
        await database.write(preferences.change_server, ATELIER, lambda row: row)
        seen.append(await database.read(preferences.survey))
    assert all(before.people_ms < after.people_ms for before, after in pairwise(seen))
    assert all(before.servers_ms < after.servers_ms for before, after in pairwise(seen))


def _set_back_the_clock(conn: Connection) -> None:
    conn.execute(sa.update(guild_settings).values(changed_at_ms=guild_settings.c.changed_at_ms + 10**9))


async def test_a_change_is_seen_also_after_the_clock_of_the_database_was_set_back(database: Database) -> None:
    await database.write(preferences.change_server, ATELIER, lambda row: row)
    await database.write(_set_back_the_clock)
    before = await database.read(preferences.survey)
    await database.write(preferences.change_server, ATELIER, lambda row: row)
    assert (await database.read(preferences.survey)).servers_ms > before.servers_ms


class Refused(Exception):
    """What a change may raise."""


async def test_a_change_that_refuses_leaves_everything_as_it_was(database: Database) -> None:
    def refuse(_row: ServerRow) -> ServerRow:
        raise Refused

    await database.write(preferences.change_server, ATELIER, lambda row: replace(row, model="sketch"))
    before = await database.read(preferences.survey)
    with pytest.raises(Refused):
        await database.write(preferences.change_server, ATELIER, refuse)
    assert await database.read(preferences.survey) == before


def test_a_stored_rule_that_cannot_be_read_counts_as_the_strictest() -> None:
    rules = rules_from_json("fal", {"safety_tolerance": 9, "moderation": "whatever", "unheard_of": 1})
    assert not rules.allows("fal", "fal/flux-dev")
    assert rules.caps == {"safety_tolerance": "0", "moderation": "auto"}
