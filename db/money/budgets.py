"""The table `budgets`: what a server lets its members spend of its own key and of the operator's; and what they spent.

A server's budget counts all its members together. Everybody's own limit is that of the person's own entry, else the
most generous one among the person's roles. What a person pays with a key of one's own is nobody else's business.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.prepared import Prepared
from db.money.ledger_sums import LIMITED, OUTSIDE, PERSON, SERVER, Moment, Scope, amounts, read_moment
from db.tables.schema import budgets
from db.tables.types import DAY_MS, database_now_ms
from services.errors import LimitError
from services.models import BudgetOwner, Payer, Period


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit of a server. `owner_id` is the server's, the role's or the person's id."""

    owner: BudgetOwner
    owner_id: int
    period: Period
    limit_micro_usd: int


@dataclass(frozen=True, slots=True)
class RunningBudget:
    """A limit that counts for somebody now, what was spent of it, and in how many seconds it is free again."""

    budget: Budget
    spent_micro_usd: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Span:
    """A period that runs now: its first moment and that of the next one (UTC epoch milliseconds)."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a person spent in micro-dollars, by period: in one server of what budgets limit, and with own keys."""

    here: dict[Period, int]
    own_keys: dict[Period, int]


def spans(now_ms: int) -> dict[Period, Span]:
    """Return the UTC day and the calendar month that a time (UTC epoch milliseconds) lies in."""
    day_ms = now_ms - now_ms % DAY_MS
    first = datetime.fromtimestamp(day_ms // 1000, UTC).replace(day=1)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    month = Span(int(first.timestamp()) * 1000, int(following.timestamp()) * 1000)
    return {Period.DAY: Span(day_ms, day_ms + DAY_MS), Period.MONTH: month}


def keep_budget(conn: Connection, guild_id: int, budget: Budget, set_by: int) -> None:
    """Set a limit in the place of an earlier one for the same owner and period."""
    values = {"limit_micro_usd": budget.limit_micro_usd, "set_by": set_by, "set_at_ms": database_now_ms()}
    statement = sa.update(budgets).where(_is(guild_id, budget.owner, budget.owner_id, budget.period))
    if conn.execute(statement.values(values)).rowcount == 0:
        place = {"owner_kind": budget.owner, "owner_id": budget.owner_id, "period": budget.period}
        conn.execute(sa.insert(budgets).values(guild_id=guild_id, **place, **values))


def remove_budget(conn: Connection, guild_id: int, owner: BudgetOwner, owner_id: int, period: Period) -> bool:
    """Take a limit away; False where there is none."""
    return conn.execute(sa.delete(budgets).where(_is(guild_id, owner, owner_id, period))).rowcount == 1


def list_budgets(conn: Connection, guild_id: int) -> list[Budget]:
    """Return a server's limits: its own first, then those of roles and people."""
    return sorted(
        [_budget(row) for row in conn.execute(_limits(), {"of_guild": guild_id})],
        key=lambda each: (_ORDER[each.owner], each.owner_id, each.period),
    )


def read_running(
    conn: Connection, guild_id: int, user_id: int, role_ids: Collection[int]
) -> list[RunningBudget]:
    """Return the limits that count for a person in a server, and what was spent of each."""
    limits = _limits_for(conn, guild_id, user_id, role_ids)
    if not limits:
        return []
    moment = read_moment(conn)
    running = spans(moment.now_ms)
    found = []
    for asked in (_Asked(SERVER, guild_id, LIMITED), _Asked(PERSON, user_id, LIMITED, guild_id)):
        of_kind = [each for each in limits if (each.owner is BudgetOwner.SERVER) is (asked.scope is SERVER)]
        sums = _sums(conn, asked, moment, {each.period: running[each.period] for each in of_kind})
        found += [
            RunningBudget(each, sums[each.period], (running[each.period].end_ms - moment.now_ms) // 1000 + 1)
            for each in of_kind
        ]
    return found


def check_budgets(
    conn: Connection, guild_id: int, user_id: int, role_ids: Collection[int], price_micro_usd: int
) -> None:
    """Raise LimitError("server_budget") or LimitError("user_budget") where a price does not fit into what is left."""
    for each in read_running(conn, guild_id, user_id, role_ids):
        budget = each.budget
        if each.spent_micro_usd + price_micro_usd > budget.limit_micro_usd:
            raise LimitError(
                "server_budget" if budget.owner is BudgetOwner.SERVER else "user_budget",
                # A price above the whole limit does not fit tomorrow either.
                retry_after_s=each.seconds_left if price_micro_usd <= budget.limit_micro_usd else None,
                price_micro_usd=price_micro_usd,
                spent_micro_usd=each.spent_micro_usd,
                cap_micro_usd=budget.limit_micro_usd,
                period=budget.period,
            )


def read_spent(conn: Connection, guild_id: int | None, user_id: int) -> Spent:
    """Return what a person spent today and this month: in a server (None: outside of any), and with own keys."""
    moment = read_moment(conn)
    running = spans(moment.now_ms)
    here = _sums(conn, _Asked(PERSON, user_id, LIMITED, guild_id or OUTSIDE), moment, running)
    return Spent(here, _sums(conn, _Asked(PERSON, user_id, (Payer.USER,)), moment, running))


_ORDER: Final = {BudgetOwner.SERVER: 0, BudgetOwner.ROLE: 1, BudgetOwner.USER: 2}


def _is(guild_id: int, owner: BudgetOwner, owner_id: int, period: Period) -> sa.ColumnElement[bool]:
    c = budgets.c
    return sa.and_(c.guild_id == guild_id, c.owner_kind == owner, c.owner_id == owner_id, c.period == period)


def _limits() -> sa.Select[*tuple[Any, ...]]:
    c = budgets.c
    statement = sa.select(c.owner_kind, c.owner_id, c.period, c.limit_micro_usd)
    return statement.where(c.guild_id == sa.bindparam("of_guild", type_=sa.BigInteger))


_OWNER: Final = (budgets.c.owner_kind, budgets.c.owner_id)
_COUNTING: Final = Prepared(
    _limits().where(
        (_OWNER[0] != BudgetOwner.USER) | (_OWNER[1] == sa.bindparam("of_user", type_=sa.BigInteger))
    )
)
"""Every accepted picture asks for it. Of roles those of the whole server: they are few."""


def _budget(row: Sequence[Any]) -> Budget:
    return Budget(BudgetOwner(row[0]), row[1], Period(row[2]), row[3])


def _limits_for(conn: Connection, guild_id: int, user_id: int, role_ids: Collection[int]) -> list[Budget]:
    """Return the limits that count: the server's, and for each period the person's own or the best of the roles'."""
    # Everybody has the role "@everyone", which Discord names by the server's id and does not list with a member.
    roles = {*role_ids, guild_id}
    counting = map(_budget, _COUNTING.all(conn, {"of_guild": guild_id, "of_user": user_id}))
    found = [each for each in counting if each.owner is not BudgetOwner.ROLE or each.owner_id in roles]
    personal = [_personal([each for each in found if each.period is period]) for period in Period]
    servers = [each for each in found if each.owner is BudgetOwner.SERVER]
    return [*servers, *(each for each in personal if each is not None)]


def _personal(found: Sequence[Budget]) -> Budget | None:
    own = [each for each in found if each.owner is BudgetOwner.USER]
    of_roles = [each for each in found if each.owner is BudgetOwner.ROLE]
    return max(own or of_roles, key=lambda each: each.limit_micro_usd, default=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose amounts: by who paid, and in one server or in all of them (None)."""

    scope: Scope
    owner_id: int
    payers: Sequence[Payer]
    guild_id: int | None = None


@cache
def _sums_by(scope: Scope, count: int, *, in_one_server: bool) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement of `count` sums, each from `start_0`, `start_1`, ... on."""
    found = amounts(scope).c
    starts = [sa.bindparam(f"start_{n}", type_=sa.BigInteger) for n in range(count)]
    parts = [sa.case((found.at_ms >= start, found.amount_micro_usd), else_=0) for start in starts]
    sums = (sa.func.coalesce(sa.func.sum(part), 0) for part in parts)
    statement = sa.select(*sums).where(found.payer.in_(sa.bindparam("payers", expanding=True)))
    if not in_one_server:
        return statement
    return statement.where(found.guild_id == sa.bindparam("of_guild", type_=sa.BigInteger))


def _sums(conn: Connection, asked: _Asked, moment: Moment, running: dict[Period, Span]) -> dict[Period, int]:
    """Return what was spent in each of these periods, in one statement."""
    if not running:
        return {}
    starts = [span.start_ms for span in running.values()]
    values = {f"start_{n}": start_ms for n, start_ms in enumerate(starts)}
    values |= {"since_ms": min(starts), "carried_to": moment.carried_to, "of_owner": asked.owner_id}
    statement = _sums_by(asked.scope, len(starts), in_one_server=asked.guild_id is not None)
    more = {"payers": list(asked.payers), "of_guild": asked.guild_id}
    row = conn.execute(statement, {**values, **more}).one()
    return dict(zip(running, (int(value) for value in row), strict=True))
