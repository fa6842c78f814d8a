"""Sums over the ledger that cost the same however much was paid for: sums carried forward, and the entries after them.

The table `ledger_sums` holds, by day of the hold, what all entries up to the one in `ledger_mark` sum to; a question
reads those rows and the few entries that came since. Totals that every entry raises in its own transaction would be
read as fast; but all payments would wait for one row, and a version that knows nothing of them, which runs beside this
one for the time of a deploy, would leave them wrong. Here the entries alone are true, and a sum is never missing one.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.money.ledger import ALLOWANCE, SPEND
from db.tables.schema import ledger, ledger_mark, ledger_sums
from db.tables.types import DAY_MS, database_now_ms, insert_for, is_word
from services.models import Payer

LIMITED: Final = (Payer.SERVER, Payer.OPERATOR)
"""Whose accounts budgets are for."""

OUTSIDE: Final = 0
"""The "server" of what happens in none."""

KEPT_DAYS: Final = 40
"""Nothing asks for more than the running month."""
BATCH: Final = 5_000
"""As many entries are carried forward in one transaction at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Of what sums are kept: of a book, by `owner` (None: one sum for all), of the entries that meet `condition`."""

    name: str
    book: str
    owner: sa.ColumnElement[int] | None
    is_by_server: bool
    condition: sa.ColumnElement[bool]

    @property
    def entries(self) -> sa.ColumnElement[bool]:
        """Return the condition that an entry of the ledger counts."""
        return sa.and_(is_word(ledger.c.book, self.book), self.condition)

    @property
    def key(self) -> tuple[sa.ColumnElement[Any], ...]:
        """Return, of an entry, the key in `ledger_sums` of the sum that it belongs to."""
        return (
            sa.literal_column(f"'{self.name}'"),
            _NONE if self.owner is None else self.owner,
            _DAY,
            _SERVER if self.is_by_server else _NONE,
            ledger.c.payer,
        )

    @property
    def varying(self) -> tuple[sa.ColumnElement[Any], ...]:
        """Return the parts of `key` to group by. The other ones are constants: PostgreSQL takes them for places."""
        return tuple(part for part in self.key[1:] if part is not _NONE)


_NONE: Final[sa.ColumnElement[int]] = sa.literal_column("0", sa.BigInteger)
_SERVER: Final = sa.func.coalesce(ledger.c.guild_id, _NONE)
_DAY: Final = ledger.c.held_at_ms - ledger.c.held_at_ms % sa.literal_column(str(DAY_MS), sa.BigInteger)

_OF_OPERATOR: Final = is_word(ledger.c.payer, Payer.OPERATOR)
_OF_SERVER: Final = ledger.c.guild_id.is_not(None) & is_word(ledger.c.payer, *LIMITED)

ACCOUNT: Final = Scope("account", SPEND, None, is_by_server=False, condition=_OF_OPERATOR)
"""What the operator's account spent."""
SERVER: Final = Scope("server", ALLOWANCE, ledger.c.guild_id, is_by_server=False, condition=_OF_SERVER)
"""What a server's members spent of what budgets limit."""
PERSON: Final = Scope("person", ALLOWANCE, ledger.c.user_id, is_by_server=True, condition=sa.true())
"""What somebody spent, in each server and by who paid."""
SCOPES: Final = (ACCOUNT, SERVER, PERSON)


@dataclass(frozen=True, slots=True)
class Moment:
    """The time (UTC epoch milliseconds), and the last entry that the sums hold: both of one snapshot."""

    now_ms: int
    carried_to: int


CARRIED_TO: Final = sa.select(sa.func.coalesce(sa.func.max(ledger_mark.c.entry_id), 0))
"""Selects the last entry that the sums hold."""
_MOMENT: Final = sa.select(database_now_ms(), CARRIED_TO.scalar_subquery())
_LAST: Final = sa.select(sa.func.coalesce(sa.func.max(ledger.c.id), 0))


def read_moment(conn: Connection) -> Moment:
    """Return the moment that the questions of this transaction are about."""
    row = conn.execute(_MOMENT).one()
    return Moment(row[0], row[1])


_SINCE_MS: Final = sa.bindparam("since_ms", type_=sa.BigInteger)
_AFTER: Final = sa.bindparam("carried_to", type_=sa.BigInteger)


@cache
def amounts(
    scope: Scope,
    since_ms: sa.ColumnElement[int] = _SINCE_MS,
    carried_to: sa.ColumnElement[int] = _AFTER,
) -> sa.Subquery:
    """Return all amounts of one owner since a day: columns at_ms, guild_id (0: none), payer and amount_micro_usd.

    Asks for `of_owner` (not where there is one sum for all), and for `since_ms` (the first moment of a day) and
    `carried_to` (of the same snapshot) where they are not given as expressions. Neither is read in here. As a number
    `carried_to` lets PostgreSQL see how few entries are left; as a subquery it does not, which saves a statement.
    """
    sums, entry = ledger_sums.c, ledger.c
    owner = _NONE if scope.owner is None else sa.bindparam("of_owner", type_=sa.BigInteger)
    carried = sa.select(
        sums.day_ms.label("at_ms"), sums.guild_id, sums.payer, sums.amount_micro_usd
    ).where(is_word(sums.scope, scope.name), sums.owner_id == owner, sums.day_ms >= since_ms)  # fmt: skip
    newer = sa.select(entry.held_at_ms, *scope.key[3:], entry.amount_micro_usd).where(
        scope.entries,
        entry.id > carried_to,
        entry.held_at_ms >= since_ms,
    )
    if scope.owner is not None:
        newer = newer.where(scope.owner == owner)
    return sa.union_all(carried, newer).subquery(f"of_{scope.name}")


@dataclass(frozen=True, slots=True)
class Tail:
    """The last entry that the sums hold, the last one that there is, and who may be adding entries just now."""

    carried_to: int
    last_id: int
    writers: frozenset[str]


def read_tail(conn: Connection) -> Tail:
    """Return what is not carried forward yet.

    Where an entry up to `last_id` cannot be seen yet, one of `writers` is adding it: ids are given out in their order.
    """
    last_id = conn.execute(_LAST).scalar_one()
    # After the look at the entries: who has ended in between has committed before, or is no matter.
    return Tail(conn.execute(CARRIED_TO).scalar_one(), last_id, read_writers(conn))


# Who adds an entry has this lock before it has the entry's id, and until its transaction has ended.
# Source: PostgreSQL manual, 13.3.1 and 54.12 (pg_locks); CREATE INDEX CONCURRENTLY waits for others in the same way.
_WRITERS: Final = sa.text(
    "SELECT virtualtransaction FROM pg_locks"
    " WHERE relation = CAST('ledger' AS regclass) AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def read_writers(conn: Connection) -> frozenset[str]:
    """Return the transactions that may be adding entries now; none on SQLite, where one writes after the other."""
    if conn.dialect.name == "sqlite":
        return frozenset()
    return frozenset(conn.execute(_WRITERS).scalars())


def carry_forward(conn: Connection, until: int) -> bool:
    """Take the next entries up to `until`, at most BATCH, into the sums; return whether there are more.

    No entry up to `until` may still come: every writer of `read_tail` has ended before this transaction begins. Two
    that do this at once do not take an entry twice.
    """
    carried_to = int(conn.execute(CARRIED_TO).scalar_one())
    end = min(until, carried_to + BATCH)
    # First of all: a second one waits here, and then finds another mark.
    moved = sa.update(ledger_mark).where(ledger_mark.c.entry_id == carried_to).values(entry_id=end)
    if end <= carried_to or conn.execute(moved).rowcount == 0:
        return False
    values = {"after": carried_to, "until": end, "oldest_ms": oldest_day_ms(conn)}
    for scope in SCOPES:
        conn.execute(_addition(conn.dialect.name, scope), values)
    return end < until


@cache
def _addition(dialect_name: str, scope: Scope) -> sa.Executable:
    """Return the statement that adds the entries after `after` up to `until` to a scope's sums."""
    entries = (
        sa.select(*scope.key, sa.func.sum(ledger.c.amount_micro_usd))
        .where(
            ledger.c.id > sa.bindparam("after", type_=sa.BigInteger),
            ledger.c.id <= sa.bindparam("until", type_=sa.BigInteger),
            ledger.c.held_at_ms >= sa.bindparam("oldest_ms", type_=sa.BigInteger),
            scope.entries,
        )
        .group_by(*scope.varying)
    )
    insert = insert_for(dialect_name, ledger_sums)
    insert = insert.from_select([column.name for column in ledger_sums.columns], entries)
    amount = ledger_sums.c.amount_micro_usd + insert.excluded.amount_micro_usd
    keys = list(ledger_sums.primary_key.columns)
    adding: sa.Executable = insert.on_conflict_do_update(
        index_elements=keys, set_={"amount_micro_usd": amount}
    )
    return adding


def oldest_day_ms(conn: Connection) -> int:
    """Return the first moment of the oldest day whose sums are kept (UTC epoch milliseconds)."""
    now_ms = int(conn.execute(sa.select(database_now_ms())).scalar_one())
    return now_ms - now_ms % DAY_MS - KEPT_DAYS * DAY_MS


def forget_old(conn: Connection) -> int:
    """Delete the sums of days that nothing asks for any more; returns how many."""
    return conn.execute(sa.delete(ledger_sums).where(ledger_sums.c.day_ms < oldest_day_ms(conn))).rowcount


def forget_all(conn: Connection) -> None:
    """Delete all sums, to carry every entry of the kept days forward anew; until then the entries answer alone."""
    conn.execute(sa.delete(ledger_sums))
    kept = ledger.c.held_at_ms >= oldest_day_ms(conn)
    before = conn.execute(sa.select(sa.func.min(ledger.c.id) - 1).where(kept)).scalar()
    if before is not None:
        # Never forward: an entry of a lower id may still come.
        back = ledger_mark.c.entry_id > before
        conn.execute(sa.update(ledger_mark).where(back).values(entry_id=before))
