"""What people and servers have set: the tables `user_settings` and `guild_settings`, and the defaults beside them.

Rows are never deleted, and `changed_at_ms` of a row only grows: the sum over a table changes with every change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.people.people import remember_server, remember_user
from db.tables.schema import guild_settings, guilds, user_settings, users
from db.tables.types import database_now_ms, insert_for
from services.models import JsonValue
from services.server_rules import NO_RULES, ServerRules, rules_from_json


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one person has set; None and False are as the server, or the bot, has it."""

    model: str | None = None
    language: str | None = None
    is_private: bool = False
    allows_direct_messages: bool = False


@dataclass(frozen=True, slots=True)
class ServerRow:
    """What one server has set."""

    model: str | None = None
    language: str | None = None
    rules: ServerRules = NO_RULES
    is_private: bool = False


class Survey(NamedTuple):
    """Rows of people and of servers, and the sums of the moments when they changed last."""

    people: int
    people_ms: int
    servers: int
    servers_ms: int


class Everybody(NamedTuple):
    """What everybody has set, without privacy, with what tells whether it changed since."""

    survey: Survey
    people: Mapping[int, PersonRow]
    servers: Mapping[int, ServerRow]


NOBODY_SET: Final = PersonRow()
NOTHING_SET: Final = ServerRow()

_EPOCH_MS: Final = 1_700_000_000_000
"""Taken off before adding up, so that the sum of a hundred million rows fits 64 bits."""


def survey(conn: Connection) -> Survey:
    """Return what changes whenever a person or a server changes a setting."""
    counts = [
        conn.execute(
            sa.select(sa.func.count(), sa.func.sum(table.c.changed_at_ms - _EPOCH_MS)).select_from(table)
        ).one()
        for table in (user_settings, guild_settings)
    ]
    (people, people_ms), (servers, servers_ms) = counts
    return Survey(int(people), int(people_ms or 0), int(servers), int(servers_ms or 0))


def read_everybody(conn: Connection) -> Everybody:
    """Return what everybody has set."""
    user, guild = user_settings.c, guild_settings.c
    # First: what changes while the rest is read is noticed at the next look.
    seen = survey(conn)
    people = conn.execute(
        sa.select(user.user_id, user.model, user.language).where(
            user.model.is_not(None) | user.language.is_not(None)
        )
    )
    servers = conn.execute(
        sa.select(guild.guild_id, guild.model, guild.language, guild.allowed_models, guild.safety_caps)
    )
    return Everybody(
        seen,
        {row[0]: PersonRow(row[1], row[2]) for row in people},
        {row[0]: ServerRow(row[1], row[2], rules_from_json(row[3], row[4])) for row in servers},
    )


_RULES: Final = Prepared(
    sa.select(guild_settings.c.allowed_models, guild_settings.c.safety_caps).where(
        guild_settings.c.guild_id == sa.bindparam("of_guild")
    )
)


def read_rules(conn: Connection, guild_id: int) -> ServerRules:
    """Return the rules of a server."""
    row = _RULES.first(conn, {"of_guild": guild_id})
    return NO_RULES if row is None else rules_from_json(row[0], row[1])


def read_person(conn: Connection, user_id: int) -> PersonRow:
    """Return what a person has set."""
    c = user_settings.c
    row = conn.execute(sa.select(c.model, c.language).where(c.user_id == user_id)).first()
    flags = conn.execute(
        sa.select(users.c.is_private_by_default, users.c.allows_direct_messages).where(users.c.id == user_id)
    ).first()
    kept = NOBODY_SET if row is None else PersonRow(row[0], row[1])
    return kept if flags is None else replace(kept, is_private=flags[0], allows_direct_messages=flags[1])


def read_server(conn: Connection, guild_id: int) -> ServerRow:
    """Return what a server has set."""
    c = guild_settings.c
    row = conn.execute(
        sa.select(c.model, c.language, c.allowed_models, c.safety_caps).where(c.guild_id == guild_id)
    ).first()
    kept = NOTHING_SET if row is None else ServerRow(row[0], row[1], rules_from_json(row[2], row[3]))
    is_private = conn.execute(
        sa.select(guilds.c.is_private_by_default).where(guilds.c.id == guild_id)
    ).scalar()
    return replace(kept, is_private=bool(is_private))


def change_person(conn: Connection, user_id: int, change: Callable[[PersonRow], PersonRow]) -> PersonRow:
    """Change what a person has set, and return it. `change` may be called again, and raises where it refuses."""
    row = change(read_person(conn, user_id))
    remember_user(conn, user_id)
    flags = {"is_private_by_default": row.is_private, "allows_direct_messages": row.allows_direct_messages}
    conn.execute(sa.update(users).where(users.c.id == user_id).values(flags))
    _put(
        conn, user_settings, user_settings.c.user_id, user_id, {"model": row.model, "language": row.language}
    )
    return row


def change_server(conn: Connection, guild_id: int, change: Callable[[ServerRow], ServerRow]) -> ServerRow:
    """Change what a server has set, and return it. `change` may be called again, and raises where it refuses."""
    row = change(read_server(conn, guild_id))
    remember_server(conn, guild_id)
    conn.execute(
        sa.update(guilds).where(guilds.c.id == guild_id).values(is_private_by_default=row.is_private)
    )
    allowed = row.rules.allowed
    values: dict[str, JsonValue] = {
        "model": row.model,
        "language": row.language,
        "allowed_models": None if allowed is None else [*sorted(allowed)],
        "safety_caps": {**row.rules.caps} or None,
    }
    _put(conn, guild_settings, guild_settings.c.guild_id, guild_id, values)
    return row


def _put(
    conn: Connection, table: sa.Table, key: sa.Column[Any], row_id: int, values: Mapping[str, JsonValue]
) -> None:
    """Write a row, later than it was written before by its own clock, whatever the database's says."""
    before = table.c.changed_at_ms
    later = sa.case((database_now_ms() > before, database_now_ms()), else_=before + 1)
    insert = insert_for(conn.dialect.name, table).values(
        {key.name: row_id, **values, "changed_at_ms": database_now_ms()}
    )
    conn.execute(insert.on_conflict_do_update(index_elements=[key], set_={**values, "changed_at_ms": later}))
