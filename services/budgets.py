"""What a server lets its members spend of its own key and of the operator's, and what somebody spent so far."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from db.engine import Connection
from db.jobs import job_queries
from db.money import budgets
from db.money.budgets import Budget, RunningBudget, Spent
from services.asks import Caller
from services.context import Context
from services.errors import NotFoundError, UserError
from services.model_choice import may_spend
from services.models import BudgetOwner, Period

MOST_DOLLARS: Final = 1_000_000.0


@dataclass(frozen=True, slots=True)
class BudgetView:
    """What somebody spent, and what limits it, all in micro-dollars.

    `operators_micro_usd` is what the operator's keys paid for the person today, in every server, and `operators_cap`
    the most that they pay a day; None where they pay nothing here.
    """

    spent: Spent
    running: tuple[RunningBudget, ...]
    operators_micro_usd: int
    operators_cap: int | None


@dataclass(frozen=True, slots=True)
class BudgetPlace:
    """Whose limit is meant, in which server and for which period. `owner_id` is a server's, role's or person's id."""

    guild_id: int
    owner: BudgetOwner
    owner_id: int
    period: Period


def _read_view(conn: Connection, caller: Caller, cap: int | None) -> BudgetView:
    origin = caller.origin
    guild_id, user_id = origin.guild_id, origin.user_id
    running = [] if guild_id is None else budgets.read_running(conn, guild_id, user_id, caller.role_ids)
    spent = budgets.read_spent(conn, guild_id, user_id)
    return BudgetView(spent, tuple(running), job_queries.read_spending(conn, user_id).user_micro_usd, cap)


async def show_budgets(context: Context, caller: Caller) -> BudgetView:
    """Return what the caller spent today and this month, and what limits it where they ask."""
    cap = context.limits.caps.user_daily_micro_usd if may_spend(context, caller) else None
    return await context.database.read(_read_view, caller, cap)


def micro_usd_of(dollars: float) -> int:
    """Return an amount in micro-dollars. Raises UserError("bad_budget") for what is none of 0 to a million dollars."""
    if not math.isfinite(dollars) or not 0 <= dollars <= MOST_DOLLARS:
        raise UserError("bad_budget", field="dollars", found=str(dollars))
    # By the shortest text of the float: what was typed, not its binary neighbour.
    return round(Decimal(repr(dollars)) * 1_000_000)


async def set_budget(context: Context, place: BudgetPlace, dollars: float, *, set_by: int) -> Budget:
    """Set a limit from now on, in the place of an earlier one; 0 lets nothing be spent. Raises UserError("bad_budget").

    The caller has made sure that `set_by` may manage the server.
    """
    budget = Budget(place.owner, place.owner_id, place.period, micro_usd_of(dollars))
    await context.database.write(budgets.keep_budget, place.guild_id, budget, set_by)
    return budget


async def clear_budget(context: Context, place: BudgetPlace) -> None:
    """Take a limit away. Raises NotFoundError("no_such_budget"). The caller has checked the permission."""
    was_there = await context.database.write(
        budgets.remove_budget, place.guild_id, place.owner, place.owner_id, place.period
    )
    if not was_there:
        raise NotFoundError("no_such_budget", f"{place.owner} {place.owner_id} has no limit a {place.period}")


async def list_budgets(context: Context, guild_id: int) -> list[Budget]:
    """Return a server's limits: its own first, then those of roles and of people."""
    return await context.database.read(budgets.list_budgets, guild_id)
